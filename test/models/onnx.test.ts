/** Exported graphs, run by ONNX Runtime, against the engine's own outputs. */
import { describe, expect, test } from 'vitest';
import { noGrad, tensor } from '../../engine/index.ts';
import type { Device, Tensor } from '../../engine/index.ts';
import { MultiTaskModel, bert, channelAdapter, crnn, exportOnnx, mixtureOfExperts, mlp, multiTaskCNN, resNet, timeSeriesTransformer } from 'lazygrad/models';
import type { HeadSpec, Trunk } from 'lazygrad/models';
import { expectClose } from '../support/close.ts';
import { testDevice } from '../support/device.ts';
import { runOnnx } from '../support/onnx.ts';
import type { Feed } from '../support/onnx.ts';
import { numbers } from './support.ts';

const TASKS: readonly HeadSpec[] = [{ name: 'a', outputs: 5 }, { name: 'b', kind: 'multilabel', outputs: 3 }];

const floats = (shape: readonly number[]): Float32Array => Float32Array.from(numbers(shape, 5).data);

/** Every parameter and running statistic another than it starts: zeros and ones would hide what is left out. */
async function scramble(model: MultiTaskModel): Promise<void> {
  const state = await model.stateDict();
  let seed = 1;
  for (const [name, { shape, data }] of state) {
    const noise = numbers(shape, seed++, 0.1).data;
    state.set(name, { shape, data: data.map((value, i) => name.endsWith('Variance') ? 0.6 + Math.abs(noise[i]! * 8) : value + noise[i]!) });
  }
  model.loadStateDict(state);
}

async function expected(model: MultiTaskModel, device: Device, { shape, data }: Feed, task: string): Promise<Float32Array> {
  using _scope = device.scope();
  model.eval();
  return (await noGrad((): Tensor => model.forward(tensor(device, Float32Array.from(data), shape), task)).read()) as Float32Array;
}

const series = (n: number): Float32Array => {
  const data = floats([n, 7, 3]);
  // The second ends early, the third is padding alone.
  data.fill(NaN, (7 + 4) * 3, 14 * 3);
  data.fill(NaN, 14 * 3, 21 * 3);
  return data;
};
const tokens = (n: number): Int32Array => Int32Array.from({ length: n * 6 }, (_, i) => i % 6 > 6 - Math.floor(i / 6) ? 0 : 1 + (i * 5) % 19);

interface Case {
  readonly name: string;
  readonly shape: readonly number[];
  readonly trunk: () => Trunk;
  readonly data?: (n: number) => Float32Array | Int32Array;
}

const CASES: readonly Case[] = [
  { name: 'mlp', shape: [2, 3], trunk: () => mlp({ inputs: 6, widths: [8, 4] }) },
  { name: 'multi-task-cnn', shape: [1, 9, 10], trunk: () => multiTaskCNN({ input: [1, 9, 10], channels: [4, 8], features: 8 }) },
  { name: 'resnet-18', shape: [3, 33, 34], trunk: () => resNet({ depth: 18, width: 4, features: 8 }) },
  { name: 'a resnet of bottlenecks', shape: [1, 8, 8], trunk: () => resNet({ depth: { block: 'bottleneck', counts: [1, 1] }, channels: 1, width: 4, features: 8, stem: 'small' }) },
  { name: 'crnn', shape: [2, 8, 5], trunk: () => crnn({ input: [2, 8, 5], channels: [4, 4], pools: [2, 2], hidden: 6 }) },
  { name: 'time-series-transformer', shape: [7, 3], trunk: () => timeSeriesTransformer({ channels: 3, width: 8, heads: 2, layers: 2, features: 6 }), data: series },
  { name: 'bert', shape: [6], trunk: () => bert({ vocabulary: 20, width: 8, layers: 2, heads: 2, inner: 12, positions: 10, features: 6 }), data: tokens },
  { name: 'dense experts', shape: [6], trunk: () => mlp({ inputs: 6, widths: [8, 6], dense: mixtureOfExperts({ experts: 4, top: 2, dispatch: 'dense', renormalise: true }) }) },
  { name: 'sparse experts', shape: [6], trunk: () => mlp({ inputs: 6, widths: [8, 6], dense: mixtureOfExperts({ experts: 6, top: 2, dispatch: 'sparse', router: 'perTask' }) }) },
];

describe('an exported model gives the model\'s outputs, for any number of inputs', () => {
  test.each(CASES)('$name', async ({ shape, trunk, data = (n: number) => floats([n, ...shape]) }) => {
    const device = await testDevice();
    const model = new MultiTaskModel(device, trunk(), TASKS, 3);
    await scramble(model);
    const file = await exportOnnx(model, { inputs: shape });
    for (const n of [1, 4]) {
      const input = { shape: [n, ...shape], data: data(n) };
      const found = await runOnnx(file, { input });
      expect([...found.keys()]).toEqual(['logits.a', 'logits.b']);
      for (const { name, outputs } of TASKS) {
        const logits = found.get(`logits.${name}`)!;
        expect(logits.shape).toEqual([n, outputs]);
        const own = await expected(model, device, input, name);
        expect(own.every(Number.isFinite) && new Set(own).size > 1).toBe(true);
        expectClose(logits.data, own, { atol: 1e-4 * Math.max(1, ...own.map(Math.abs)) }, `${name} of ${n}`);
      }
    }
  });
});
