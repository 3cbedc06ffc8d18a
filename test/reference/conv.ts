/** Two-dimensional convolution and its gradients, by the definition. */
import { filled } from './array.ts';
import type { NDArray } from './array.ts';
import type { Reference } from './operation.ts';

export type Pair = readonly [number, number];

export interface Window {
  readonly stride: Pair;
  readonly padding: Pair;
  readonly dilation: Pair;
}

export function convExtent(size: number, taps: number, axis: 0 | 1, { stride, padding, dilation }: Window): number {
  return Math.floor((size + 2 * padding[axis] - dilation[axis] * (taps - 1) - 1) / stride[axis]) + 1;
}

/** Calls `term` with the positions in x, weight and the result of every product that is summed. */
function everyTerm(x: NDArray, weight: NDArray, window: Window, term: (x: number, weight: number, out: number) => void): void {
  const [n, inputs, h, w] = x.shape as [number, number, number, number];
  const [outputs, , kh, kw] = weight.shape as [number, number, number, number];
  const [oh, ow] = [convExtent(h, kh, 0, window), convExtent(w, kw, 1, window)];
  for (let image = 0; image < n; image++) for (let o = 0; o < outputs; o++) for (let oy = 0; oy < oh; oy++) for (let ox = 0; ox < ow; ox++) {
    for (let i = 0; i < inputs; i++) for (let ky = 0; ky < kh; ky++) for (let kx = 0; kx < kw; kx++) {
      const y = oy * window.stride[0] + ky * window.dilation[0] - window.padding[0];
      const xx = ox * window.stride[1] + kx * window.dilation[1] - window.padding[1];
      if (y < 0 || y >= h || xx < 0 || xx >= w) continue;
      term(((image * inputs + i) * h + y) * w + xx, ((o * inputs + i) * kh + ky) * kw + kx, ((image * outputs + o) * oh + oy) * ow + ox);
    }
  }
}

/** Inputs x `[n, in, h, w]`, weight `[out, in, kh, kw]` and, if there is a third, bias `[out]`. */
export function convReference(window: Window): Reference {
  return {
    forward([x, weight, bias]) {
      const [n, , h, w] = x!.shape as [number, number, number, number];
      const [outputs, , kh, kw] = weight!.shape as [number, number, number, number];
      const [oh, ow] = [convExtent(h, kh, 0, window), convExtent(w, kw, 1, window)];
      const out = filled([n, outputs, oh, ow], 0);
      for (let at = 0; bias && at < out.data.length; at++) out.data[at] = bias.data[Math.floor(at / (oh * ow)) % outputs]!;
      everyTerm(x!, weight!, window, (p, q, at) => out.data[at]! += x!.data[p]! * weight!.data[q]!);
      return out;
    },
    gradients([x, weight, bias], cotangent) {
      const [, outputs, oh, ow] = cotangent.shape as [number, number, number, number];
      const [gx, gw, gb] = [filled(x!.shape, 0), filled(weight!.shape, 0), filled([outputs], 0)];
      everyTerm(x!, weight!, window, (p, q, at) => {
        gx.data[p]! += cotangent.data[at]! * weight!.data[q]!;
        gw.data[q]! += cotangent.data[at]! * x!.data[p]!;
      });
      cotangent.data.forEach((g, at) => gb.data[Math.floor(at / (oh * ow)) % outputs]! += g);
      return bias ? [gx, gw, gb] : [gx, gw];
    },
  };
}
