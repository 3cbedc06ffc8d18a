/** Softmax and its logarithm along an axis, and cross-entropy. */
import { build, count, filled, map } from './array.ts';
import type { NDArray } from './array.ts';
import type { Reference } from './operation.ts';

/** For every element, `statistic` of the values along the axis that it lies on. */
export function rowwise(x: NDArray, axis: number, statistic: (row: readonly number[]) => number): NDArray {
  const inner = count(x.shape.slice(axis + 1));
  const length = x.shape[axis]!;
  const found = new Map<number, number>();
  return map(x, (_, at) => {
    const first = at - Math.floor(at / inner) % length * inner;
    const known = found.get(first) ?? statistic(Array.from({ length }, (_place, k) => x.data[first + k * inner]!));
    found.set(first, known);
    return known;
  });
}

const sumOf = (row: readonly number[]): number => row.reduce((a, b) => a + b, 0);

function logSoftmaxOf(x: NDArray, axis = x.shape.length - 1): NDArray {
  const tops = rowwise(x, axis, (row) => row.reduce((a, b) => Math.max(a, b), -Infinity));
  const below = map(x, (value, at) => value - tops.data[at]!);
  const totals = rowwise(map(below, Math.exp), axis, sumOf);
  return map(below, (value, at) => value - Math.log(totals.data[at]!));
}

export function logSoftmaxReference(axis: number): Reference {
  return {
    forward: ([x]) => logSoftmaxOf(x!, axis),
    gradients([x], cotangent) {
      const [y, sums] = [logSoftmaxOf(x!, axis), rowwise(cotangent, axis, sumOf)];
      return [map(cotangent, (g, at) => g - Math.exp(y.data[at]!) * sums.data[at]!)];
    },
  };
}

export function softmaxReference(axis: number): Reference {
  const softmaxOf = (x: NDArray): NDArray => map(logSoftmaxOf(x, axis), Math.exp);
  return {
    forward: ([x]) => softmaxOf(x!),
    gradients([x], cotangent) {
      const y = softmaxOf(x!);
      const sums = rowwise(map(cotangent, (g, at) => g * y.data[at]!), axis, sumOf);
      return [map(y, (value, at) => value * (cotangent.data[at]! - sums.data[at]!))];
    },
  };
}

/** One loss per row. */
export function crossEntropyRowsReference(targets: readonly number[]): Reference {
  return {
    forward([x]) {
      const y = logSoftmaxOf(x!);
      return build([targets.length], (_, r) => -(y.data[r * x!.shape[1]! + targets[r]!]!));
    },
    gradients([x], cotangent) {
      const y = logSoftmaxOf(x!);
      return [build(x!.shape, ([r, c], at) => (Math.exp(y.data[at]!) - (targets[r!] === c ? 1 : 0)) * cotangent.data[r!]!)];
    },
  };
}

/** Mean loss, as an array of rank 0. */
export function crossEntropyReference(targets: readonly number[]): Reference {
  const rows = crossEntropyRowsReference(targets);
  return {
    forward: (inputs) => filled([], rows.forward(inputs).data.reduce((a, b) => a + b, 0) / targets.length),
    gradients: (inputs, cotangent) => rows.gradients(inputs, filled([targets.length], cotangent.data[0]! / targets.length)),
  };
}
