/** Cross-entropy with class weights, label smoothing, ignored labels; and PyTorch's numbers for all losses. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import type { CrossEntropyOptions, Device, Reduction, Tensor } from '../../engine/index.ts';
import { binaryCrossEntropyWithLogits, ConfigError, crossEntropy, DTypeError, grad, huberLoss, IndexError, klDivLoss, mseLoss, ShapeError, tensor } from '../../engine/index.ts';
import { build, count } from '../reference/array.ts';
import { classReference } from '../reference/losses.ts';
import type { ClassSettings } from '../reference/losses.ts';
import { holds, layouts, seeds, sizes } from '../support/arbitraries.ts';
import { check, checkSecond } from '../support/check.ts';
import type { Subject } from '../support/check.ts';
import { expectClose } from '../support/close.ts';
import { testDevice } from '../support/device.ts';
import { expectError, expectRejection } from '../support/errors.ts';
import { positive, uniforms, values } from '../support/values.ts';

let device: Device;
beforeAll(async () => {
  device = await testDevice();
});

const labels = (list: readonly number[]): Tensor => tensor(device, new Int32Array(list));

function subjectOf(settings: ClassSettings): Subject {
  const { targets, weight, smoothing, ignored, reduction } = settings;
  const reference = classReference(settings);
  const largest = Math.max(...weight);
  const divisor = reduction === 'mean' ? targets.reduce((sum, t) => sum + (t === ignored ? 0 : weight[t]!), 0) : 1;
  const options = (): CrossEntropyOptions => ({ reduction, labelSmoothing: smoothing, weight: tensor(device, weight), ...ignored === null ? {} : { ignoreIndex: ignored } });
  return {
    run: ([x]) => crossEntropy(x!, labels(targets), options()),
    reference,
    magnitude: {
      // Each row: its weights times the distance to the top and the logarithm of the sum.
      forward: ([x]) => {
        const span = 2 * x!.data.reduce((most, v) => Math.max(most, Math.abs(v)), 0) + Math.log(weight.length) + 3;
        return build(reduction === 'none' ? [targets.length] : [], () => largest * span * (reduction === 'none' ? 1 : targets.length / divisor));
      },
      gradients: ([x], g) => [build(x!.shape, ([r]) => 4 * largest * Math.abs(reduction === 'none' ? g.data[r!]! : g.data[0]! / divisor))],
    },
    rounding: 4e-6,
  };
}

test('class weights, label smoothing and ignored labels equal the reference', () =>
  holds(fc.record({
    rows: sizes(100), classes: sizes(17), smoothing: fc.constantFrom(0, 0.1, 1), weighted: fc.boolean(), ignored: fc.constantFrom(null, -100, 0),
    reduction: fc.constantFrom<Reduction>('mean', 'sum', 'none'), kind: fc.constantFrom('spread', 'normal', 'ties', 'zeros'), layout: layouts, seed: seeds,
  }), async ({ rows, classes, smoothing, weighted, ignored, reduction, kind, layout, seed }) => {
    const next = uniforms(seed);
    const targets = Array.from({ length: rows }, (_, r) => r > 0 && ignored !== null && next() < 0.3 ? ignored : Math.floor(next() * classes));
    if (targets.every((t) => t === ignored)) return;
    const weight = weighted ? [...positive([classes], seed).data] : new Array<number>(classes).fill(1);
    await check(device, subjectOf({ targets, weight, smoothing, ignored, reduction }), [values([rows, classes], kind, seed)], { layouts: [layout], seed });
  }, 60));

test.each(['mean', 'sum', 'none'] as const)('derivatives of both orders: %s', async (reduction) => {
  const subject = subjectOf({ targets: [2, 0, -100, 4], weight: [0.5, 1, 2, 1, 3], smoothing: 0.25, ignored: -100, reduction });
  const x = [values([4, 5], 'spread', 1)];
  await check(device, subject, x, { differences: true });
  await checkSecond(device, subject, x, { layouts: ['permuted'] });
});

test('large logits lose no digits', async () => {
  using _scope = device.scope();
  const x = tensor(device, [30_000, 30_000, -1e30, 30_001], [2, 2]);
  expectClose(await crossEntropy(x, labels([0, 1]), { reduction: 'none', weight: tensor(device, [2, 3]) }).read(), [2 * Math.LN2, 0], { rtol: 1e-6 });
});

test('an ignored row has no influence, whatever its logits; a bad target is NaN and an error', async () => {
  using _scope = device.scope();
  const x = tensor(device, [0, 0, NaN, Infinity, 0, 0, -Infinity, 0], [4, 2], { requiresGrad: true });
  const rows = crossEntropy(x, labels([0, 7, -1, 1]), { reduction: 'none', ignoreIndex: 7 });
  await expectRejection(rows.read(), IndexError, /^crossEntropy: expected targets from 0 to 1, or 7, got -1$/);
  expectClose(await rows.read(), [Math.LN2, 0, NaN, 0], { rtol: 1e-6 });
  const mean = crossEntropy(x, labels([0, 2, -1, 1]), { labelSmoothing: 0.1 });
  await expectRejection(mean.item(), IndexError, /^crossEntropy: expected targets from 0 to 1, got (2|-1) \(and 1 more\)$/);
  expect(await mean.item()).toBeNaN();
  expectClose([await crossEntropy(x, labels([0, 7, 7, 1]), { ignoreIndex: 7 }).item()], [Math.LN2 / 2], { rtol: 1e-6 });
  for (const createGraph of [false, true]) {
    const [g] = grad(rows, [x], { gradient: tensor(device, [1, 1, 1, 1]), createGraph });
    expectClose(await g!.read(), [-0.5, 0.5, 0, 0, NaN, NaN, 0, 0], { atol: 1e-6 });
  }
});

test('with every label ignored the mean is NaN and its gradient 0, the sum 0', async () => {
  using _scope = device.scope();
  const x = tensor(device, [1, 2], [1, 2], { requiresGrad: true });
  const mean = crossEntropy(x, labels([5]), { ignoreIndex: 5 });
  expect(await mean.item()).toBeNaN();
  expect([...await grad(mean, [x])[0]!.read()]).toEqual([0, 0]);
  expect(await crossEntropy(x, labels([5]), { ignoreIndex: 5, reduction: 'sum' }).item()).toBe(0);
});

test('options that do not fit are refused by name', () => {
  using _scope = device.scope();
  const [x, t] = [tensor(device, [1, 2], [1, 2]), labels([0])];
  for (const labelSmoothing of [-0.1, 1.1, NaN]) expectError(() => crossEntropy(x, t, { labelSmoothing }), ConfigError, 'labelSmoothing', String(labelSmoothing));
  for (const ignoreIndex of [0.5, NaN, 2 ** 31]) expectError(() => crossEntropy(x, t, { ignoreIndex }), ConfigError, 'ignoreIndex', String(ignoreIndex));
  expectError(() => crossEntropy(x, t, { reduction: 'average' as 'mean' }), ConfigError, 'reduction', 'average');
  expectError(() => crossEntropy(x, t, { weight: tensor(device, [1, 2, 3]) }), ShapeError, 'weight', /\[3\]/);
  expectError(() => crossEntropy(x, t, { weight: labels([1, 2]) }), DTypeError, 'crossEntropy');
});

interface Fixture {
  readonly logits: number[][];
  readonly targets: number[];
  readonly binary: number[][];
  readonly weight: number[];
  readonly cases: { name: string; options: { reduction: Reduction; label_smoothing?: number; weight?: number[]; ignore_index?: number; log_target?: boolean; delta?: number }; loss: number | number[] | number[][]; gradient: number[][] }[];
}
const FIXTURE = JSON.parse(readFileSync(new URL('../fixtures/losses-torch.json', import.meta.url), 'utf8')) as Fixture;

test.each(FIXTURE.cases)('PyTorch: $name $options', async ({ name, options, loss, gradient }) => {
  using _scope = device.scope();
  const { reduction } = options;
  const x = tensor(device, FIXTURE.logits.flat(), [4, 3], { requiresGrad: true });
  const other = tensor(device, FIXTURE.binary.flat(), [4, 3]);
  const run: Record<string, () => Tensor> = {
    cross_entropy: () => crossEntropy(x, labels(FIXTURE.targets), {
      reduction, labelSmoothing: options.label_smoothing ?? 0, ...options.weight && { weight: tensor(device, options.weight) }, ...options.ignore_index !== undefined && { ignoreIndex: options.ignore_index },
    }),
    binary: () => binaryCrossEntropyWithLogits(x, other, { reduction, posWeight: tensor(device, FIXTURE.weight) }),
    huber: () => huberLoss(x, other, { reduction, delta: options.delta ?? 1 }),
    mse: () => mseLoss(x, other, { reduction }),
    kl: () => klDivLoss(x, other, { reduction, logTarget: options.log_target ?? false }),
  };
  const out = run[name]!();
  expectClose(await out.read(), [loss].flat(2), { rtol: 2e-6, atol: 2e-6 });
  const [g] = grad(out, [x], { gradient: tensor(device, new Float32Array(count(out.shape)).fill(1), out.shape) });
  expectClose(await g!.read(), gradient.flat(), { rtol: 2e-6, atol: 2e-6 });
});
