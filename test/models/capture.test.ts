/** Captured training steps of the larger models, beside eager ones. */
import { expect, test } from 'vitest';
import { MultiTaskModel, bert, crnn, dropout, mixtureOfExperts, mlp, resNet, timeSeriesTransformer } from 'lazygrad/models';
import type { Trunk } from 'lazygrad/models';
import { SGD, accumulate, backward, crossEntropy, reshape, zeros } from '../../engine/index.ts';
import { testDevice } from '../support/device.ts';
import { values } from '../support/values.ts';

const device = await testDevice();
const TASKS = ['a', 'b'];

interface Training {
  readonly model: MultiTaskModel;
  readonly feed: (i: number) => void;
  readonly step: (task: string) => void;
  readonly state: () => Promise<unknown>;
}

/** The inputs of a step: some numbers, or what a model takes in their place. */
type Inputs = (shape: readonly number[], i: number) => Float32Array;

const plain: Inputs = (shape, i) => Float32Array.from(values(shape, 'normal', i).data);

/** Series of which the lengths change from step to step. */
const series: Inputs = (shape, i) => {
  const [, steps = 0, channels = 0] = shape;
  return plain(shape, i).map((value, at) => Math.floor(at / channels) % steps <= (i + Math.floor(at / channels / steps)) % steps ? value : NaN);
};

/** Tokens 1 to 10 and padding, as batches carry them. */
const tokens: Inputs = (shape, i) => Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, at) => (7 * at + 3 * i * i) % 11);

function training(trunk: Trunk, shape: readonly number[], input: Inputs): Training {
  const [n = 1] = shape;
  const model = new MultiTaskModel(device, trunk, TASKS.map((name) => ({ name, outputs: 3 })), 2);
  const [inputs, targets, losses] = [zeros(device, shape), zeros(device, [n], { dtype: 'int32' }), zeros(device, [1])];
  const shared = new SGD(model.shared, { lr: 0.05, momentum: 0.5 });
  const heads = new Map([...model.heads].map(([name, arena]) => [name, new SGD(arena, { lr: 0.05 })]));
  return {
    model,
    feed(i) {
      inputs.write(input(shape, i));
      targets.write(Int32Array.from({ length: n }, (_, p) => (i + p) % 3));
    },
    step(task) {
      using _scope = device.scope();
      model.zeroGrad();
      const loss = crossEntropy(model.forward(inputs, task), targets);
      backward(loss);
      accumulate(losses, reshape(loss.detach(), [1]));
      shared.step();
      heads.get(task)?.step();
      device.submit();
    },
    state: async () => [await model.shared.stateDict(), await Promise.all([...model.heads.values()].map((arena) => arena.stateDict())), await model.statistics.stateDict(), await losses.item(), [...model.generators.values()].map(({ state }) => state)],
  };
}

const experts = mixtureOfExperts({ experts: 4, top: 2, router: 'perTask', noise: true, dispatch: 'sparse' });

/** Dropout behind the representation. */
function withDropout(trunk: Trunk): Trunk {
  const drop = dropout(0.3);
  return { ...trunk, forward: (x, parameters, mode) => drop.forward(trunk.forward(x, parameters, mode), parameters, mode) };
}

test.each([
  ['crnn', () => crnn({ input: [1, 9, 4], channels: [4, 4], pools: [2, 4], hidden: 5 }), [2, 1, 9, 4]],
  ['resnet', () => resNet({ depth: { block: 'basic', counts: [1, 1] }, width: 4, stem: 'small', features: 6 }), [3, 3, 6, 6]],
  ['resnet with bottlenecks', () => resNet({ depth: { block: 'bottleneck', counts: [1] }, width: 4, features: 6 }), [3, 3, 12, 12]],
  ['experts', () => withDropout(mlp({ inputs: 12, widths: [8, 6], dense: experts })), [4, 12]],
  ['experts, computed densely', () => mlp({ inputs: 12, widths: [6], dense: mixtureOfExperts({ experts: 4, top: 2, dispatch: 'dense' }) }), [4, 12]],
  ['mlp', () => mlp({ inputs: 12, widths: [6] }), [4, 12]],
  ['time-series-transformer', () => timeSeriesTransformer({ channels: 5, width: 12, heads: 3, features: 6 }), [4, 6, 5], series],
  ['bert', () => bert({ vocabulary: 11, width: 12, layers: 1, heads: 3, inner: 8, positions: 8, features: 6 }), [4, 7], tokens],
] as [string, () => Trunk, number[], Inputs?][])('%s: after 100 steps the same bits as the eager step', async (_, make, shape, input = plain) => {
  using _scope = device.scope();
  const [eager, captured] = [training(make(), shape, input), training(make(), shape, input)];
  const before = await eager.state();
  const steps = new Map(TASKS.map((task) => [task, device.capture(() => captured.step(task))]));
  for (let i = 0; i < 100; i++) {
    const task = TASKS[(i >> 1) % 2]!;
    if (i % 10 === 9) await device.finish();
    for (const t of [eager, captured]) t.feed(i);
    eager.step(task);
    steps.get(task)!.replay();
  }
  expect(await captured.state()).toEqual(await eager.state());
  expect(await eager.state()).not.toEqual(before);
  for (const step of steps.values()) step.dispose();
});
