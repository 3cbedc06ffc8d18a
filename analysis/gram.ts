/** Centred Gram matrices of samples, `[n, n]`: what the Hilbert-Schmidt independence criterion compares. */
import type { Representation } from './representation.ts';

/** Products of all samples, `[n, n]` row-major. */
export function innerProducts({ samples, features, values }: Representation): Float64Array {
  const products = new Float64Array(samples * samples);
  for (let i = 0; i < samples; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let f = 0; f < features; f++) sum += (values[i * features + f] ?? NaN) * (values[j * features + f] ?? NaN);
      products[i * samples + j] = products[j * samples + i] = sum;
    }
  }
  return products;
}

/** The sum of the products of their entries. */
export function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((total, value, i) => total + value * (b[i] ?? NaN), 0);
}

/** Squared distances between all samples, `[n, n]` row-major. */
export function squaredDistances({ samples, features, values }: Representation): Float64Array {
  const distances = new Float64Array(samples * samples);
  for (let i = 0; i < samples; i++) {
    for (let j = 0; j < i; j++) {
      let sum = 0;
      for (let f = 0; f < features; f++) sum += ((values[i * features + f] ?? NaN) - (values[j * features + f] ?? NaN)) ** 2;
      distances[i * samples + j] = distances[j * samples + i] = sum;
    }
  }
  return distances;
}

function rowSums(gram: Float64Array, n: number): Float64Array {
  return Float64Array.from({ length: n }, (_, i) => gram.subarray(i * n, (i + 1) * n).reduce((total, value) => total + value, 0));
}

/** H K H with H = 1 - 1/n: rows and columns without their means. */
export function centerGram(gram: Float64Array, n: number): Float64Array {
  const sums = rowSums(gram, n);
  const mean = sums.reduce((total, sum) => total + sum, 0) / (n * n);
  return gram.map((value, at) => value - ((sums[Math.floor(at / n)] ?? NaN) + (sums[at % n] ?? NaN)) / n + mean);
}

/** What products of are unbiased estimates: the diagonal is 0, and every row adds up to 0. Source: Székely and Rizzo, Annals of Statistics 42, 2014. */
export function centerGramUnbiased(gram: Float64Array, n: number): Float64Array {
  const apart = gram.map((value, at) => at % (n + 1) === 0 ? 0 : value);
  const sums = rowSums(apart, n);
  const total = sums.reduce((sum, value) => sum + value, 0);
  return apart.map((value, at) => at % (n + 1) === 0 ? 0 : value - ((sums[Math.floor(at / n)] ?? NaN) + (sums[at % n] ?? NaN)) / (n - 2) + total / ((n - 1) * (n - 2)));
}
