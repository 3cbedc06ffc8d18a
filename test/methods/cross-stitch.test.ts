/** Cross-stitch networks: what the units mix, and what they are without it. */
import { describe, expect, test } from 'vitest';
import { buildModel, findMethod, resolveHyperparameters } from 'lazygrad/methods';
import { MultiTaskModel, bert, crnn, crossStitch, mlp, multiTaskCNN, resNet, timeSeriesTransformer } from 'lazygrad/models';
import type { Trunk } from 'lazygrad/models';
import { ConfigError, backward, mean, noGrad, reshape } from '../../engine/index.ts';
import { expectClose } from '../support/close.ts';
import { testDevice } from '../support/device.ts';
import { expectError } from '../support/errors.ts';
import { TASKS, inputsOf, toyTerms, valuesOf } from './terms-support.ts';

const device = await testDevice();
const method = findMethod('cross-stitch');
const HEADS = TASKS.map((name) => ({ name, outputs: 4 }));
const small = (): Trunk => mlp({ inputs: 64, widths: [12, 7] });
const stitched = (own: number, trunk: () => Trunk = small): MultiTaskModel => new MultiTaskModel(device, crossStitch({ trunk, tasks: TASKS, own, seed: 5 }), HEADS, 5);

/** Without its stages. */
const whole = (): Trunk => {
  const { stages: _stages, ...rest } = small();
  return rest;
};

describe('units that are the identity', () => {
  test.each([['after every stage', small], ['at the end of a trunk without stages', whole]] as const)('and stay so: single-task learning, bit by bit; %s', async (_name, trunk) => {
    using _scope = device.scope();
    const model = stitched(1, trunk);
    const apart = buildModel(findMethod('stl'), { device, trunk, tasks: HEADS, seed: 5 }, {});
    const together = method.create({ model, tasks: TASKS, lr: 0.1, seed: 1, values: resolveHyperparameters(method, { stitchScale: 0 }) });
    const alone = findMethod('stl').create({ model: apart, tasks: TASKS, lr: 0.1, seed: 1, values: { momentum: 0 } });
    for (let i = 0; i < 3; i++) {
      together.step(toyTerms(device, model));
      for (const term of toyTerms(device, apart)) alone.step([term]);
    }
    const found = await valuesOf(model.shared);
    for (const task of TASKS) {
      const { 'head.weight': head, 'head.bias': bias, ...own } = await valuesOf(apart.heads.get(task)!);
      for (const [name, values] of Object.entries(own)) expect([name, found[`${task}.${name}`]]).toEqual([name, values]);
      expect(await valuesOf(model.heads.get(task)!)).toEqual({ 'head.weight': head, 'head.bias': bias });
    }
  });

  test('let no gradient into the other network, and ask for one of their own', async () => {
    using _scope = device.scope();
    const model = stitched(1);
    model.zeroGrad();
    backward(toyTerms(device, model)[0]!.loss());
    for (const { name } of model.shared.segments) {
      const moves = (await model.shared.get(name).grad!.read()).some((g) => g !== 0);
      expect([name, moves]).toEqual([name, !name.startsWith('inverted.')]);
    }
  });
});

describe('units that mix', () => {
  test('the outputs by the definition', async () => {
    using _scope = device.scope();
    const model = stitched(0.75);
    model.shared.get('inverted.fc1.bias').write(Float32Array.from({ length: 12 }, (_, i) => Math.cos(i)));
    model.shared.get('stitch.1').write(Float32Array.of(0.5, -0.25, 0.125, 2));
    const p = await valuesOf(model.shared);
    const x = await inputsOf(device, 2).read();
    const layer = (input: readonly number[], name: string): number[] => p[`${name}.bias`]!.map((b, o) => Math.max(0, b + input.reduce((total, value, i) => total + value * p[`${name}.weight`]![o * input.length + i]!, 0)));
    const head = await valuesOf(model.heads.get('inverted')!);
    const expected = [0, 1].flatMap((row) => {
      const input = [...x.subarray(64 * row, 64 * row + 64)];
      const [a, b] = ['plain', 'inverted'].map((task) => layer(input, `${task}.fc1`)) as [number[], number[]];
      const [a2, b2] = [layer(a.map((v, i) => 0.75 * v + 0.25 * b[i]!), 'plain.fc2'), layer(b.map((v, i) => 0.75 * v + 0.25 * a[i]!), 'inverted.fc2')];
      const y = b2.map((v, i) => 0.125 * a2[i]! + 2 * v);
      return head['head.bias']!.map((bias, o) => bias + y.reduce((total, v, i) => total + v * head['head.weight']![o * 7 + i]!, 0));
    });
    expectClose(await noGrad(() => model.forward(inputsOf(device, 2), 'inverted')).read(), expected, { atol: 1e-5 });
  });

  test('have a learning rate of their own', async () => {
    using _scope = device.scope();
    const moved = async (stitchScale: number): Promise<[number[], unknown]> => {
      const model = stitched(0.9);
      const before = await model.shared.get('stitch.0').read();
      method.create({ model, tasks: TASKS, lr: 0.1, seed: 1, values: resolveHyperparameters(method, { stitchScale }) }).step(toyTerms(device, model));
      return [[...await model.shared.get('stitch.0').read()].map((value, i) => value - before[i]!), await model.shared.get('plain.fc1.weight').read()];
    };
    const [[none, base], [one, same], [ten]] = [await moved(0), await moved(1), await moved(10)];
    expect(none.every((change) => change === 0)).toBe(true);
    expect(one.some((change) => Math.abs(change) > 1e-5)).toBe(true);
    expectClose(ten, one.map((change) => 10 * change), { atol: 1e-6 });
    expect(same).toEqual(base);
  });
});

test('where trunks are stitched', () => {
  using _scope = device.scope();
  const depth = ({ stages }: Trunk): number | undefined => stages?.length;
  expect(depth(mlp({ inputs: 4, widths: [3, 3, 3] }))).toBe(3);
  expect(depth(multiTaskCNN({ input: [1, 8, 8] }))).toBe(3);
  expect(depth(crnn({ input: [1, 128, 4] }))).toBe(5);
  expect(depth(resNet({ depth: 18 }))).toBe(6);
  // Padding goes beside the values through a transformer.
  expect([depth(timeSeriesTransformer()), depth(bert())]).toEqual([undefined, undefined]);
});

test('with convolutions and their pooling', async () => {
  using _scope = device.scope();
  const model = stitched(0.9, () => multiTaskCNN({ input: [1, 8, 8], channels: [4, 4], features: 5 }));
  model.zeroGrad();
  backward(mean(model.forward(reshape(inputsOf(device, 2), [2, 1, 8, 8]), 'plain')));
  // Behind the last unit only the task's own network goes on, but all have a part in it.
  for (const { name } of model.shared.segments) if (!name.endsWith('bias')) expect([name, (await model.shared.get(name).grad!.read()).some((g) => g !== 0)]).toEqual([name, true]);
});

test('one task has nobody to be stitched to, and a model without units is refused', () => {
  using _scope = device.scope();
  expectError(() => crossStitch({ trunk: small, tasks: ['one'], own: 1, seed: 1 }), ConfigError, 'two tasks');
  const plain = new MultiTaskModel(device, small(), HEADS, 1);
  expectError(() => method.create({ model: plain, tasks: TASKS, lr: 0.1, seed: 1, values: resolveHyperparameters(method, {}) }), ConfigError, 'buildModel');
});
