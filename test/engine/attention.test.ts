/** Attention against its definition: sizes, layouts, masks, dropout; on the adapter's kernel and on the one for any adapter. */
import fc from 'fast-check';
import { beforeAll, describe, test } from 'vitest';
import type { AttentionOptions, Device, Tensor } from '../../engine/index.ts';
import { Generator, grad, scaledDotProductAttention, tensor } from '../../engine/index.ts';
import { build, map } from '../reference/array.ts';
import type { NDArray } from '../reference/array.ts';
import { attentionMagnitude, attentionReference } from '../reference/attention.ts';
import type { AttentionSettings } from '../reference/attention.ts';
import { philox4x32 } from '../reference/philox.ts';
import { holds, layouts, seeds, sizes } from '../support/arbitraries.ts';
import { check, checkSecond } from '../support/check.ts';
import type { Subject } from '../support/check.ts';
import { expectClose } from '../support/close.ts';
import { testDevice, tileDevice } from '../support/device.ts';
import { constant, leaf } from '../support/layout.ts';
import { uniforms, values } from '../support/values.ts';

interface Case {
  readonly n: number;
  readonly heads: number;
  readonly queries: number;
  readonly keys: number;
  readonly depth: number;
  readonly width: number;
  readonly causal: boolean;
  readonly padding: boolean;
  /** Shape of the mask, by whether each of its dimensions is whole; null for none. */
  readonly mask: readonly boolean[] | null;
  readonly dropout: number;
  readonly scale: number | null;
  readonly seed: number;
}

const PLAIN: Case = { n: 1, heads: 1, queries: 1, keys: 1, depth: 1, width: 1, causal: false, padding: false, mask: null, dropout: 0, scale: null, seed: 1 };

const bools = (device: Device, x: NDArray): Tensor => tensor(device, Uint32Array.from(x.data), x.shape, { dtype: 'bool' });
const coin = (shape: readonly number[], seed: number, share: number): NDArray => {
  const next = uniforms(seed);
  return build(shape, () => next() < share ? 1 : 0);
};

/** Dropout's factors, from the generator's words. */
function factorOf({ n, heads, queries, keys, dropout: p, seed }: Case): AttentionSettings['factor'] {
  if (p === 0) return () => 1;
  const most = Math.floor(p * 2 ** 32);
  const factors = build([n, heads, queries, keys], ([a = 0, b = 0, i = 0, j = 0]) => philox4x32([((a * heads + b) << 16) + (j >> 2), i, 0, 0], [seed, 0])[j % 4]! < most ? 0 : 1 / (1 - p));
  return ([a, b, i, j]) => factors.data[((a * heads + b) * queries + i) * keys + j]!;
}

function subjectOf(device: Device, c: Case): Subject {
  const full = [c.n, c.heads, c.queries, c.keys];
  const padding = c.padding ? coin([c.n, c.keys], c.seed + 20, 0.4) : null;
  const mask = c.mask ? coin(full.map((size, d) => c.mask![d] ? size : 1), c.seed + 21, 0.6) : null;
  const settings: AttentionSettings = {
    scale: c.scale ?? 1 / Math.sqrt(c.depth),
    visible: ([a, b, i, j]) => (!c.causal || j <= i) && padding?.data[a * c.keys + j] !== 1 && (!mask || maskAt(mask, [a, b, i, j])),
    factor: factorOf(c),
  };
  const options: AttentionOptions = {
    causal: c.causal,
    ...(padding ? { keyPadding: bools(device, padding) } : {}),
    ...(mask ? { mask: bools(device, mask) } : {}),
    ...(c.scale === null ? {} : { scale: c.scale }),
  };
  return {
    run: ([q, k, v]) => scaledDotProductAttention(q!, k!, v!, c.dropout > 0 ? { ...options, dropout: { p: c.dropout, generator: new Generator(c.seed) } } : options),
    reference: attentionReference(settings),
    magnitude: attentionMagnitude(settings),
  };
}

function maskAt(mask: NDArray, place: readonly number[]): boolean {
  return mask.data[place.reduce((at, index, d) => at * mask.shape[d]! + (mask.shape[d] === 1 ? 0 : index), 0)] === 1;
}

const inputsOf = (c: Case, kind: 'normal' | 'spread' | 'ties' = 'normal'): NDArray[] => [
  values([c.n, c.heads, c.queries, c.depth], kind, c.seed), values([c.n, c.heads, c.keys, c.depth], kind, c.seed + 1), values([c.n, c.heads, c.keys, c.width], kind, c.seed + 2),
];

const narrow = fc.constantFrom(1, 2, 3, 4, 5, 8, 13, 26, 31, 32);
const cases = (over: Partial<{ readonly [K in keyof Case]: fc.Arbitrary<Case[K]> }>): fc.Arbitrary<Case> => fc.record({
  n: fc.integer({ min: 1, max: 2 }), heads: fc.integer({ min: 1, max: 3 }), queries: sizes(65), keys: sizes(65), depth: narrow, width: narrow,
  causal: fc.boolean(), padding: fc.boolean(), mask: fc.constant(null), dropout: fc.constant(0), scale: fc.constantFrom(null, 0.3, -0.7), seed: seeds, ...over,
});
const masks = fc.tuple(fc.boolean(), fc.boolean(), fc.boolean(), fc.boolean());
const threeLayouts = fc.tuple(layouts, layouts, layouts, layouts);

