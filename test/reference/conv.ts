/** Two-dimensional convolution, the transposed one, and their gradients, by the definition. */
import { filled } from './array.ts';
import type { NDArray } from './array.ts';
import type { Reference } from './operation.ts';

export type Pair = readonly [number, number];

export interface Window {
  readonly stride: Pair;
  readonly padding: Pair;
  readonly dilation: Pair;
  /** Default 1. */
  readonly groups?: number;
  /** Zeros behind the image where they are others than those before it. */
  readonly after?: Pair;
}

export function convExtent(size: number, taps: number, axis: 0 | 1, { stride, padding, after = padding, dilation }: Window): number {
  return Math.floor((size + padding[axis] + after[axis] - dilation[axis] * (taps - 1) - 1) / stride[axis]) + 1;
}

/** Calls `term` with the positions in x, weight and the result of every product that is summed, and gives the result's shape. */
type Terms = (x: NDArray, weight: NDArray, term: (x: number, weight: number, out: number) => void) => number[];

function convTerms(window: Window): Terms {
  return (x, weight, term) => {
    const [n, , h, w] = x.shape as [number, number, number, number];
    const [outputs, each, kh, kw] = weight.shape as [number, number, number, number];
    const [oh, ow] = [convExtent(h, kh, 0, window), convExtent(w, kw, 1, window)];
    const { groups = 1 } = window;
    for (let image = 0; image < n; image++) for (let o = 0; o < outputs; o++) for (let oy = 0; oy < oh; oy++) for (let ox = 0; ox < ow; ox++) {
      const first = Math.floor(o / (outputs / groups)) * each;
      for (let i = 0; i < each; i++) for (let ky = 0; ky < kh; ky++) for (let kx = 0; kx < kw; kx++) {
        const y = oy * window.stride[0] + ky * window.dilation[0] - window.padding[0];
        const xx = ox * window.stride[1] + kx * window.dilation[1] - window.padding[1];
        if (y < 0 || y >= h || xx < 0 || xx >= w) continue;
        term(((image * groups * each + first + i) * h + y) * w + xx, ((o * each + i) * kh + ky) * kw + kx, ((image * outputs + o) * oh + oy) * ow + ox);
      }
    }
    return [n, outputs, oh, ow];
  };
}

export interface TransposedWindow extends Window {
  readonly outputPadding: Pair;
}

export function convTransposeExtent(size: number, taps: number, axis: 0 | 1, { stride, padding, dilation, outputPadding }: TransposedWindow): number {
  return (size - 1) * stride[axis] - 2 * padding[axis] + dilation[axis] * (taps - 1) + outputPadding[axis] + 1;
}

function convTransposeTerms(window: TransposedWindow): Terms {
  return (x, weight, term) => {
    const [n, inputs, h, w] = x.shape as [number, number, number, number];
    const [, each, kh, kw] = weight.shape as [number, number, number, number];
    const [oh, ow] = [convTransposeExtent(h, kh, 0, window), convTransposeExtent(w, kw, 1, window)];
    const { groups = 1 } = window;
    for (let image = 0; image < n; image++) for (let i = 0; i < inputs; i++) for (let iy = 0; iy < h; iy++) for (let ix = 0; ix < w; ix++) {
      const first = Math.floor(i / (inputs / groups)) * each;
      for (let o = 0; o < each; o++) for (let ky = 0; ky < kh; ky++) for (let kx = 0; kx < kw; kx++) {
        const y = iy * window.stride[0] + ky * window.dilation[0] - window.padding[0];
        const xx = ix * window.stride[1] + kx * window.dilation[1] - window.padding[1];
        if (y < 0 || y >= oh || xx < 0 || xx >= ow) continue;
        term(((image * inputs + i) * h + iy) * w + ix, ((i * each + o) * kh + ky) * kw + kx, ((image * groups * each + first + o) * oh + y) * ow + xx);
      }
    }
    return [n, groups * each, oh, ow];
  };
}

function bilinear(everyTerm: Terms): Reference {
  return {
    forward([x, weight, bias]) {
      const [n, outputs, oh, ow] = everyTerm(x!, weight!, () => undefined) as [number, number, number, number];
      const out = filled([n, outputs, oh, ow], 0);
      for (let at = 0; bias && at < out.data.length; at++) out.data[at] = bias.data[Math.floor(at / (oh * ow)) % outputs]!;
      everyTerm(x!, weight!, (p, q, at) => out.data[at]! += x!.data[p]! * weight!.data[q]!);
      return out;
    },
    gradients([x, weight, bias], cotangent) {
      const [, outputs, oh, ow] = cotangent.shape as [number, number, number, number];
      const [gx, gw, gb] = [filled(x!.shape, 0), filled(weight!.shape, 0), filled([outputs], 0)];
      everyTerm(x!, weight!, (p, q, at) => {
        gx.data[p]! += cotangent.data[at]! * weight!.data[q]!;
        gw.data[q]! += cotangent.data[at]! * x!.data[p]!;
      });
      cotangent.data.forEach((g, at) => gb.data[Math.floor(at / (oh * ow)) % outputs]! += g);
      return bias ? [gx, gw, gb] : [gx, gw];
    },
  };
}

/** Inputs x `[n, in, h, w]`, weight `[out, in / groups, kh, kw]` and, if there is a third, bias `[out]`. */
export function convReference(window: Window): Reference {
  return bilinear(convTerms(window));
}

/** Inputs x `[n, in, h, w]`, weight `[in, out / groups, kh, kw]` and, if there is a third, bias `[out]`. */
export function convTransposeReference(window: TransposedWindow): Reference {
  return bilinear(convTransposeTerms(window));
}
