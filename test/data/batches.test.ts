import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { batches, stepsPerEpoch, type BatchOptions } from '../../data/batches.ts';
import type { Split } from '../../data/task.ts';
import { ConfigError, ShapeError } from '../../engine/errors.ts';

/** Sample i has target i and the three bytes i, i + 1, i + 2. */
function numbered(length: number): Split {
  return {
    length,
    inputs: Uint8Array.from({ length: 3 * length }, (_, i) => Math.floor(i / 3) + (i % 3)),
    targets: Int32Array.from({ length }, (_, i) => i),
  };
}
const run = (length: number, options: BatchOptions): number[][] => [...batches(numbered(length), 3, options)].map((batch) => [...batch.targets]);

const cases = fc.record({
  length: fc.nat(120),
  options: fc.record({ batchSize: fc.integer({ min: 1, max: 50 }), seed: fc.nat(), epoch: fc.nat(20), shuffle: fc.boolean(), dropLast: fc.boolean(), stream: fc.string() }),
});

describe('batches', () => {
  test('an epoch has each sample exactly once; dropLast leaves out less than a batch', () => {
    fc.assert(
      fc.property(cases, ({ length, options }) => {
        const epoch = run(length, options);
        expect(epoch.length).toBe(stepsPerEpoch(length, options.batchSize, options.dropLast));
        const all = epoch.flat();
        expect(new Set(all).size).toBe(all.length);
        expect(length - all.length).toBe(options.dropLast ? length % options.batchSize : 0);
        for (const batch of epoch.slice(0, options.dropLast ? undefined : -1)) expect(batch.length).toBe(options.batchSize);
      }),
    );
  });

  test('starting at a batch gives the tail of the epoch', () => {
    fc.assert(
      fc.property(cases, fc.nat(130), ({ length, options }, start) => {
        expect(run(length, { ...options, start })).toEqual(run(length, options).slice(start));
      }),
    );
  });

  test('inputs belong to their targets and are scaled to [0, 1]', () => {
    fc.assert(
      fc.property(cases, ({ length, options }) => {
        for (const { inputs, targets, size } of batches(numbered(length), 3, options)) {
          expect([inputs.length, targets.length]).toEqual([3 * size, size]);
          expect([...inputs]).toEqual([...targets].flatMap((name) => [name, name + 1, name + 2].map((byte) => Math.fround(byte / 255))));
        }
      }),
    );
  });

  test('the order depends on the seed, the epoch, the pass and the stream, and on nothing else', () => {
    const base = { batchSize: 64, seed: 1, epoch: 0, stream: 'mnist' };
    const order = run(64, base)[0];
    expect(run(64, base)[0]).toEqual(order);
    expect(run(64, { ...base, batchSize: 10 }).flat()).toEqual(order);
    expect(run(64, { ...base, pass: 0 })[0]).toEqual(order);
    for (const change of [{ seed: 2 }, { epoch: 1 }, { pass: 1 }, { stream: 'kmnist' }]) expect(run(64, { ...base, ...change })[0]).not.toEqual(order);
    expect(run(64, { ...base, shuffle: false })[0]).toEqual([...Array(64).keys()]);
  });

  test('no two batches share a buffer', () => {
    const buffers = [...batches(numbered(10), 3, { batchSize: 3, seed: 0, epoch: 0 })].flatMap(({ inputs, targets }) => [inputs.buffer, targets.buffer]);
    expect(new Set(buffers).size).toBe(8);
  });

  test('floating-point inputs pass unchanged, a byte of 255 becomes 1', () => {
    const one = (inputs: Split['inputs']): number[] => [...batches({ length: 1, inputs, targets: Int32Array.of(0) }, 2, { batchSize: 1, seed: 0, epoch: 0 })].flatMap((batch) => [...batch.inputs]);
    expect(one(Float32Array.of(-2.5, NaN))).toEqual([-2.5, NaN]);
    expect(one(Uint8Array.of(0, 255))).toEqual([0, 1]);
  });

  test('refuses what makes no sense, at the call', () => {
    const good = { batchSize: 2, seed: 0, epoch: 0 };
    for (const bad of [{ batchSize: 0 }, { batchSize: 1.5 }, { seed: -1 }, { epoch: -1 }, { epoch: NaN }, { start: -1 }]) {
      expect(() => batches(numbered(4), 3, { ...good, ...bad })).toThrow(ConfigError);
    }
    expect(() => batches(numbered(4), 4, good)).toThrow(ShapeError);
    expect(() => batches({ ...numbered(4), targets: new Int32Array(3) }, 3, good)).toThrow(ShapeError);
  });
});
