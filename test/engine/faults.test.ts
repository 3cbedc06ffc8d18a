/** Indices out of range: reported by the kernel, thrown at the next wait, once. */
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Device, Scope, Tensor } from '../../engine/index.ts';
import { IndexError, embedding, gather, grad, indexSelect, ones, relu, scatterAdd, tensor, zeros } from '../../engine/index.ts';
import { testDevice } from '../support/device.ts';
import { expectRejection } from '../support/errors.ts';

let device: Device;
let scope: Scope;
beforeAll(async () => {
  device = await testDevice();
  scope = device.scope();
});
// No report is left to the next test.
afterEach(async () => {
  await device.finish();
  scope[Symbol.dispose]();
  scope = device.scope();
});

const integers = (...list: number[]): Tensor => tensor(device, new Int32Array(list));

describe('an index out of range', () => {
  /** `size` places, of which `bad` is none. */
  const CASES: readonly (readonly [name: string, size: number, run: (bad: number) => Tensor, where: string])[] = [
    ['gather', 7, (bad) => gather(zeros(device, [5, 7]), 1, tensor(device, new Int32Array([0, 6, bad]), [1, 3])), 'axis 1 of [5, 7]'],
    ['indexSelect', 5, (bad) => indexSelect(zeros(device, [5, 7]), 0, integers(4, bad)), 'axis 0 of [5, 7]'],
    ['indexSelect', 5, (bad) => indexSelect(zeros(device, [3, 5, 8]), 1, integers(4, bad)), 'axis 1 of [3, 5, 8]'],
    ['embedding', 7, (bad) => embedding(zeros(device, [7, 8]), tensor(device, new Int32Array([0, bad]), [2, 1])), 'axis 0 of [7, 8]'],
    ['embedding', 7, (bad) => embedding(zeros(device, [7, 3]), integers(6, bad), { paddingIndex: 0 }), 'axis 0 of [7, 3]'],
    ['scatterAdd', 7, (bad) => scatterAdd(zeros(device, [7, 2]), 0, tensor(device, new Int32Array([0, bad]), [1, 2]), zeros(device, [1, 2])), 'axis 0 of [7, 2]'],
    ['scatterAdd', 99, (bad) => scatterAdd(zeros(device, [99]), 0, integers(...new Array<number>(20).fill(98), bad), zeros(device, [21])), 'axis 0 of [99]'],
  ];

  test.each(CASES)('%s over %i places says what came instead of what, whichever side it is on', async (name, size, run, where) => {
    for (const bad of [-1, size, 2 ** 31 - 1, -(2 ** 31)]) {
      const y = run(bad);
      const error: unknown = await y.read().catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(IndexError);
      expect((error as Error).message).toBe(`${name}: expected indices from 0 to ${size - 1} along ${where}, got ${bad}`);
      // Thrown once: now the values can be looked at.
      expect([...await y.read()].some(Number.isNaN)).toBe(name !== 'scatterAdd');
    }
  });

  test('on an empty axis every index is', async () => {
    await expectRejection(gather(zeros(device, [0]), 0, integers(0, 1)).read(), IndexError, /^gather: expected no indices along axis 0 of \[0\], got \d \(and 1 more\)$/);
    const nothing = scatterAdd(zeros(device, [0]), 0, integers(0), zeros(device, [1]));
    await expectRejection(nothing.read(), IndexError, 'scatterAdd', 'no indices', /\[0\], got 0$/);
    expect(await nothing.read()).toHaveLength(0);
  });
});

test('the result is NaN there and only there, 0 in integers; nothing is added', async () => {
  const index = integers(2, 3, -1, 0);
  const found = [gather(tensor(device, [5, 6, 7]), 0, index), gather(integers(5, 6, 7), 0, index), indexSelect(tensor(device, [5, 6, 7]), 0, index), scatterAdd(zeros(device, [3]), 0, index, tensor(device, [1, 2, 4, 8]))];
  await expectRejection(device.finish(), IndexError);
  expect(await Promise.all(found.map(async (y) => [...await y.read()]))).toEqual([[7, NaN, NaN, 5], [7, 0, 0, 5], [7, NaN, NaN, 5], [8, 0, 1]]);
});

test('gradients leave out what pointed nowhere, and say so', async () => {
  const x = tensor(device, [5, 6, 7], [3], { requiresGrad: true });
  const wide = zeros(device, [2, 3, 2], { requiresGrad: true });
  const [y, z] = [gather(x, 0, integers(2, 3, 2)), indexSelect(wide, 1, integers(0, -1))];
  await expectRejection(y.read(), IndexError, /got 3 \(and 1 more\)$/);
  const [g] = grad(y, [x], { gradient: tensor(device, [1, 2, 4]) });
  await expectRejection(g!.read(), IndexError, /got 3$/);
  expect([...await g!.read()]).toEqual([0, 0, 5]);
  const [h] = grad(z, [wide], { gradient: tensor(device, [1, 2, 3, 4, 5, 6, 7, 8], [2, 2, 2]) });
  await expectRejection(h!.read(), IndexError, /got -1$/);
  expect([...await h!.read()]).toEqual([1, 2, 0, 0, 0, 0, 5, 6, 0, 0, 0, 0]);
  const wider = zeros(device, [2, 70, 1], { requiresGrad: true });
  const many = indexSelect(wider, 1, integers(...new Array<number>(20).fill(69), 70));
  await expectRejection(many.read(), IndexError, /got 70$/);
  const [k] = grad(many, [wider], { gradient: ones(device, [2, 21, 1]) });
  await expectRejection(k!.read(), IndexError, /got 70$/);
  expect([...await k!.read()]).toEqual(Array.from({ length: 140 }, (_, i) => i % 70 === 69 ? 20 : 0));
});

test('several are counted, each once, and the first operation named', async () => {
  embedding(zeros(device, [3, 8]), integers(3, 1, 4, 5));
  indexSelect(zeros(device, [2]), 0, integers(9));
  await expectRejection(device.finish(), IndexError, /^embedding: .*, got [345] \(and 3 more\)$/);
});

test('an error is thrown at the read-back of any tensor, and then no more', async () => {
  const fine = relu(tensor(device, [1, -1]));
  const y = gather(tensor(device, [1, 2]), 0, integers(2));
  await expectRejection(fine.read(), IndexError, 'gather', 'got 2');
  expect([...await fine.read()]).toEqual([1, 0]);
  expect([...await y.read()]).toEqual([NaN]);
  await device.finish();
});

test('indices in range are no error', async () => {
  gather(tensor(device, [1, 2]), 0, integers(1, 0));
  await device.finish();
});

test('a captured step reports at each replay that meets one', async () => {
  const weight = tensor(device, [1, 2, 3, 4], [2, 2]);
  const index = integers(0, 1);
  const out: Tensor[] = [];
  const step = device.capture(() => out.push(embedding(weight, index).keep()));
  const y = out[0]!;
  for (const [list, bad] of [[[1, 0], null], [[0, 2], 2], [[1, 1], null], [[-5, 1], -5]] as const) {
    index.write(list);
    step.replay();
    if (bad !== null) await expectRejection(bad < 0 ? device.finish() : y.read(), IndexError, 'embedding: expected indices from 0 to 1', `got ${bad}`);
    expect([...await y.read()]).toEqual(list.flatMap((i) => i === bad ? [NaN, NaN] : [1 + 2 * i, 2 + 2 * i]));
  }
  step.dispose();
});
