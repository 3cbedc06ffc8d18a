/**
 * The gradient by the images of a convolution with strides, divided into gradients of convolutions without: pixels whose places leave one remainder when
 * divided by the stride are seen through the same taps, and no others. So no product has a zero that only keeps results apart.
 */
import type { Pair } from '../images.ts';
import type { Geometry } from './geometry.ts';

/** The pixels `first`, `first + stride`, ... and the taps `tap`, `tap + step`, ... that see them. */
export interface Phase {
  readonly first: Pair;
  readonly tap: Pair;
  readonly step: Pair;
  /** Of the convolution of these pixels with these taps; its stride is 1, its window may have no taps at all. */
  readonly geometry: Geometry;
}

/** A phase along one axis. */
interface Line {
  readonly first: number;
  readonly size: number;
  readonly tap: number;
  readonly step: number;
  readonly taps: number;
  readonly dilation: number;
  readonly before: number;
}

function linesOf({ image, kernel, stride, dilation, before }: Geometry, axis: 0 | 1): Line[] {
  const [size, by] = [image[axis], stride[axis]];
  return Array.from({ length: Math.min(by, size) }, (_, first) => {
    const place = first + before[axis];
    const taps = [...Array(kernel[axis]).keys()].filter((tap) => (place - tap * dilation[axis]) % by === 0);
    const [tap = 0, second = tap + by] = taps;
    const step = second - tap;
    return { first, size: Math.ceil((size - first) / by), tap, step, taps: taps.length, dilation: (step * dilation[axis]) / by, before: (place - tap * dilation[axis]) / by };
  });
}

export function phasesOf(g: Geometry): Phase[] {
  return linesOf(g, 0).flatMap((y) => linesOf(g, 1).map((x): Phase => ({
    first: [y.first, x.first], tap: [y.tap, x.tap], step: [y.step, x.step],
    geometry: { ...g, image: [y.size, x.size], kernel: [y.taps, x.taps], stride: [1, 1], dilation: [y.dilation, x.dilation], before: [y.before, x.before] },
  })));
}
