/** Losses element by element, from their definitions, with gradients; and how they are reduced. */
import { filled, map } from './array.ts';
import type { NDArray } from './array.ts';
import type { Reference } from './operation.ts';

/** Loss of one pair, and its derivatives by both. `at` is the position, for weights. */
export type Pairwise = (x: number, t: number, at: number) => { loss: number; byInput: number; byTarget: number };

export const squared: Pairwise = (x, t) => ({ loss: (x - t) ** 2, byInput: 2 * (x - t), byTarget: 2 * (t - x) });

export const huber = (delta: number): Pairwise => (x, t) => {
  const d = x - t;
  const slope = Math.min(delta, Math.max(-delta, d));
  return { loss: Math.abs(d) <= delta ? d * d / 2 : delta * (Math.abs(d) - delta / 2), byInput: slope, byTarget: -slope };
};

export const divergence: Pairwise = (x, t) => ({ loss: t === 0 ? 0 : t * (Math.log(t) - x), byInput: -t, byTarget: t === 0 ? -x : Math.log(t) + 1 - x });

export const logDivergence: Pairwise = (x, t) => ({ loss: Math.exp(t) * (t - x), byInput: -Math.exp(t), byTarget: Math.exp(t) * (t - x + 1) });

const logOfShare = (x: number): number => x < 0 ? x - Math.log1p(Math.exp(x)) : -Math.log1p(Math.exp(-x));
const share = (x: number): number => x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x));

/** Weight of the positive labels, by position. */
export const binary = (weight: (at: number) => number): Pairwise => (x, t, at) => ({
  loss: -weight(at) * t * logOfShare(x) - (1 - t) * logOfShare(-x),
  byInput: -weight(at) * t * share(-x) + (1 - t) * share(x),
  byTarget: logOfShare(-x) - weight(at) * logOfShare(x),
});

/** 0 where the pair is missing. */
export const masked = (pairwise: Pairwise, present: (at: number) => boolean): Pairwise => (x, t, at) => present(at) ? pairwise(x, t, at) : { loss: 0, byInput: 0, byTarget: 0 };

/** @param divisor what the sum is divided by; null leaves every loss */
export function pairReference(pairwise: Pairwise, divisor: number | null): Reference {
  const each = (x: NDArray, t: NDArray, pick: 'loss' | 'byInput' | 'byTarget'): NDArray => map(x, (value, at) => pairwise(value, t.data[at]!, at)[pick]);
  return {
    forward([x, t]) {
      const losses = each(x!, t!, 'loss');
      return divisor === null ? losses : filled([], losses.data.reduce((a, b) => a + b, 0) / divisor);
    },
    gradients([x, t], cotangent) {
      const spread = (g: NDArray): NDArray => map(g, (value, at) => value * (divisor === null ? cotangent.data[at]! : cotangent.data[0]! / divisor));
      return [spread(each(x!, t!, 'byInput')), spread(each(x!, t!, 'byTarget'))];
    },
  };
}

export interface ClassSettings {
  readonly targets: readonly number[];
  readonly weight: readonly number[];
  readonly smoothing: number;
  readonly ignored: number | null;
  readonly reduction: 'mean' | 'sum' | 'none';
}

/** Cross-entropy with class weights (inside the sum over classes), label smoothing and an ignored label. */
export function classReference({ targets, weight, smoothing, ignored, reduction }: ClassSettings): Reference {
  const classes = weight.length;
  const wanted = (r: number, c: number): number => targets[r] === ignored ? 0 : weight[c]! * ((targets[r] === c ? 1 - smoothing : 0) + smoothing / classes);
  const divisor = reduction === 'mean' ? targets.reduce((sum, t) => sum + (t === ignored ? 0 : weight[t]!), 0) : 1;
  const shares = (row: Float64Array): Float64Array => {
    const top = Math.max(...row);
    const total = Math.log(row.reduce((sum, v) => sum + Math.exp(v - top), 0)) + top;
    return row.map((v) => v - total);
  };
  const rowOf = (x: NDArray, r: number): Float64Array => shares(x.data.subarray(r * classes, (r + 1) * classes));
  return {
    forward([x]) {
      const losses = Float64Array.from(targets, (_, r) => -rowOf(x!, r).reduce((sum, v, c) => sum + (wanted(r, c) === 0 ? 0 : wanted(r, c) * v), 0));
      return reduction === 'none' ? { shape: [targets.length], data: losses } : filled([], losses.reduce((a, b) => a + b, 0) / divisor);
    },
    gradients([x], cotangent) {
      const data = targets.flatMap((_, r) => {
        const total = weight.reduce((sum, _w, c) => sum + wanted(r, c), 0);
        const g = reduction === 'none' ? cotangent.data[r]! : cotangent.data[0]! / divisor;
        return [...rowOf(x!, r)].map((v, c) => (Math.exp(v) * total - wanted(r, c)) * g);
      });
      return [{ shape: x!.shape, data: Float64Array.from(data) }];
    },
  };
}
