/** Attention by its definition, and its gradients. */
import { absolute, build, filled, map } from './array.ts';
import type { NDArray } from './array.ts';
import type { Reference } from './operation.ts';

/** For image, head, query and key. */
type Place = readonly [number, number, number, number];

export interface AttentionSettings {
  readonly scale: number;
  /** Whether the query may attend to the key. */
  readonly visible: (place: Place) => boolean;
  /** Dropout's factor. */
  readonly factor: (place: Place) => number;
  /** For sizes of errors: nothing is subtracted, and all factors count by their size. */
  readonly absolute?: boolean;
}

/** Weights `[n, heads, lq, lk]` before dropout; a query that sees nothing has none. */
export function attentionWeights(q: NDArray, k: NDArray, { scale, visible }: AttentionSettings): NDArray {
  const [n, heads, queries, depth] = q.shape as [number, number, number, number];
  const keys = k.shape[2]!;
  const scores = build([n, heads, queries, keys], (place) => {
    const [a, b, i, j] = place as unknown as Place;
    if (!visible([a, b, i, j])) return -Infinity;
    let sum = 0;
    for (let c = 0; c < depth; c++) sum += q.data[((a * heads + b) * queries + i) * depth + c]! * k.data[((a * heads + b) * keys + j) * depth + c]!;
    return sum * scale;
  });
  for (let row = 0; row < n * heads * queries; row++) {
    const s = scores.data.subarray(row * keys, (row + 1) * keys);
    const top = s.reduce((most, v) => Math.max(most, v), -Infinity);
    const total = s.reduce((sum, v) => sum + (v === -Infinity ? 0 : Math.exp(v - top)), 0);
    s.forEach((v, j) => (s[j] = v === -Infinity ? 0 : Math.exp(v - top) / total));
  }
  return scores;
}

/** Inputs q `[n, heads, lq, d]`, k `[n, heads, lk, d]`, v `[n, heads, lk, dv]`. */
export function attentionReference(settings: AttentionSettings): Reference {
  const sizesOf = (q: NDArray, v: NDArray): [number, number, number, number, number, number] => [...q.shape.slice(0, 3), v.shape[2]!, q.shape[3]!, v.shape[3]!] as [number, number, number, number, number, number];
  return {
    forward([q, k, v]) {
      const [, heads, queries, keys, , width] = sizesOf(q!, v!);
      const p = attentionWeights(q!, k!, settings);
      return build([...q!.shape.slice(0, 3), width], ([a = 0, b = 0, i = 0, c = 0]) => {
        let sum = 0;
        for (let j = 0; j < keys; j++) {
          const weight = p.data[((a * heads + b) * queries + i) * keys + j]! * settings.factor([a, b, i, j]);
          if (weight !== 0) sum += weight * v!.data[((a * heads + b) * keys + j) * width + c]!;
        }
        return sum;
      });
    },
    gradients([q, k, v], g) {
      const [n, heads, queries, keys, depth, width] = sizesOf(q!, v!);
      const p = attentionWeights(q!, k!, settings);
      const size = settings.absolute ? Math.abs : (x: number): number => x;
      const [gq, gk, gv] = [filled(q!.shape, 0), filled(k!.shape, 0), filled(v!.shape, 0)];
      for (let a = 0; a < n; a++) for (let b = 0; b < heads; b++) for (let i = 0; i < queries; i++) {
        const query = (a * heads + b) * queries + i;
        // The gradient of each weight, and their mean under the weights.
        const slopes = Array.from({ length: keys }, (_, j) => {
          let sum = 0;
          for (let c = 0; c < width; c++) sum += g.data[query * width + c]! * v!.data[((a * heads + b) * keys + j) * width + c]!;
          return p.data[query * keys + j] === 0 ? 0 : sum * settings.factor([a, b, i, j]);
        });
        const mean = slopes.reduce((sum, slope, j) => sum + slope * p.data[query * keys + j]!, 0);
        for (let j = 0; j < keys; j++) {
          const weight = p.data[query * keys + j]!;
          if (weight === 0) continue;
          const key = (a * heads + b) * keys + j;
          const slope = weight * (settings.absolute ? Math.abs(settings.scale) * (slopes[j]! + mean) : settings.scale * (slopes[j]! - mean));
          for (let c = 0; c < depth; c++) {
            gq.data[query * depth + c]! += slope * size(k!.data[key * depth + c]!);
            gk.data[key * depth + c]! += slope * size(q!.data[query * depth + c]!);
          }
          for (let c = 0; c < width; c++) gv.data[key * width + c]! += weight * settings.factor([a, b, i, j]) * g.data[query * width + c]!;
        }
      }
      return [gq, gk, gv];
    },
  };
}

/**
 * What rounding errors are proportional to: every sum with absolute terms, and more where scores are large, since an error of a score is a
 * relative error of its weight.
 */
export function attentionMagnitude(settings: AttentionSettings): Reference {
  const reference = attentionReference(settings);
  const largest = (q: NDArray, k: NDArray): number => {
    const depth = q.shape[3]!;
    const size = (x: NDArray): number => x.data.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
    return 1 + depth * size(q) * size(k) * Math.abs(settings.scale);
  };
  return {
    forward([q, k, v]) {
      const factor = largest(q!, k!);
      return map(reference.forward([q!, k!, absolute(v!)]), (x) => x * factor);
    },
    gradients([q, k, v], g) {
      const factor = largest(q!, k!);
      const absolutes = attentionReference({ ...settings, absolute: true }).gradients([q!, k!, absolute(v!)], absolute(g));
      return absolutes.map((x) => map(x, (value) => value * factor));
    },
  };
}
