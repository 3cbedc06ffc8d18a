/** Matrix products over broadcast batches, and x weightᵀ + bias. */
import { build, count, filled, position } from './array.ts';
import type { NDArray } from './array.ts';
import { broadcastShape } from './broadcast.ts';
import type { Reference } from './operation.ts';

/** Calls `term` with the positions in a, b and the result of every product that is summed. */
function everyTerm(a: NDArray, b: NDArray, term: (a: number, b: number, out: number) => void): number[] {
  const [m, k] = a.shape.slice(-2) as [number, number];
  const n = b.shape.at(-1)!;
  const lead = broadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  build(lead, (batch, at) => {
    const p = position(a.shape.slice(0, -2), batch) * m * k;
    const q = position(b.shape.slice(0, -2), batch) * k * n;
    for (let i = 0; i < m; i++) for (let l = 0; l < k; l++) for (let j = 0; j < n; j++) term(p + i * k + l, q + l * n + j, (at * m + i) * n + j);
    return 0;
  });
  return [...lead, m, n];
}

export const MATMUL: Reference = {
  forward([a, b]) {
    const lead = broadcastShape(a!.shape.slice(0, -2), b!.shape.slice(0, -2));
    const out = filled([...lead, a!.shape.at(-2)!, b!.shape.at(-1)!], 0);
    everyTerm(a!, b!, (p, q, at) => out.data[at]! += a!.data[p]! * b!.data[q]!);
    return out;
  },
  gradients([a, b], cotangent) {
    const [ga, gb] = [filled(a!.shape, 0), filled(b!.shape, 0)];
    everyTerm(a!, b!, (p, q, at) => {
      ga.data[p]! += cotangent.data[at]! * b!.data[q]!;
      gb.data[q]! += cotangent.data[at]! * a!.data[p]!;
    });
    return [ga, gb];
  },
};

/** As MATMUL, where a vector on the left is a row and one on the right a column, and the result lacks that dimension. */
export const VECTORS: Reference = {
  forward([a, b]) {
    const { data } = MATMUL.forward(asMatrices(a!, b!));
    return { shape: [...broadcastShape(a!.shape.slice(0, -2), b!.shape.slice(0, -2)), ...a!.shape.slice(-2, -1), ...(b!.shape.length > 1 ? b!.shape.slice(-1) : [])], data };
  },
  gradients([a, b], cotangent) {
    const matrices = asMatrices(a!, b!);
    const shape = MATMUL.forward(matrices).shape;
    const [ga, gb] = MATMUL.gradients(matrices, { shape, data: cotangent.data }) as [NDArray, NDArray];
    return [{ shape: a!.shape, data: ga.data }, { shape: b!.shape, data: gb.data }];
  },
};

function asMatrices(a: NDArray, b: NDArray): [NDArray, NDArray] {
  return [a.shape.length === 1 ? { shape: [1, ...a.shape], data: a.data } : a, b.shape.length === 1 ? { shape: [...b.shape, 1], data: b.data } : b];
}

export const OUTER: Reference = {
  forward: ([a, b]) => build([a!.data.length, b!.data.length], ([i, j]) => a!.data[i!]! * b!.data[j!]!),
  gradients([a, b], cotangent) {
    const n = b!.data.length;
    return [
      build(a!.shape, ([i]) => b!.data.reduce((sum, value, j) => sum + cotangent.data[i! * n + j]! * value, 0)),
      build(b!.shape, ([j]) => a!.data.reduce((sum, value, i) => sum + cotangent.data[i * n + j!]! * value, 0)),
    ];
  },
};

/** Inputs x `[..., in]`, weight `[out, in]` and, if there is a third, bias `[out]`. */
export const LINEAR: Reference = {
  forward([x, weight, bias]) {
    const [outputs, inputs] = weight!.shape as [number, number];
    return build([...x!.shape.slice(0, -1), outputs], (_, at) => {
      const row = Math.floor(at / outputs);
      const column = at % outputs;
      let sum = bias ? bias.data[column]! : 0;
      for (let i = 0; i < inputs; i++) sum += x!.data[row * inputs + i]! * weight!.data[column * inputs + i]!;
      return sum;
    });
  },
  gradients([x, weight, bias], cotangent) {
    const [outputs, inputs] = weight!.shape as [number, number];
    const [gx, gw, gb] = [filled(x!.shape, 0), filled(weight!.shape, 0), filled([outputs], 0)];
    for (let at = 0; at < count(cotangent.shape); at++) {
      const row = Math.floor(at / outputs);
      const column = at % outputs;
      const g = cotangent.data[at]!;
      gb.data[column]! += g;
      for (let i = 0; i < inputs; i++) {
        gx.data[row * inputs + i]! += g * weight!.data[column * inputs + i]!;
        gw.data[column * inputs + i]! += g * x!.data[row * inputs + i]!;
      }
    }
    return bias ? [gx, gw, gb] : [gx, gw];
  },
};
