import { defineConfig } from 'vitest/config';
import type { ViteUserConfig } from 'vitest/config';
import { wgsl } from './tools/wgsl/plugin.ts';

const source = (path: string): string => new URL(path, import.meta.url).pathname;

const config: ViteUserConfig = defineConfig({
  plugins: [wgsl()],
  // Node 20 does not know `using` yet.
  oxc: { target: 'node20' },
  resolve: {
    alias: [
      { find: /^lazygrad\/data\/node$/, replacement: source('./data/node/index.ts') },
      { find: /^lazygrad\/(apo|methods|models|data|analysis|testing)$/, replacement: source('./$1/index.ts') },
      { find: /^lazygrad$/, replacement: source('./engine/index.ts') },
    ],
  },
  test: {
    include: ['test/**/*.test.ts', 'examples/**/*.test.ts'],
    // A crash inside the GPU library must not take the other tests with it.
    pool: 'forks',
    // Files that share a process share its device and its compiled pipelines: a third of the suite's time.
    isolate: false,
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: ['default', './tools/summary-reporter.ts'],
    setupFiles: ['test/setup.ts'],
  },
});

export default config;
