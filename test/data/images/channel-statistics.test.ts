import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { channelStatistics, standardiseChannels } from '../../../data/images/channel-statistics.ts';
import { ConfigError, DataError, tensor } from '../../../engine/index.ts';
import { testDevice } from '../../support/device.ts';
import { expectError } from '../../support/errors.ts';

const split = <T extends Uint8Array | Float32Array>(inputs: T, length: number): { inputs: T; length: number; targets: Int32Array } => ({ inputs, length, targets: new Int32Array(length) });

describe('channelStatistics', () => {
  test('mean and spread of each channel, bytes as value / 255', () => {
    // Two samples of two channels of two pixels: channel 0 is 0, 255, 255, 0, channel 1 is 0, 51, 102, 153.
    const { mean, deviation } = channelStatistics(split(Uint8Array.of(0, 255, 0, 51, 255, 0, 102, 153), 2), 2);
    expect(mean).toEqual([0.5, 0.3]);
    expect(deviation[0]).toBe(0.5);
    expect(deviation[1]).toBeCloseTo(0.2 * Math.sqrt(1.25), 12);
    expect(channelStatistics(split(Float32Array.of(1, 3), 1), 1)).toEqual({ mean: [2], deviation: [1] });
  });

  test('refuses no samples, parts of channels and a channel without spread', () => {
    expectError(() => channelStatistics(split(new Uint8Array(), 0), 1), DataError, '0 samples');
    expectError(() => channelStatistics(split(new Uint8Array(5), 1), 3), DataError, 'expected samples of 3 channels, got 5 values in 1 samples');
    expectError(() => channelStatistics(split(Uint8Array.of(0, 1, 51, 51), 1), 2), DataError, 'channel 1 is 0.2 everywhere');
  });
});

describe('standardiseChannels', () => {
  test('brings a split to mean 0 and spread 1', async () => {
    const device = await testDevice();
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: -999, max: 999 }), { minLength: 24, maxLength: 24 }), async (values) => {
        using _scope = device.scope();
        const inputs = Float32Array.from(values, (value, i) => value + (i % 4) * 0.5 + (i % 3));
        const x = tensor(device, inputs, [3, 2, 2, 2]);
        const out = await standardiseChannels(x, channelStatistics(split(inputs, 3), 2)).read();
        const found = channelStatistics(split(Float32Array.from(out), 3), 2);
        for (const mean of found.mean) expect(Math.abs(mean)).toBeLessThan(1e-5);
        for (const deviation of found.deviation) expect(Math.abs(deviation - 1)).toBeLessThan(1e-5);
      }),
      { numRuns: 20 },
    );
  });

  test('refuses statistics of other images', async () => {
    const device = await testDevice();
    using _scope = device.scope();
    expectError(() => standardiseChannels(tensor(device, [1, 2], [1, 2, 1, 1]), { mean: [0], deviation: [1] }), ConfigError, '[1, 2, 1, 1]');
  });
});
