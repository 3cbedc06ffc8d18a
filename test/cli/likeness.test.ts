/** Figure 3 for any data set: which samples are compared, and by which models. */
import { expect, test } from 'vitest';
import { likenessOf } from '../../cli/likeness.ts';
import { checkAnalysis } from '../../cli/report/analysis.ts';
import type { Dataset, Task } from '../../data/index.ts';
import { MultiTaskModel, mlp } from '../../models/index.ts';
import { testDevice } from '../support/device.ts';

const device = await testDevice();

const task = (name: string, seed: number, length: number, windows = 1): Task => {
  const n = length * windows;
  const split = { inputs: Float32Array.from({ length: n * 6 }, (_, i) => Math.sin(seed * 100 + i * i)), targets: Int32Array.from({ length: n }, (_, i) => i % 2), length: n };
  return { name, kind: 'multiclass', classes: 2, inputShape: [6], train: split, validation: split, test: split };
};
const model = (seed: number): MultiTaskModel => new MultiTaskModel(device, mlp({ inputs: 6, widths: [5] }), ['a', 'b', 'c'].map((name) => ({ name, outputs: 2 })), seed);
const dataset = (...tasks: Task[]): Dataset => ({ name: 'd', tasks });

test('every task against its own model; pairs where the inputs are the same', async () => {
  using _scope = device.scope();
  const [shared, alone] = [model(1), model(2)];
  const found = (await likenessOf({ device, shared, alone, dataset: dataset(task('a', 1, 40), task('b', 1, 40), task('c', 2, 40)), stays: false, label: 'apo' }))!;
  expect(found.size).toBe(20);
  expect(found.same.map(({ label, batches }) => [label, batches.length])).toEqual([['a', 2], ['b', 2], ['c', 2]]);
  for (const { linearCKA } of found.same.flatMap(({ batches }) => batches)) expect(linearCKA).toBeLessThan(0.999);
  expect(found.pairs.map(({ title, compared }) => [title, compared.map(({ label }) => label)])).toEqual([['a and b', ['apo', 'single-task']]]);
  // One trunk makes the same of the same inputs.
  for (const { compared } of found.pairs) for (const { linearCKA } of compared[0].batches) expect(linearCKA).toBeCloseTo(1, 9);
  const self = (await likenessOf({ device, shared, alone: shared, dataset: dataset(task('c', 2, 40)), stays: false, label: 'apo' }))!;
  for (const { linearCKA, cca } of self.same[0]!.batches) expect([linearCKA, cca]).toEqual([expect.closeTo(1, 9), expect.closeTo(1, 9)]);
  expect(checkAnalysis(JSON.parse(JSON.stringify({ likeness: found })), 'f')).toEqual({ likeness: found });
});

test('stays: all pairs, a window each; where windows do not come out even, no pairs', async () => {
  using _scope = device.scope();
  const of = async (...tasks: Task[]): Promise<(readonly [string, number])[]> => {
    const found = (await likenessOf({ device, shared: model(1), alone: model(2), dataset: dataset(...tasks), stays: true, label: 'apo' }))!;
    return found.pairs.map(({ title, compared }) => [title, compared[0].batches.length] as const);
  };
  expect(await of(task('a', 1, 24), task('b', 3, 24, 3))).toEqual([['a and b', 2]]);
  expect(await of(task('a', 1, 24), task('b', 3, 31))).toEqual([]);
});

test('too few samples say nothing', async () => {
  expect(await likenessOf({ device, shared: model(1), alone: model(2), dataset: dataset(task('a', 1, 40), task('b', 2, 7)), stays: false, label: 'apo' })).toBeUndefined();
});
