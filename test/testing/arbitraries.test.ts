import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { arrays, broadcastPairs, FINITE_KINDS, hostTensors, scripts, seededValues, shapes, sizes, VALUE_KINDS } from 'lazygrad/testing';
import type { ValueKind } from 'lazygrad/testing';

const magnitudes = (low: number, high: number) => (x: number): boolean => Math.abs(x) >= low && Math.abs(x) <= high;
/** What every number of a kind is. */
const IS: Readonly<Record<ValueKind, (x: number) => boolean>> = {
  spread: (x) => x !== 0 && magnitudes(0, 2)(x),
  normal: magnitudes(0, 4),
  ties: (x) => Number.isInteger(x) && magnitudes(0, 2)(x),
  zeros: (x) => x === 0,
  huge: magnitudes(Math.fround(1e8), Math.fround(1e16)),
  tiny: magnitudes(Math.fround(1e-16), Math.fround(1e-8)),
  dyadic: (x) => Number.isInteger(x * 8) && magnitudes(0, 8)(x),
  subnormal: (x) => x !== 0 && Math.abs(x) < 2 ** -126,
  special: (x) => !Number.isFinite(x) || [0, 1, 2 ** -149, 2 ** -126, (2 - 2 ** -23) * 2 ** 127].includes(Math.abs(x)),
};

describe.each(VALUE_KINDS)('%s', (kind) => {
  test('drawn one by one, and from a seed: what the name says, in float32', () =>
    fc.assert(fc.property(fc.integer({ min: 1, max: 20 }).chain((length) => arrays(length, [kind])), fc.nat(), (drawn, seed) => {
      const seeded = seededValues(drawn.length, kind, seed);
      expect(seeded).toEqual(seededValues(drawn.length, kind, seed));
      for (const x of [...drawn, ...seeded]) expect(`${x} ${IS[kind](x)}`).toBe(`${x} true`);
      if (kind === 'spread' && drawn.length % 2 === 0) for (const values of [drawn, seeded]) expect(new Set(values).size).toBe(drawn.length);
    }), { numRuns: 60 }));

  test('more than one value in the long run', () => {
    if (kind !== 'zeros') expect(new Set(seededValues(64, kind, 1)).size).toBeGreaterThan(4);
  });
});

test('shapes and sizes keep their bounds', () =>
  fc.assert(fc.property(shapes({ min: 1, max: 4 }, 8), sizes(8), (shape, size) => {
    expect(shape.length).toBeGreaterThanOrEqual(1);
    expect(shape.length).toBeLessThanOrEqual(4);
    for (const n of [...shape, size]) expect(n >= 1 && n <= 8).toBe(true);
  })));

test('pairs broadcast', () =>
  fc.assert(fc.property(broadcastPairs(4, 8), ([a, b]) => {
    for (let d = 1; d <= Math.min(a.length, b.length); d++) expect([a.at(-d) === b.at(-d), a.at(-d) === 1, b.at(-d) === 1]).toContain(true);
  })));

test('tensors hold as many values as their shapes say; the default has no special ones', () =>
  fc.assert(fc.property(hostTensors(), ({ shape, data }) => {
    expect(data.length).toBe(shape.reduce((a, b) => a * b, 1));
    expect(data.every((x) => FINITE_KINDS.some((kind) => IS[kind](x)))).toBe(true);
  })));

test('scripts: gradients for every parameter, known tasks, all kinds of events', () => {
  const seen = new Set<string>();
  fc.assert(fc.property(scripts({ tasks: ['a', 'b'], lengths: fc.constant([3, 1]), events: 5 }), ({ lengths, initial, events }) => {
    expect([lengths, initial.length]).toEqual([[3, 1], 4]);
    expect(events.length).toBeLessThanOrEqual(5);
    for (const event of events) {
      seen.add(event === 'endEpoch' ? event : event.task);
      if (event !== 'endEpoch') expect(event.gradient.length).toBe(4);
    }
  }));
  expect([...seen].sort()).toEqual(['a', 'b', 'endEpoch']);
});
