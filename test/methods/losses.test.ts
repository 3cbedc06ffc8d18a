/** The loss of each kind of task against its definition, with and without missing targets. */
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { taskLoss } from 'lazygrad/methods';
import type { LossTask } from 'lazygrad/methods';
import { grad, tensor } from '../../engine/index.ts';
import type { Device, Tensor } from '../../engine/index.ts';
import { map } from '../reference/array.ts';
import type { NDArray } from '../reference/array.ts';
import { binary, classReference, huber, masked, pairReference, squared } from '../reference/losses.ts';
import type { Reference } from '../reference/operation.ts';
import { holds, seeds, sizes } from '../support/arbitraries.ts';
import { expectClose } from '../support/close.ts';
import { testDevice } from '../support/device.ts';
import { uniforms, values } from '../support/values.ts';

let device: Device;
beforeAll(async () => {
  device = await testDevice();
});

const TASKS: readonly LossTask[] = [{ kind: 'multiclass' }, { kind: 'binary' }, { kind: 'multilabel' }, { kind: 'regression' }, { kind: 'regression', huberDelta: 0.5 }];

interface Case {
  readonly outputs: NDArray;
  readonly targets: Int32Array | Float32Array;
  /** How many are there. */
  readonly count: number;
  /** Of the loss whose sum is divided by so many. */
  readonly reference: (divisor: number) => Reference;
}

function draw({ kind, huberDelta }: LossTask, rows: number, width: number, share: number, seed: number): Case {
  const next = uniforms(seed);
  const columns = kind === 'binary' ? 1 : width;
  const outputs = values([rows, columns], 'normal', seed);
  if (kind === 'multiclass') {
    const targets = Int32Array.from({ length: rows }, () => next() < share ? -1 : Math.floor(next() * columns));
    const settings = { targets: [...targets], weight: new Array<number>(columns).fill(1), smoothing: 0, ignored: -1, reduction: 'sum' } as const;
    const scaled = (r: Reference, divisor: number): Reference => ({
      forward: (x) => map(r.forward(x), (v) => v / divisor),
      gradients: (x, g) => r.gradients(x, map(g, (v) => v / divisor)),
    });
    return { outputs, targets, count: targets.filter((t) => t >= 0).length, reference: (divisor) => scaled(classReference(settings), divisor) };
  }
  const targets = Float32Array.from({ length: rows * columns }, () => next() < share ? NaN : kind === 'regression' ? Math.fround(4 * next() - 2) : next() < 0.5 ? 1 : 0);
  const pairwise = kind !== 'regression' ? binary(() => 1) : huberDelta === undefined ? squared : huber(huberDelta);
  const wanted = masked((x, _t, at) => pairwise(x, targets[at]!, at), (at) => !Number.isNaN(targets[at]!));
  return { outputs, targets, count: targets.filter((t) => !Number.isNaN(t)).length, reference: (divisor) => pairReference(wanted, divisor) };
}

const on = (of: Case): [Tensor, Tensor] => [
  tensor(device, Float32Array.from(of.outputs.data), of.outputs.shape, { requiresGrad: true }),
  tensor(device, of.targets, of.targets instanceof Int32Array ? [of.targets.length] : of.outputs.shape),
];

describe.each(TASKS)('%o', (task) => {
  test('is the mean and the sum over the targets that are there', () =>
    holds(fc.record({ rows: sizes(40), width: sizes(6), share: fc.constantFrom(0, 0.3, 0.9, 1), seed: seeds }), async ({ rows, width, share, seed }) => {
      using _scope = device.scope();
      const drawn = draw(task, rows, width, share, seed);
      const { outputs, count, reference } = drawn;
      const [x, t] = on(drawn);
      const loss = taskLoss(task, x, t);
      const inputs = [outputs, outputs];
      for (const [found, divisor] of [[loss.mean, Math.max(count, 1)], [loss.sum, 1]] as const) {
        expect(found.shape).toEqual([]);
        expectClose(await found.read(), reference(divisor).forward(inputs), { rtol: 2e-6, atol: 1e-6 });
        const [g] = grad(found, [x]);
        expectClose(await g!.read(), reference(divisor).gradients(inputs, { shape: [], data: Float64Array.of(1) })[0]!, { rtol: 4e-6, atol: 1e-6 });
      }
    }, 20));

  test('is 0 with gradients of 0 when no target is there, whatever the outputs', async () => {
    using _scope = device.scope();
    const x = tensor(device, [NaN, Infinity, 3, -1e30], [4, 1], { requiresGrad: true });
    const t = task.kind === 'multiclass' ? tensor(device, new Int32Array(4).fill(-1)) : tensor(device, new Float32Array(4).fill(NaN), [4, 1]);
    const loss = taskLoss(task, x, t);
    const [g] = grad(loss.mean, [x]);
    expect([await loss.mean.item(), await loss.sum.item(), ...(await g!.read()).map(Math.abs)]).toEqual([0, 0, 0, 0, 0, 0]);
  });

  test('needs no mask where nothing is missing, and is the same then', async () => {
    using _scope = device.scope();
    const drawn = draw(task, 13, 3, 0, 5);
    const [x, t] = on(drawn);
    const [plain, careful] = [taskLoss(task, x, t, false), taskLoss(task, x, t)];
    for (const of of ['mean', 'sum'] as const) {
      expectClose([await plain[of].item()], [await careful[of].item()], { rtol: 1e-6 });
      expectClose(await grad(plain[of], [x])[0]!.read(), await grad(careful[of], [x])[0]!.read(), { rtol: 1e-6, atol: 1e-7 });
    }
    const before = device.counters.dispatches;
    taskLoss(task, x, t, false);
    const fewer = device.counters.dispatches - before;
    taskLoss(task, x, t);
    expect(fewer).toBeLessThan(device.counters.dispatches - before - fewer);
  });
});
