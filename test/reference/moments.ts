/** Variance, deviation, norms and log-sum-exp over axes. */
import { build, count, filled, map, position } from './array.ts';
import type { NDArray } from './array.ts';
import type { Reference } from './operation.ts';

/** One number of a group of values, and its derivative by each of them. */
interface Statistic {
  readonly value: (group: readonly number[]) => number;
  readonly slope: (x: number, group: readonly number[]) => number;
}

const mean = (group: readonly number[]): number => group.reduce((a, b) => a + b, 0) / group.length;
const squares = (group: readonly number[], from = 0): number => group.reduce((sum, v) => sum + (v - from) ** 2, 0);
function logSumExp(group: readonly number[]): number {
  const top = Math.max(...group);
  return top + Math.log(group.reduce((sum, v) => sum + Math.exp(v - top), 0));
}
const deviation = (group: readonly number[], correction: number): number => Math.sqrt(squares(group, mean(group)) / (group.length - correction));

export const STATISTICS = {
  variance: (correction: number): Statistic => ({
    value: (group) => squares(group, mean(group)) / (group.length - correction),
    slope: (x, group) => 2 * (x - mean(group)) / (group.length - correction),
  }),
  std: (correction: number): Statistic => ({
    value: (group) => deviation(group, correction),
    slope: (x, group) => (x - mean(group)) / (group.length - correction) / deviation(group, correction),
  }),
  norm1: (): Statistic => ({ value: (group) => group.reduce((sum, v) => sum + Math.abs(v), 0), slope: (x) => Math.sign(x) }),
  norm2: (): Statistic => ({ value: (group) => Math.sqrt(squares(group)), slope: (x, group) => x === 0 ? 0 : x / Math.sqrt(squares(group)) }),
  logSumExp: (): Statistic => ({ value: logSumExp, slope: (x, group) => Math.exp(x - logSumExp(group)) }),
};

export function statisticReference({ value, slope }: Statistic, axes: readonly number[] | null, keepDims: boolean): Reference {
  const kept = (shape: readonly number[]): number[] => shape.map((size, d) => !axes || axes.includes(d) ? 1 : size);
  const groups = (x: NDArray): number[][] => {
    const out = Array.from({ length: count(kept(x.shape)) }, (): number[] => []);
    build(x.shape, (index, at) => { out[position(kept(x.shape), index)]!.push(x.data[at]!); return 0; });
    return out;
  };
  return {
    forward([x]) {
      const all = groups(x!);
      const out = map(filled(kept(x!.shape), 0), (_, i) => value(all[i]!));
      return keepDims ? out : { shape: x!.shape.filter((_, d) => axes && !axes.includes(d)), data: out.data };
    },
    gradients([x], cotangent) {
      const all = groups(x!);
      return [build(x!.shape, (index, at) => {
        const group = position(kept(x!.shape), index);
        return cotangent.data[group]! * slope(x!.data[at]!, all[group]!);
      })];
    },
  };
}
