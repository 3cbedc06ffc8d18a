/** How large the terms are that go into a 3x3 convolution by Winograd's F(2x2, 3x3), and into its gradients: what rounding errors are proportional to. */
import { filled } from './array.ts';
import type { NDArray } from './array.ts';
import type { Reference } from './operation.ts';
import type { Pair } from './conv.ts';

type Matrix = readonly (readonly number[])[];

// The sizes of the entries of B^T, G and A^T.
const BT: Matrix = [[1, 0, 1, 0], [0, 1, 1, 0], [0, 1, 1, 0], [0, 1, 0, 1]];
const G: Matrix = [[1, 0, 0], [0.5, 0.5, 0.5], [0.5, 0.5, 0.5], [0, 0, 1]];
const AT: Matrix = [[1, 1, 1, 0], [0, 1, 1, 1]];

const transposed = (m: Matrix): Matrix => m[0]!.map((_, j) => m.map((row) => row[j]!));
const times = (m: Matrix, n: Matrix): Matrix => m.map((row) => n[0]!.map((_, j) => row.reduce((sum, v, k) => sum + v * n[k]![j]!, 0)));
/** m v m^T */
const around = (m: Matrix, v: Matrix): Matrix => times(times(m, v), transposed(m));
const square = (size: number, value: (y: number, x: number) => number): Matrix => Array.from({ length: size }, (_, y) => Array.from({ length: size }, (_, x) => value(y, x)));

/** |x| at a place, 0 outside. */
function size(x: NDArray, image: number, c: number, y: number, column: number): number {
  const [, channels, h, w] = x.shape as [number, number, number, number];
  return y < 0 || y >= h || column < 0 || column >= w ? 0 : Math.abs(x.data[((image * channels + c) * h + y) * w + column]!);
}

/** Tiles of `[n, c, ...extent]` with the 16 sizes of what every tile of the padded x becomes. */
function tiles(x: NDArray, [height, width]: Pair, padding: Pair, visit: (image: number, c: number, y: number, x: number, values: Matrix) => void): void {
  for (let image = 0; image < x.shape[0]!; image++) for (let c = 0; c < x.shape[1]!; c++) for (let y = 0; y < height; y += 2) for (let column = 0; column < width; column += 2) {
    visit(image, c, y, column, around(BT, square(4, (ty, tx) => size(x, image, c, y + ty - padding[0], column + tx - padding[1]))));
  }
}

function slide(x: NDArray, outputs: number, extent: Pair, padding: Pair, weight: (o: number, c: number, y: number, x: number) => number): NDArray {
  const out = filled([x.shape[0]!, outputs, ...extent], 0);
  const planes = Array.from({ length: outputs }, (_, o) => Array.from({ length: x.shape[1]! }, (_, c) => around(G, square(3, (y, column) => weight(o, c, y, column)))));
  tiles(x, extent, padding, (image, c, y, column, values) => {
    for (let o = 0; o < outputs; o++) around(AT, square(4, (i, j) => values[i]![j]! * planes[o]![c]![i]![j]!)).forEach((row, dy) => row.forEach((value, dx) => {
      if (y + dy < extent[0] && column + dx < extent[1]) out.data[((image * outputs + o) * extent[0] + y + dy) * extent[1] + column + dx]! += value;
    }));
  });
  return out;
}

/** To be the `magnitude` of a subject. Inputs x `[n, in, h, w]`, weight `[out, in, 3, 3]` and, if there is a third, bias `[out]`; stride and dilation 1. */
export function winogradMagnitude(padding: Pair): Reference {
  return {
    forward([x, weight, bias]) {
      const [, inputs, h, w] = x!.shape as [number, number, number, number];
      const extent: Pair = [h + 2 * padding[0] - 2, w + 2 * padding[1] - 2];
      const out = slide(x!, weight!.shape[0]!, extent, padding, (o, c, y, column) => Math.abs(weight!.data[((o * inputs + c) * 3 + y) * 3 + column]!));
      const pixels = extent[0] * extent[1];
      out.data.forEach((_, at) => out.data[at]! += Math.abs(bias?.data[Math.floor(at / pixels) % weight!.shape[0]!] ?? 0));
      return out;
    },
    gradients([x, weight, bias], cotangent) {
      const [, inputs, h, w] = x!.shape as [number, number, number, number];
      const [, outputs, oh, ow] = cotangent.shape as [number, number, number, number];
      const gx = slide(cotangent, inputs, [h, w], [2 - padding[0], 2 - padding[1]], (i, o, y, column) => Math.abs(weight!.data[((o * inputs + i) * 3 + 2 - y) * 3 + 2 - column]!));
      const sums = Array.from({ length: outputs * inputs }, () => square(4, () => 0).map((row) => [...row]));
      tiles(x!, [oh, ow], padding, (image, c, y, column, values) => {
        for (let o = 0; o < outputs; o++) {
          const g = around(transposed(AT), square(2, (dy, dx) => size(cotangent, image, o, y + dy, column + dx)));
          for (let i = 0; i < 4; i++) for (let j = 0; j < 4; j++) sums[o * inputs + c]![i]![j]! += values[i]![j]! * g[i]![j]!;
        }
      });
      const gw: NDArray = { shape: weight!.shape, data: Float64Array.from(sums.flatMap((m) => around(transposed(G), m).flat())) };
      const gb = filled([outputs], 0);
      cotangent.data.forEach((g, at) => gb.data[Math.floor(at / (oh * ow)) % outputs]! += Math.abs(g));
      return bias ? [gx, gw, gb] : [gx, gw];
    },
  };
}
