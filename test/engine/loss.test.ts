import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Device, Tensor } from '../../engine/index.ts';
import { IndexError, ShapeError, backward, crossEntropy, crossEntropyRows, grad, logSoftmax, oneHot, sum, tensor, transpose, zeros } from '../../engine/index.ts';
import { build, map } from '../reference/array.ts';
import type { Reference } from '../reference/operation.ts';
import { crossEntropyReference, crossEntropyRowsReference } from '../reference/softmax.ts';
import { holds, layouts, seeds, sizes } from '../support/arbitraries.ts';
import { check, checkSecond } from '../support/check.ts';
import type { Subject } from '../support/check.ts';
import { expectClose } from '../support/close.ts';
import { testDevice } from '../support/device.ts';
import { expectError, expectRejection } from '../support/errors.ts';
import { uniforms, values } from '../support/values.ts';

let device: Device;
beforeAll(async () => {
  device = await testDevice();
});

// Each exponential may be off by 3 + 2 |x| units in the last place, |x| being the distance to the row's maximum.
const ROUNDING = 4e-6;
function lossSubject(labels: readonly number[], rows: boolean): Subject {
  const reference = rows ? crossEntropyRowsReference(labels) : crossEntropyReference(labels);
  const targets = (x: Tensor): Tensor => tensor(x.device, new Int32Array(labels));
  const magnitude: Reference = {
    forward: (inputs) => map(reference.forward(inputs), (loss) => loss + 3),
    gradients: ([x], g) => [build(x!.shape, ([r]) => 2 * Math.abs(rows ? g.data[r!]! : g.data[0]! / labels.length))],
  };
  return { run: ([x]) => rows ? crossEntropyRows(x!, targets(x!)) : crossEntropy(x!, targets(x!)), reference, magnitude, rounding: ROUNDING };
}

const labelsFor = (rows: number, classes: number, seed: number): number[] => {
  const next = uniforms(seed);
  return Array.from({ length: rows }, () => Math.floor(next() * classes));
};
const KINDS = fc.constantFrom('spread', 'normal', 'ties', 'zeros', 'tiny', 'huge');

describe.each([['crossEntropyRows', true], ['crossEntropy', false]] as const)('%s', (_, byRow) => {
  test('equals the reference for all sizes, layouts and values', () =>
    holds(fc.record({ rows: sizes(100), classes: sizes(17), kind: KINDS, layout: layouts, seed: seeds }), async ({ rows, classes, kind, layout, seed }) =>
      check(device, lossSubject(labelsFor(rows, classes, seed), byRow), [values([rows, classes], kind, seed)], { layouts: [layout], seed })));

  test('has the right derivatives of both orders', async () => {
    const subject = lossSubject([2, 0, 4], byRow);
    const x = [values([3, 5], 'spread', 1)];
    await check(device, subject, x, { differences: true });
    await checkSecond(device, subject, x, { layouts: ['permuted'] });
  });
});

test('the fused derivative and the differentiable one are equal', async () => {
  using _scope = device.scope();
  const x = tensor(device, Float32Array.from(values([6, 10], 'normal', 4).data), [6, 10], { requiresGrad: true });
  const targets = tensor(device, new Int32Array([0, 9, 3, 3, 5, 1]));
  const [fused] = grad(crossEntropy(x, targets), [x]);
  const [composite] = grad(crossEntropy(x, targets), [x], { createGraph: true });
  expectClose(await fused!.read(), await composite!.read(), { atol: ROUNDING / 6 });
});

test('large logits lose no digits', async () => {
  using _scope = device.scope();
  const x = tensor(device, [30_000, 30_000, -1e30, 30_001], [2, 2], { requiresGrad: true });
  const loss = crossEntropyRows(x, tensor(device, new Int32Array([0, 1])));
  expectClose(await loss.read(), [Math.LN2, 0], { rtol: 1e-6 });
  expectClose(await logSoftmax(tensor(device, [30_000, 30_001], [1, 2])).read(), [-Math.log1p(Math.E), 1 - Math.log1p(Math.E)], { rtol: 1e-6 });
  expectClose(await grad(loss, [x], { gradient: tensor(device, [1, 1]) })[0]!.read(), [-0.5, 0.5, 0, 0], { atol: 1e-6 });
});

