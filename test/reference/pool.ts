/** Pooling of images: the largest value of each window (among equals the first, and a NaN wins), and the mean. */
import { build, filled } from './array.ts';
import type { NDArray } from './array.ts';
import type { Pair } from './conv.ts';
import type { Reference } from './operation.ts';

export interface PoolWindow {
  readonly size: Pair;
  readonly stride: Pair;
  readonly padding: Pair;
  /** Default 1. */
  readonly dilation?: Pair;
  readonly ceilMode?: boolean;
  /** Of maxima. */
  readonly activation?: 'relu' | undefined;
}

/** How many windows there are along an axis; with `ceilMode`, those that begin inside the image or the padding before it. */
export function poolExtent(size: number, axis: 0 | 1, { size: taps, stride, padding, dilation = [1, 1], ceilMode = false }: PoolWindow): number {
  const steps = (size + 2 * padding[axis] - dilation[axis] * (taps[axis] - 1) - 1) / stride[axis];
  if (!ceilMode) return Math.floor(steps) + 1;
  let count = Math.ceil(steps) + 1;
  while ((count - 1) * stride[axis] - padding[axis] >= size) count--;
  return count;
}

/** Calls `visit` with every window of each channel and the positions of its elements inside the image. */
function everyWindow(x: NDArray, window: PoolWindow, visit: (out: number, places: readonly number[], oy: number, ox: number) => void): number[] {
  const { size, stride, padding, dilation = [1, 1] } = window;
  const [n, c, h, w] = x.shape as [number, number, number, number];
  const shape = [n, c, poolExtent(h, 0, window), poolExtent(w, 1, window)];
  build(shape, (index, at) => {
    const [image, channel, oy, ox] = index as [number, number, number, number];
    const places: number[] = [];
    for (let ky = 0; ky < size[0]; ky++) for (let kx = 0; kx < size[1]; kx++) {
      const y = oy * stride[0] + ky * dilation[0] - padding[0];
      const xx = ox * stride[1] + kx * dilation[1] - padding[1];
      if (y >= 0 && y < h && xx >= 0 && xx < w) places.push(((image * c + channel) * h + y) * w + xx);
    }
    visit(at, places, oy, ox);
    return 0;
  });
  return shape;
}

/** Position in x of the element that each window chooses. */
function choices(x: NDArray, window: PoolWindow): { shape: number[]; chosen: number[] } {
  const chosen: number[] = [];
  const shape = everyWindow(x, window, (at, places) => {
    chosen[at] = places.reduce((best, place) => x.data[place]! > x.data[best]! || (Number.isNaN(x.data[place]) && !Number.isNaN(x.data[best])) ? place : best);
  });
  return { shape, chosen };
}

export function maxPoolReference(window: PoolWindow): Reference {
  const stops = (value: number): boolean => window.activation === 'relu' && value <= 0;
  return {
    forward([x]) {
      const { shape, chosen } = choices(x!, window);
      return build(shape, (_, at) => stops(x!.data[chosen[at]!]!) ? 0 : x!.data[chosen[at]!]!);
    },
    gradients([x], cotangent) {
      const out = filled(x!.shape, 0);
      choices(x!, window).chosen.forEach((place, at) => out.data[place]! += stops(x!.data[place]!) ? 0 : cotangent.data[at]!);
      return [out];
    },
  };
}

/** `counts`: whether the padding counts among the elements; what lies behind the padding never does. */
export function averagePoolReference(window: PoolWindow, counts: boolean): Reference {
  const side = (o: number, axis: 0 | 1, size: number): number => {
    const begin = o * window.stride[axis] - window.padding[axis];
    return Math.min(begin + window.size[axis], size + window.padding[axis]) - begin;
  };
  const divisor = (x: NDArray, places: readonly number[], oy: number, ox: number): number => counts ? side(oy, 0, x.shape[2]!) * side(ox, 1, x.shape[3]!) : places.length;
  return {
    forward([x]) {
      const values: number[] = [];
      const shape = everyWindow(x!, window, (_, places, oy, ox) => values.push(places.reduce((sum, place) => sum + x!.data[place]!, 0) / divisor(x!, places, oy, ox)));
      return { shape, data: Float64Array.from(values) };
    },
    gradients([x], cotangent) {
      const out = filled(x!.shape, 0);
      everyWindow(x!, window, (at, places, oy, ox) => {
        for (const place of places) out.data[place]! += cotangent.data[at]! / divisor(x!, places, oy, ox);
      });
      return [out];
    },
  };
}

/** Window o of p reaches from floor(o size / p) to before ceil((o + 1) size / p). */
export function adaptivePoolReference([rows, columns]: Pair): Reference {
  const visit = (x: NDArray, each: (out: number, place: number, count: number) => void): number[] => {
    const [n, c, h, w] = x.shape as [number, number, number, number];
    const range = (o: number, size: number, p: number): Pair => [Math.floor(o * size / p), Math.ceil((o + 1) * size / p)];
    build([n, c, rows, columns], (index, at) => {
      const [image, channel, oy, ox] = index as [number, number, number, number];
      const [top, bottom] = range(oy, h, rows);
      const [left, right] = range(ox, w, columns);
      for (let y = top; y < bottom; y++) for (let xx = left; xx < right; xx++) each(at, ((image * c + channel) * h + y) * w + xx, (bottom - top) * (right - left));
      return 0;
    });
    return [n, c, rows, columns];
  };
  return {
    forward([x]) {
      const [n, c] = x!.shape as [number, number];
      const out = filled([n, c, rows, columns], 0);
      visit(x!, (at, place, count) => out.data[at]! += x!.data[place]! / count);
      return out;
    },
    gradients([x], cotangent) {
      const out = filled(x!.shape, 0);
      visit(x!, (at, place, count) => out.data[place]! += cotangent.data[at]! / count);
      return [out];
    },
  };
}
