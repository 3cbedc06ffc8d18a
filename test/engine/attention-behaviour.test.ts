/** Attention at its edges: nothing to attend to, NaN, infinities, emptiness; memory; dropout in captured and repeated steps; refusals. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { AttentionOptions, Device, Tensor } from '../../engine/index.ts';
import { checkpoint, ConfigError, DTypeError, expand, Generator, grad, LimitError, mul, randn, scaledDotProductAttention, ShapeError, sum, tensor, zeros } from '../../engine/index.ts';
import { expectClose } from '../support/close.ts';
import { testDevice } from '../support/device.ts';
import { expectError } from '../support/errors.ts';

let device: Device;
beforeAll(async () => {
  device = await testDevice();
});

const variable = (seed: number, ...shape: number[]): Tensor => {
  const x = randn(device, shape, new Generator(seed));
  x.requiresGrad = true;
  return x;
};
const three = (n: number, heads: number, queries: number, keys: number, depth: number): [Tensor, Tensor, Tensor] => [variable(1, n, heads, queries, depth), variable(2, n, heads, keys, depth), variable(3, n, heads, keys, depth)];
const bools = (list: readonly number[], shape: readonly number[]): Tensor => tensor(device, list, shape, { dtype: 'bool' });
const read = (xs: readonly (Tensor | null)[]): Promise<number[][]> => Promise.all(xs.map(async (x) => [...await x!.read()]));
const isZero = (x: readonly number[]): boolean => x.every((v) => v === 0);

describe.each([false, true])('derivatives recorded: %s', (createGraph) => {
  const gradientsOf = (out: Tensor, leaves: readonly Tensor[]): Promise<number[][]> => read(grad(out, leaves, { gradient: randn(device, out.shape, new Generator(9)), createGraph }));

  test('queries without a key get zeros and have none but zero gradients, and so have keys without a query', async () => {
    using _scope = device.scope();
    const [q, k, v] = three(2, 1, 3, 2, 4);
    // The first image's keys are all padding. In the second one the last query may attend to nothing, and no query to the last key.
    const out = scaledDotProductAttention(q, k, v, { keyPadding: bools([1, 1, 0, 0], [2, 2]), mask: bools([1, 0, 1, 0, 0, 0], [1, 1, 3, 2]) });
    const values = [...await out.read()];
    expect(isZero(values.slice(0, 12)) && isZero(values.slice(20))).toBe(true);
    expect(isZero(values.slice(12, 20))).toBe(false);
    const [gq, gk, gv] = await gradientsOf(out, [q, k, v]) as [number[], number[], number[]];
    // The others have one key each, so their weights are 1 whatever queries and keys are.
    expect([gq, gk, gv.slice(0, 8), gv.slice(12)].every(isZero)).toBe(true);
    expect(isZero(gv.slice(8, 12))).toBe(false);
  });

  test('what is padding has no influence, NaN or not', async () => {
    using _scope = device.scope();
    const [q, k, v] = three(1, 1, 3, 4, 4);
    const broken = async (x: Tensor, filling: number): Promise<Tensor> => tensor(device, [...await x.read()].map((value, i) => Math.floor(i / 4) === 1 ? filling : value), x.shape, { requiresGrad: true });
    const keyPadding = bools([0, 1, 0, 0], [1, 4]);
    const results = async (filling: number): Promise<number[][]> => {
      const leaves = [q, await broken(k, filling), await broken(v, filling)];
      const out = scaledDotProductAttention(leaves[0]!, leaves[1]!, leaves[2]!, { keyPadding });
      return [...await read([out]), ...await gradientsOf(out, leaves)];
    };
    const plain = await results(1);
    expect(plain.flat().every(Number.isFinite)).toBe(true);
    expect(plain[2]!.slice(4, 8)).toEqual([0, 0, 0, 0]);
    for (const filling of [NaN, Infinity, 3e38]) expect(await results(filling)).toEqual(plain);
  });
});

test('a NaN of a query reaches its own row, one of a key all that attend to it', async () => {
  using _scope = device.scope();
  const [, k, v] = three(1, 1, 3, 3, 1);
  const nans = async (q: Tensor, key: Tensor, options: AttentionOptions = {}): Promise<boolean[]> => [...await scaledDotProductAttention(q, key, v, options).read()].map(Number.isNaN);
  expect(await nans(tensor(device, [1, NaN, 2], [1, 1, 3, 1]), k)).toEqual([false, true, false]);
  expect(await nans(tensor(device, [1, Infinity, 2], [1, 1, 3, 1]), tensor(device, [1, 2, 3], [1, 1, 3, 1]))).toEqual([false, true, false]);
  expect(await nans(tensor(device, [1, 1, 2], [1, 1, 3, 1]), tensor(device, [1, NaN, 2], [1, 1, 3, 1]), { causal: true })).toEqual([false, true, true]);
});

test('a score of minus infinity has no weight', async () => {
  using _scope = device.scope();
  const out = scaledDotProductAttention(tensor(device, [1], [1, 1, 1, 1]), tensor(device, [0, -Infinity, 0], [1, 1, 3, 1]), tensor(device, [1, 5, 2], [1, 1, 3, 1]));
  expect(await out.item()).toBe(1.5);
});

test('of no queries, keys, values or images', async () => {
  using _scope = device.scope();
  for (const [n, queries, keys, width] of [[0, 2, 3, 4], [2, 0, 3, 4], [2, 2, 0, 4], [2, 2, 3, 0]] as const) {
    const leaves = [zeros(device, [n, 1, queries, 5], { requiresGrad: true }), zeros(device, [n, 1, keys, 5], { requiresGrad: true }), zeros(device, [n, 1, keys, width], { requiresGrad: true })];
    const out = scaledDotProductAttention(leaves[0]!, leaves[1]!, leaves[2]!);
    expect(out.shape).toEqual([n, 1, queries, width]);
    const found = grad(sum(out), leaves);
    for (const [i, g] of (await read([out, ...found])).entries()) expect(isZero(g), String(i)).toBe(true);
    expect(found.map((g) => g!.shape)).toEqual(leaves.map((x) => x.shape));
  }
});

test('keys and values that all heads share', async () => {
  using _scope = device.scope();
  const [q] = three(2, 3, 4, 5, 4);
  const [k, v] = [variable(2, 2, 1, 5, 4), variable(3, 2, 1, 5, 4)];
  const run = (share: (x: Tensor) => Tensor): Promise<number[][]> => {
    const out = scaledDotProductAttention(q, share(k), share(v));
    return read([out, ...grad(sum(mul(out, randn(device, out.shape, new Generator(4)))), [q, k, v])]);
  };
  const [shared, copied] = [await run((x) => expand(x, [2, 3, 5, 4])), await run((x) => mul(expand(x, [2, 3, 5, 4]), tensor(device, [1])))];
  for (const [i, x] of shared.entries()) expectClose(x, copied[i]!, { atol: 2e-6 });
});

test('gradients that nobody wants are not computed', () => {
  using _scope = device.scope();
  const [q, k, v] = three(1, 2, 3, 4, 5);
  const dispatches = (leaf: Tensor, ...inputs: [Tensor, Tensor, Tensor]): number => {
    const out = scaledDotProductAttention(...inputs);
    const before = device.counters.dispatches;
    grad(out, [leaf], { gradient: out.detach() });
    return device.counters.dispatches - before;
  };
  const all = dispatches(q, q, k, v);
  expect(dispatches(q, q, k.detach(), v.detach())).toBe(all - 1);
  expect(dispatches(v, q.detach(), k.detach(), v)).toBe(all - 1);
});

test('memory grows with the lengths, not with their product', () => {
  const peak = (length: number): number => {
    using _scope = device.scope();
    const inputs = three(1, 2, length, length, 8);
    const step = device.capture(() => {
      using _step = device.scope();
      grad(scaledDotProductAttention(...inputs, { causal: true }), inputs, { gradient: inputs[0] });
    });
    const bytes = step.plannedBytes;
    step.dispose();
    return bytes;
  };
  const [short, long] = [peak(512), peak(2048)];
  expect(long / short).toBeLessThan(4.1);
  // The scores alone would be 4 bytes * 2 heads * 2048 * 2048.
  expect(long).toBeLessThan(2048 * 2048);
});

describe('dropout', () => {
  /** What tells whether the derivative drops what the forward pass dropped: the result is linear in the values, so both are equal. */
  const sides = (q: Tensor, k: Tensor, v: Tensor, g: Tensor, generator: Generator): { out: Tensor; left: Tensor; right: Tensor } => {
    const out = scaledDotProductAttention(q, k, v, { dropout: { p: 0.5, generator } });
    return { out, left: sum(mul(out.detach(), g)), right: sum(mul(grad(out, [v], { gradient: g })[0]!, v.detach())) };
  };

  test('a captured step drops others in every replay, the ones of the eager run, and the derivative the same', async () => {
    using _scope = device.scope();
    const [q, k, v] = three(1, 2, 5, 6, 4);
    const g = randn(device, q.shape, new Generator(8));
    const [eager, captured] = [new Generator(3), new Generator(3)];
    const kept: Tensor[] = [];
    const step = device.capture(() => {
      const { out, left, right } = sides(q, k, v, g, captured);
      kept.push(out.keep(), left.keep(), right.keep());
    });
    const seen = new Set<string>();
    for (let i = 0; i < 3; i++) {
      step.replay();
      const found = await read(kept);
      const { out, left, right } = sides(q, k, v, g, eager);
      expect(found).toEqual(await read([out, left, right]));
      expect(Math.abs(found[1]![0]! - found[2]![0]!)).toBeLessThan(1e-4);
      seen.add(String(found[0]));
    }
    expect(seen.size).toBe(3);
    expect(captured.state).toBe(3);
    step.dispose();
  });

  test('a checkpoint drops the same when it computes again', async () => {
    using _scope = device.scope();
    const leaves = three(1, 2, 5, 6, 4);
    const run = (wrap: boolean): Promise<number[][]> => {
      const generator = new Generator(3);
      const f = (q: Tensor, k: Tensor, v: Tensor): Tensor => scaledDotProductAttention(q, k, v, { dropout: { p: 0.5, generator } });
      const out = wrap ? checkpoint((q, k, v) => f(q, k, v), ...leaves) : f(...leaves);
      return read([out, ...grad(sum(mul(out, out)), leaves)]);
    };
    expect(await run(true)).toEqual(await run(false));
  });

  test('of nothing draws nothing', async () => {
    using _scope = device.scope();
    const inputs = three(1, 1, 3, 3, 2);
    const generator = new Generator(1);
    const out = scaledDotProductAttention(...inputs, { dropout: { p: 0, generator } });
    expect(await out.read()).toEqual(await scaledDotProductAttention(...inputs).read());
    expect(generator.state).toBe(0);
  });
});