describe('what is not a number', () => {
  const LABELS = [1, -1, 3, 2];

  test('a target out of range gives NaN, and so does its gradient of either kind; the other rows keep theirs', async () => {
    using _scope = device.scope();
    const x = tensor(device, new Float32Array(12), [4, 3], { requiresGrad: true });
    const rows = crossEntropyRows(x, tensor(device, new Int32Array(LABELS)));
    await expectRejection(rows.read(), IndexError, /^crossEntropy: expected targets from 0 to 2, got (-1|3) \(and 1 more\)$/);
    expect([...await rows.read()].map((v) => Number.isNaN(v))).toEqual([false, true, true, false]);
    const mean = crossEntropy(x, tensor(device, new Int32Array(LABELS)));
    await expectRejection(mean.item(), IndexError, 'crossEntropy');
    expect(await mean.item()).toBeNaN();
    for (const createGraph of [false, true]) {
      const [g] = grad(rows, [x], { gradient: tensor(device, [1, 1, 1, 1]), createGraph });
      // The fused derivative leaves the report to the forward pass.
      if (createGraph) await expectRejection(g!.read(), IndexError, 'crossEntropy: expected targets from 0 to 2');
      const found = [...await g!.read()].map((v) => Math.round(v * 3));
      expect(found).toEqual([1, -2, 1, NaN, NaN, NaN, NaN, NaN, NaN, 1, 1, -2]);
    }
  });

  test('a NaN or infinite logit reaches its own row, and only that', async () => {
    using _scope = device.scope();
    const x = tensor(device, [1, NaN, 2, Infinity, 1, 1, -Infinity, 0, 0, -Infinity, -Infinity, -Infinity], [4, 3], { requiresGrad: true });
    const y = logSoftmax(x);
    expectClose(await y.read(), [NaN, NaN, NaN, NaN, NaN, NaN, -Infinity, -Math.LN2, -Math.LN2, NaN, NaN, NaN], { rtol: 1e-6 });
    const rows = crossEntropyRows(x, tensor(device, new Int32Array([0, 1, 1, 2])));
    expectClose(await rows.read(), [NaN, NaN, Math.LN2, NaN], { rtol: 1e-6 });
    backward(sum(rows));
    expectClose(await x.grad!.read(), [NaN, NaN, NaN, NaN, NaN, NaN, 0, -0.5, 0.5, NaN, NaN, NaN], { atol: 1e-6 });
  });
});

test('oneHot marks each label, of labels of any shape', async () => {
  using _scope = device.scope();
  const square = tensor(device, new Int32Array([0, 1, 1, 0]), [2, 2]);
  expect([...await oneHot(transpose(square), 2).read()]).toEqual([1, 0, 0, 1, 0, 1, 1, 0]);
  expect([...await oneHot(tensor(device, new Int32Array([1]), []), 3).read()]).toEqual([0, 1, 0]);
  expect(oneHot(zeros(device, [0, 2], { dtype: 'int32' }), 3).shape).toEqual([0, 2, 3]);
  for (const classes of [0, -1, 1.5, NaN]) expectError(() => oneHot(square, classes), ShapeError, 'oneHot', 'at least one class', String(classes));
});

test('a label out of range of oneHot gives NaN and an error', async () => {
  using _scope = device.scope();
  const hot = oneHot(tensor(device, new Int32Array([2, 0, 3, -1])), 3);
  expect(hot.shape).toEqual([4, 3]);
  await expectRejection(hot.read(), IndexError, /^oneHot: expected labels from 0 to 2, got (3|-1) \(and 1 more\)$/);
  expect([...await hot.read()]).toEqual([0, 0, 1, 1, 0, 0, NaN, NaN, NaN, NaN, NaN, NaN]);
});

test('the loss takes labels from a view', async () => {
  using _scope = device.scope();
  const labels = tensor(device, new Int32Array([0, 9, 1, 9]), [2, 2]).view({ shape: [2], strides: [2], offset: 0 });
  expect(await crossEntropy(tensor(device, [5, 0, 0, 5], [2, 2]), labels).item()).toBeCloseTo(Math.log1p(Math.exp(-5)), 6);
});
