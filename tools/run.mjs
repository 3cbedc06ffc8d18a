// Runs a TypeScript file that imports kernels: `node tools/run.mjs FILE [arguments]`.
import { resolve } from 'node:path';
import { runnerImport } from 'vite';

const [file, ...rest] = process.argv.slice(2);
process.argv.splice(1, process.argv.length - 1, resolve(file), ...rest);
try {
  await runnerImport(resolve(file), { configFile: resolve(import.meta.dirname, '../vite.config.ts'), logLevel: 'warn' });
} catch (error) {
  // Without this Node prints the minified line that threw.
  console.error(error instanceof Error ? error.stack : error);
  process.exit(1);
}
