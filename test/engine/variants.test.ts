import { describe, expect, test } from 'vitest';
import { VARIANTS, classOf, lanesOf, subgroupOf, tileOf } from '../../engine/device/variants.ts';
import { Device, Generator, matmul, rand } from '../../engine/index.ts';
import { testDevice } from '../support/device.ts';

const SUBGROUPS = new Set(['subgroups']);
const facts = (vendor: string, least: number, most = least) => ({ vendor, subgroupMinSize: least, subgroupMaxSize: most });

describe('the class of an adapter', () => {
  test.each([
    ['software-8', 'software', SUBGROUPS, facts('mesa', 8)],
    ['software-4', 'software', SUBGROUPS, facts('google', 4)],
    // A size that varies, one that no kernel knows, or no feature: what works everywhere.
    ['portable', 'software', SUBGROUPS, facts('mesa', 4, 8)],
    ['portable', 'software', SUBGROUPS, facts('mesa', 16)],
    ['portable', 'software', new Set<string>(), facts('mesa', 8)],
    ['nvidia', 'hardware', SUBGROUPS, facts('nvidia', 32)],
    ['nvidia', 'hardware', new Set<string>(), facts('NVIDIA Corporation', 32)],
    ['portable', 'hardware', SUBGROUPS, facts('intel', 8)],
    ['portable', 'hardware', SUBGROUPS, facts('amd', 32, 64)],
    ['portable', 'hardware', SUBGROUPS, facts('', 0)],
  ] as const)('%s for %s', (expected, kind, features, info) => {
    expect(classOf({ kind }, features, info)).toBe(expected);
  });

  test('is this adapter\'s, and none without it shares values in subgroups', async () => {
    const device = await testDevice();
    expect(Object.values(VARIANTS)).toContainEqual(device.variants);
    if (device.adapter.kind === 'software') expect(device.variants.subgroup).toBe(device.adapter.name.includes('llvmpipe') ? 8 : 4);
  });
});

describe('every entry of the table', () => {
  test.each(Object.entries(VARIANTS))('%s is whole', (_, variants) => {
    for (const kind of [variants.contraction, variants.attention, variants.recurrent]) if (variants.subgroup === null) expect(kind).toBe('tile');
    expect(variants.splitBelow).toBeGreaterThan(0);
    expect(variants.shortestSlice % 4).toBe(0);
  });

  test('the default shares nothing between lanes', () => {
    expect(lanesOf(VARIANTS.portable, VARIANTS.portable.contraction)).toBeNull();
    expect(subgroupOf(new Set(), facts('any', 8))).toBeNull();
  });

  test('tiles are those of the kernels', () => {
    expect(tileOf(VARIANTS.portable)).toEqual([64, 64]);
    expect(tileOf(VARIANTS['software-8'])).toEqual([16, 32]);
    expect(tileOf(VARIANTS['software-4'])).toEqual([16, 16]);
    expect(tileOf({ ...VARIANTS['software-8'], contraction: 'tile' })).toEqual([64, 64]);
  });
});

test('a split depth gives the sum of its slices, whatever the thresholds are', async () => {
  const [m, n, k] = [8, 8, 4096];
  for (const [splitBelow, shortestSlice, dispatches] of [[1, 256, 1], [64, 256, 2], [256, 64, 2]] as const) {
    const device = await Device.create({ variants: { ...VARIANTS.portable, splitBelow, shortestSlice } });
    try {
      const [a, b] = [rand(device, [m, k], new Generator(1), -1, 1), rand(device, [k, n], new Generator(2), -1, 1)];
      const before = device.counters.dispatches;
      const c = matmul(a, b);
      expect(device.counters.dispatches - before).toBe(dispatches);
      const [p, q, got] = [await a.read(), await b.read(), await c.read()];
      for (let i = 0; i < m; i++) for (let j = 0; j < n; j++) {
        let [sum, size] = [0, 0];
        for (let l = 0; l < k; l++) {
          sum += p[i * k + l]! * q[l * n + j]!;
          size += Math.abs(p[i * k + l]! * q[l * n + j]!);
        }
        expect(Math.abs(got[i * n + j]! - sum)).toBeLessThan(1e-6 * size);
      }
    } finally {
      device.destroy();
    }
  }
});