test('what does not fit is refused by name', () => {
  using _scope = device.scope();
  const [q, k, v] = three(2, 3, 4, 5, 6);
  const refuses = (inputs: readonly [Tensor, Tensor, Tensor], options: AttentionOptions, error: Parameters<typeof expectError>[1], ...parts: (string | RegExp)[]): void => {
    expectError(() => scaledDotProductAttention(...inputs, options), error, 'scaledDotProductAttention', ...parts);
  };
  const of = (...shape: number[]): Tensor => zeros(device, shape);
  for (const inputs of [[of(2, 3, 4), k, v], [q, of(2, 3, 5, 7), v], [q, k, of(2, 3, 4, 6)], [q, of(2, 2, 5, 6), of(2, 2, 5, 6)], [of(1, 3, 4, 6), k, v], [of(2, 3, 4, 0), of(2, 3, 5, 0), v]] as const) {
    refuses(inputs, {}, ShapeError, '[n, heads, lq, d]', `[${inputs[0].shape.join(', ')}], [${inputs[1].shape.join(', ')}], [${inputs[2].shape.join(', ')}]`);
  }
  refuses([q, tensor(device, new Int32Array(180), [2, 3, 5, 6]), v], {}, DTypeError, 'float32', 'int32');
  refuses([q, k, v], { mask: of(4, 5) }, DTypeError, 'bool', 'float32');
  refuses([q, k, v], { mask: bools([1, 1, 1], [3]) }, ShapeError, '[2, 3, 4, 5]', '[3]');
  refuses([q, k, v], { mask: bools(new Array<number>(5).fill(1), [1, 1, 1, 1, 5]) }, ShapeError, 'mask');
  refuses([q, k, v], { keyPadding: bools(new Array<number>(8).fill(0), [2, 4]) }, ShapeError, 'keyPadding [2, 5]', '[2, 4]');
  for (const scale of [NaN, Infinity]) refuses([q, k, v], { scale }, ConfigError, 'scale', String(scale));
  for (const p of [-0.1, 1, NaN]) refuses([q, k, v], { dropout: { p, generator: new Generator(1) } }, ConfigError, 'dropout', '[0, 1)', String(p));
  refuses([of(1, 1, 1, 129), of(1, 1, 1, 129), of(1, 1, 1, 1)], {}, LimitError, '129', 'at most 128');
  refuses([of(1, 1, 1, 1), of(1, 1, 1, 1), of(1, 1, 1, 130)], {}, LimitError, '130');
  refuses([of(65_536, 1, 1, 1), of(65_536, 1, 1, 1), of(65_536, 1, 1, 1)], {}, LimitError, '65536 x 1', 'at most 65535');
  refuses([of(1, 1, 1, 1), of(1, 1, 262_145, 1), of(1, 1, 262_145, 1)], {}, LimitError, '262145 keys');
});
