/** Logarithm of softmax over the last axis, and cross-entropy. */
import { build, filled } from './array.ts';
import type { NDArray } from './array.ts';
import type { Reference } from './operation.ts';

function logSoftmaxOf(x: NDArray): NDArray {
  const classes = x.shape.at(-1)!;
  const rows = x.data.length / classes;
  const out = new Float64Array(x.data.length);
  for (let r = 0; r < rows; r++) {
    const row = x.data.subarray(r * classes, (r + 1) * classes);
    const top = row.reduce((a, b) => Math.max(a, b), -Infinity);
    const total = Math.log(row.reduce((sum, value) => sum + Math.exp(value - top), 0));
    row.forEach((value, c) => out[r * classes + c] = value - top - total);
  }
  return { shape: x.shape, data: out };
}

export const LOG_SOFTMAX: Reference = {
  forward: ([x]) => logSoftmaxOf(x!),
  gradients([x], cotangent) {
    const classes = x!.shape.at(-1)!;
    const y = logSoftmaxOf(x!);
    return [build(x!.shape, (_, at) => {
      const start = at - at % classes;
      const sum = cotangent.data.subarray(start, start + classes).reduce((a, b) => a + b, 0);
      return cotangent.data[at]! - Math.exp(y.data[at]!) * sum;
    })];
  },
};

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
