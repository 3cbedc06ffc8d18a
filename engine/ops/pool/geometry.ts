/** What pooling is told, and what follows from it. */
import { ShapeError } from '../../errors.ts';
import { pair, shown } from '../images.ts';
import type { Call, Pair } from '../images.ts';

export interface PoolOptions {
  /** Default: the window, so that windows do not overlap. */
  readonly stride?: number | Pair;
  /** Default 0; at most half the window. */
  readonly padding?: number | Pair;
  /** True: a last window that reaches past the image counts too, if it begins inside the image or the padding before it. Default false. */
  readonly ceilMode?: boolean;
}

/** As the kernels name it. */
export interface Geometry {
  readonly images: number;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly out_height: number;
  readonly out_width: number;
  /** From a window's first row and column to its last. */
  readonly extent: Pair;
  readonly stride: Pair;
  readonly pad: Pair;
}

/** @param image the sizes `[n, height, width, channels]` */
export function poolGeometry(call: Call, image: readonly number[], window: number | Pair, options: PoolOptions, dilation: Pair = [1, 1]): Geometry {
  const [images = 0, height = 0, width = 0, channels = 0] = image;
  const size = pair(window);
  const stride = pair(options.stride ?? window);
  const pad = pair(options.padding ?? 0);
  const whole = [...size, ...stride, ...pad, ...dilation].every(Number.isInteger);
  if (!whole || Math.min(...size, ...stride, ...dilation) < 1 || Math.min(...pad) < 0 || size.some((k, i) => 2 * (pad[i] ?? 0) > k)) throw new ShapeError(`${call.operation}: window ${shown(call, size)}, stride ${shown(call, stride)}, padding ${shown(call, pad)}, dilation ${shown(call, dilation)}: windows, strides and dilations must be at least 1, padding at most half the window`);
  const extent: Pair = [(size[0] - 1) * dilation[0] + 1, (size[1] - 1) * dilation[1] + 1];
  const count = (length: number, i: 0 | 1): number => {
    const steps = (length + 2 * pad[i] - extent[i]) / stride[i];
    if (!options.ceilMode) return Math.floor(steps) + 1;
    const last = Math.ceil(steps);
    return last * stride[i] >= length + pad[i] ? last : last + 1;
  };
  const [out_height, out_width] = [count(height, 0), count(width, 1)];
  if (out_height < 1 || out_width < 1) throw new ShapeError(`${call.operation}: the window ${shown(call, extent)} does not fit images ${shown(call, [images, channels, height, width])}`);
  return { images, channels, height, width, out_height, out_width, extent, stride, pad };
}

/** The variant of a kernel, the parameters of the geometry, and the workgroups for a result of some rows and columns. */
export function poolCall<K, G extends Geometry>([scalar, vec4]: readonly [K, K], g: G, rows: number, columns: number): { kernel: K; geometry: G; groups: [number, number, number] } {
  const vector = g.channels % 4 === 0;
  const channels = vector ? g.channels / 4 : g.channels;
  return { kernel: vector ? vec4 : scalar, geometry: { ...g, channels }, groups: [Math.ceil((columns * channels) / 64), rows, g.images] };
}
