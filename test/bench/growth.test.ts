import { describe, expect, test } from 'vitest';
import { slope } from '../../bench/growth/slope.ts';
import { SERIES } from '../../bench/growth/series.ts';
import { Device } from '../../engine/index.ts';

describe('slope', () => {
  test('is the exponent of a power law', () => {
    expect(slope([1, 2, 8], [3, 12, 192])).toBeCloseTo(2, 12);
    expect(slope([1, 10, 100], [5, 5, 5])).toBeCloseTo(0, 12);
  });

  test('is that of the best line through logarithms where there is no such law', () => {
    // Logarithms 0, 1, 2 and 0, 1, 1 to the base e: (1 * 1 / 3 + 1 * 1 / 3 + ...) gives 1 / 2.
    expect(slope([1, Math.E, Math.E ** 2], [1, Math.E, Math.E])).toBeCloseTo(0.5, 12);
  });
});

describe('memory, exactly', () => {
  const peaks = async (name: string, sizes: readonly number[]): Promise<number[]> => {
    const found: number[] = [];
    const series = SERIES.find((one) => one.name.startsWith(name))!;
    for (const size of sizes) {
      const device = await Device.create();
      try {
        series.prepare(device, size)();
        await device.finish();
        found.push(device.memory.peakBytes);
      } finally {
        device.destroy();
      }
    }
    return found;
  };

  test('of attention grows with the sequence, not with its square', async () => {
    const sizes = [64, 128, 256];
    expect(slope(sizes, await peaks('sequence of attention', sizes))).toBeLessThan(1.05);
  });

  test('of an APO step hardly grows with the tasks', async () => {
    const [one = NaN, many = NaN] = await peaks('tasks of an APO step', [1, 16]);
    expect(many / one).toBeLessThan(1.05);
  });
});
