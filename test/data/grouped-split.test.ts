import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { divideByGroup } from '../../data/index.ts';
import { ConfigError } from '../../engine/errors.ts';

const cases = fc.record({
  groups: fc.array(fc.nat(30), { maxLength: 200 }),
  shares: fc.array(fc.nat(5), { minLength: 1, maxLength: 4 }).filter((shares) => shares.some((share) => share > 0)),
  key: fc.nat(),
  stratify: fc.boolean(),
});

describe('divideByGroup', () => {
  test('every sample is in one part, every group in one part, and no part is off its share by more than the largest group', () => {
    fc.assert(fc.property(cases, ({ groups, shares, key, stratify }) => {
      const parts = divideByGroup(groups, shares, key, ...(stratify ? [groups.map((group) => group % 3)] : []));
      expect(parts.map((part) => part.length)).toHaveLength(shares.length);
      expect(parts.flatMap((part) => [...part]).sort((a, b) => a - b)).toEqual([...groups.keys()]);
      const home = new Map<number, number>();
      parts.forEach((part, i) => part.forEach((sample) => {
        expect(home.get(groups[sample]!) ?? i).toBe(i);
        home.set(groups[sample]!, i);
      }));
      const sum = shares.reduce((a, b) => a + b, 0);
      const largest = Math.max(0, ...[...new Set(groups)].map((group) => groups.filter((other) => other === group).length));
      parts.forEach((part, i) => {
        expect(Math.abs(part.length - groups.length * shares[i]! / sum)).toBeLessThanOrEqual(largest * Math.max(1, shares.length - 1) * (stratify ? 3 : 1));
        if (shares[i] === 0) expect(part.length).toBe(0);
      });
    }));
  });

  test('the key decides, and names are groups as numbers are', () => {
    const patients = Array.from({ length: 300 }, (_, i) => `p${Math.floor(i / 3)}`);
    const of = (key: number): number[][] => divideByGroup(patients, [8, 2], key).map((part) => [...part]);
    expect(of(1)).toEqual(of(1));
    expect(of(1)).not.toEqual(of(2));
    expect(of(1).map((part) => part.length)).toEqual([240, 60]);
  });

  test('groups with a rare class are spread over the parts', () => {
    const patients = Array.from({ length: 1000 }, (_, i) => i >> 1);
    const strata = patients.map((patient) => (patient % 50 === 0 ? 1 : 0));
    const rare = divideByGroup(patients, [6, 2, 2], 5, strata).map((part) => part.filter((sample) => strata[sample] === 1).length / 2);
    expect(rare).toEqual([6, 2, 2]);
  });

  test.each([[[]], [[0, 0]], [[1, -1]], [[NaN]], [[Infinity]]])('refuses the shares %j', (shares) => {
    expect(() => divideByGroup([1, 2], shares, 0)).toThrow(ConfigError);
  });

  test('refuses strata of another length', () => {
    expect(() => divideByGroup([1, 2], [1], 0, [1])).toThrow(/a class for each of 2 samples, got 1/);
  });
});
