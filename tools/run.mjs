// Runs a TypeScript file that imports kernels: `node tools/run.mjs FILE [arguments]`.
import { resolve } from 'node:path';
import { createServer } from 'vite';

const [file, ...rest] = process.argv.slice(2);
process.argv.splice(1, process.argv.length - 1, resolve(file), ...rest);
const server = await createServer({ configFile: resolve(import.meta.dirname, '../vite.config.ts'), logLevel: 'error', appType: 'custom', server: { middlewareMode: true, hmr: false, ws: false, watch: null }, optimizeDeps: { noDiscovery: true } });
try {
  await server.ssrLoadModule(resolve(file));
} catch (error) {
  // Without this Node prints the minified line that threw.
  console.error(error instanceof Error ? error.stack : error);
  process.exitCode = 1;
} finally {
  await server.close();
}