/** Every kind of hiding and dropping. */
const EVERYTHING = { padding: true, mask: [true, false, true, true], dropout: 0.3 };
const everything = { mask: masks, dropout: fc.constantFrom(0.1, 0.5, 0.9) };
const wide = fc.constantFrom(33, 36, 64, 100, 128);

const equals = (device: Device, arbitrary: fc.Arbitrary<Case>, runs: number): Promise<void> =>
  holds(fc.tuple(arbitrary, threeLayouts), ([c, layout]) => check(device, subjectOf(device, c), inputsOf(c), { layouts: layout, seed: c.seed }), runs);

describe('with the adapter\'s kernel', () => {
  let device: Device;
  beforeAll(async () => {
    device = await testDevice();
  });

  test('equals the definition for all sizes and layouts, causal or not, with padding or without', () => equals(device, cases({}), 40));
  test('equals the definition with masks that broadcast and dropout', () => equals(device, cases(everything), 20));
  test('equals the definition for wide heads', () => equals(device, cases({ ...everything, queries: sizes(33), keys: sizes(33), depth: wide, width: wide }), 6));

  test.each([
    { name: 'narrow heads', ...PLAIN, heads: 2, queries: 301, keys: 299, depth: 5, width: 3 },
    { name: 'wide heads', ...PLAIN, ...EVERYTHING, heads: 2, queries: 65, keys: 70, depth: 40, width: 70 },
  ])('many keys and queries, $name', async (c) => {
    for (const causal of [false, true]) await check(device, subjectOf(device, { ...c, causal }), inputsOf(c));
  });

  test('large scores lose no digits', async () => {
    const c = { ...PLAIN, queries: 9, keys: 21, depth: 4, width: 4, scale: 1 };
    const [q, k, v] = inputsOf(c, 'ties') as [NDArray, NDArray, NDArray];
    await check(device, subjectOf(device, c), [map(q, (x) => 256 * x), map(k, (x) => 64 * x), v]);
  });

  test('has the right derivatives of both orders, with everything', async () => {
    const c: Case = { ...PLAIN, n: 2, heads: 2, queries: 3, keys: 5, depth: 3, width: 2, causal: true, padding: true, mask: [true, false, true, true], dropout: 0.3, scale: 0.8, seed: 4 };
    for (const one of [{ ...PLAIN, queries: 2, keys: 3, depth: 2, width: 3 }, c]) {
      await check(device, subjectOf(device, one), inputsOf(one, 'spread'), { differences: true });
      await checkSecond(device, subjectOf(device, one), inputsOf(one, 'spread'), { layouts: ['permuted', 'gaps', 'plain', 'offset 3'] });
    }
  });

  test('recorded derivatives equal the fused ones', async () => {
    using _scope = device.scope();
    const c: Case = { ...PLAIN, n: 2, heads: 2, queries: 7, keys: 9, depth: 5, width: 6, causal: true, padding: true, mask: [false, true, true, true], dropout: 0.4, seed: 7 };
    const leaves = inputsOf(c).map((x) => leaf(device, x));
    const out = subjectOf(device, c).run(leaves);
    const gradient = constant(device, values(out.shape, 'normal', 9));
    const [fused, recorded] = [grad(out, leaves, { gradient }), grad(out, leaves, { gradient, createGraph: true })];
    for (const [i, g] of fused.entries()) expectClose(await recorded[i]!.read(), await g!.read(), { atol: 2e-6 }, `gradient by input ${i}`);
  });
});

describe('with the kernel for any adapter', () => {
  let device: Device;
  beforeAll(async () => {
    device = await tileDevice();
  });

  test('equals the definition', () => equals(device, cases({ ...everything, depth: fc.constantFrom(65, 100, 128), width: fc.integer({ min: 1, max: 128 }), queries: sizes(33), keys: sizes(33) }), 3));

  test('many keys and queries', async () => {
    const c: Case = { ...PLAIN, ...EVERYTHING, heads: 2, queries: 65, keys: 70, depth: 70, width: 7 };
    for (const causal of [false, true]) await check(device, subjectOf(device, { ...c, causal }), inputsOf(c));
  });

  test('heads that are not wide', async () => {
    using _scope = device.scope();
    const c = { ...PLAIN, heads: 2, queries: 37, keys: 35, depth: 50, width: 50, padding: true };
    const { run, reference } = subjectOf(device, c);
    const inputs = inputsOf(c);
    expectClose(await run(inputs.map((x) => constant(device, x))).read(), reference.forward(inputs), { atol: 4e-6 });
  });
});
