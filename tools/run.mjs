// Runs a TypeScript file that imports kernels: `node tools/run.mjs FILE [arguments]`.
import { resolve } from 'node:path';
import { runnerImport } from 'vite';

const [file, ...rest] = process.argv.slice(2);
process.argv.splice(1, process.argv.length - 1, resolve(file), ...rest);
await runnerImport(resolve(file), { configFile: resolve(import.meta.dirname, '../vite.config.ts'), logLevel: 'warn' });
