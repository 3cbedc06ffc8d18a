import { expect, test } from 'vitest';
import { gradientCosines } from 'lazygrad/analysis';
import { MultiTaskModel, mlp } from 'lazygrad/models';
import { add, backward, mean, mul, neg, sum } from '../../engine/index.ts';
import type { Tensor } from '../../engine/index.ts';
import { testDevice } from '../support/device.ts';
import { constant } from '../support/layout.ts';
import { values } from '../support/values.ts';

const device = await testDevice();
const TASKS = ['a', 'b', 'c'].map((name) => ({ name, outputs: 2 }));
const model = (): MultiTaskModel => new MultiTaskModel(device, mlp({ inputs: 12, widths: [9, 70] }), TASKS, 1);

/** The mean square of a task's outputs for inputs of its own. */
function lossOf(m: MultiTaskModel, task: string, seed: number): () => Tensor {
  const x = constant(device, values([6, 12], 'normal', seed));
  return () => {
    const y = m.forward(x, task);
    return mean(mul(y, y));
  };
}

/** In float64, of the gradients one by one, within a stretch of the arena. */
function onHost(rows: readonly Float32Array[], begin: number, end: number): { norms: number[]; cosines: number[][] } {
  const dot = (a: Float32Array, b: Float32Array): number => a.subarray(begin, end).reduce((total, value, i) => total + value * b[begin + i]!, 0);
  const norms = rows.map((row) => Math.sqrt(dot(row, row)));
  return { norms, cosines: rows.map((a, i) => rows.map((b, j) => dot(a, b) / (norms[i]! * norms[j]!))) };
}

test('of the trunk and of each of its parameters, as on the host; no gradient is left', async () => {
  using _scope = device.scope();
  const m = model();
  const losses = TASKS.map(({ name }, i) => lossOf(m, name, 10 + i));
  const found = await gradientCosines(m, losses);
  for (const arena of [m.shared, ...m.heads.values()]) expect((await arena.gradients.read()).every((value) => value === 0)).toBe(true);
  const rows: Float32Array[] = [];
  for (const loss of losses) {
    m.zeroGrad();
    backward(loss());
    rows.push(await m.shared.gradients.read() as Float32Array);
  }
  expect(found.map(({ name }) => name)).toEqual(['shared', 'fc1.weight', 'fc1.bias', 'fc2.weight', 'fc2.bias']);
  for (const [s, { norms, cosines }] of found.entries()) {
    const segment = m.shared.segments[s - 1];
    const expected = segment ? onHost(rows, segment.offset, segment.offset + segment.length) : onHost(rows, 0, m.shared.capacity);
    norms.forEach((norm, i) => expect(Math.abs(norm / expected.norms[i]! - 1)).toBeLessThan(1e-6));
    for (const [i, row] of cosines.entries()) {
      for (const [j, value] of row.entries()) {
        expect(Math.abs(value - expected.cosines[i]![j]!)).toBeLessThan(2e-6);
        expect(value).toBe(cosines[j]![i]);
      }
      expect(row[i]).toBe(1);
    }
  }
  // They are no multiples of each other.
  expect(Math.abs(found[0]!.cosines[0]![1]!)).toBeLessThan(0.99);
});

test('the same, the opposite, and none', async () => {
  using _scope = device.scope();
  const m = model();
  const loss = lossOf(m, 'a', 1);
  const [whole] = await gradientCosines(m, [loss, () => add(add(loss(), loss()), loss()), () => neg(loss()), () => sum(m.heads.get('b')!.get('head.bias'))]);
  const { norms, cosines } = whole!;
  expect(norms[1]! / norms[0]!).toBeCloseTo(3, 5);
  expect(norms[3]).toBe(0);
  [1, 1, -1].forEach((value, j) => expect(cosines[0]![j]).toBeCloseTo(value, 6));
  expect(cosines[3]).toEqual([NaN, NaN, NaN, NaN]);
  expect(await gradientCosines(m, [])).toEqual([]);
});

test('in the mode that the model is in, at its parameters, which stay', async () => {
  using _scope = device.scope();
  const m = model();
  m.eval();
  const before = await m.stateDict();
  await gradientCosines(m, [lossOf(m, 'a', 1), lossOf(m, 'b', 2)]);
  expect(await m.stateDict()).toEqual(before);
  expect(m.training).toBe(false);
});
