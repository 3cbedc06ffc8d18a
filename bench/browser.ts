/**
 * `npm run bench:browser [-- --filter TEXT --size small|default|gpu --seconds S --json]`: the benchmark's cases in Chromium, on the adapter that it finds: without a GPU, SwiftShader. The page is
 * served by Vite from the sources.
 */
import { join } from 'node:path';
import { createServer } from 'vite';
import { openBrowser } from '../test/support/browser.ts';
import type { BrowserSuite } from './browser-page.ts';
import type { Size } from './case.ts';
import { flagsOf } from './flags.ts';
import { asTable } from './report.ts';
import type { Report } from './report.ts';

const values = flagsOf(import.meta.filename, { filter: { type: 'string', default: '' }, size: { type: 'string', default: 'default' }, seconds: { type: 'string', default: '3' }, json: { type: 'boolean', default: false } });
const root = join(import.meta.dirname, '..');

const server = await createServer({
  root, configFile: join(root, 'vite.config.ts'), logLevel: 'error', appType: 'custom', server: { port: 0, hmr: false, watch: null }, optimizeDeps: { include: ['tinybench'] },
  plugins: [{
    name: 'page',
    configureServer({ middlewares }) {
      middlewares.use('/bench.html', (_request, response) => {
        response.setHeader('content-type', 'text/html');
        response.end('<!doctype html><title>lazygrad</title><script type="module" src="/bench/browser-page.ts"></script>');
      });
    },
  }],
});
await server.listen();
const browser = await openBrowser(['--enable-unsafe-webgpu']);
try {
  if (!browser) throw new Error('there is no browser');
  const page = await browser.newPage();
  page.on('pageerror', (error) => console.error(error.message));
  await page.exposeFunction('onCase', (name: string) => void process.stderr.write(`${name} ...\n`));
  await page.goto(`${server.resolvedUrls?.local[0] ?? ''}bench.html`);
  await page.waitForFunction(() => 'runCases' in globalThis);
  const suite: BrowserSuite = { filter: values.filter, size: values.size as Size, ms: Number(values.seconds) * 1000 };
  const report: Report = await page.evaluate((wanted) => globalThis.runCases(wanted), suite);
  console.log(`Chromium ${browser.version()}`);
  console.log(values.json ? JSON.stringify(report) : asTable(report));
  process.exitCode = report.results.some((result) => 'error' in result) ? 1 : 0;
} finally {
  await browser?.close();
  await server.close();
}
