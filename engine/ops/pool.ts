/** Maximum pooling over images stored channels last. Its derivative is linear, and so are the derivatives of that. */
import kernel from '../../kernels/max_pool.wgsl';
import kernelVec4 from '../../kernels/max_pool_vec4.wgsl';
import { ShapeError } from '../errors.ts';
import { formatShape } from '../layout.ts';
import { record } from '../recording.ts';
import { checkDType, empty } from '../tensor.ts';
import type { Tensor } from '../tensor.ts';
import { channelsFirst, channelsLast, pair } from './images.ts';
import type { Pair } from './images.ts';

export interface PoolOptions {
  /** Default: the window, so that windows do not overlap. */
  readonly stride?: number | Pair;
  /** Default 0; at most half the window. */
  readonly padding?: number | Pair;
}

interface Geometry {
  readonly images: number;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly out_height: number;
  readonly out_width: number;
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly pad: Pair;
}

/** The variant, its parameters, and the workgroups for a result of some rows and columns. */
function plan(g: Geometry, rows: number, columns: number): { kernel: typeof kernel; params: Omit<Geometry, 'images'>; groups: [number, number, number] } {
  const vector = g.channels % 4 === 0;
  const channels = vector ? g.channels / 4 : g.channels;
  return { kernel: vector ? kernelVec4 : kernel, params: { ...g, channels }, groups: [Math.ceil((columns * channels) / 64), rows, g.images] };
}

/**
 * Largest value of each window: `[n, c, h, w]` to `[n, c, (h + 2 padding - window) / stride + 1, ...]`. Among equals the gradient goes to
 * the first; a NaN wins. PyTorch: `torch.nn.functional.max_pool2d`.
 * @throws ShapeError
 */
export function maxPool2d(x: Tensor, window: number | Pair, options: PoolOptions = {}): Tensor {
  checkDType('maxPool2d', x, 'float32');
  const image = channelsLast('maxPool2d', x.detach());
  const [images = 0, height = 0, width = 0, channels = 0] = image.shape;
  const size = pair(window);
  const stride = pair(options.stride ?? window);
  const pad = pair(options.padding ?? 0);
  const whole = [...size, ...stride, ...pad].every(Number.isInteger);
  if (!whole || Math.min(...size, ...stride) < 1 || Math.min(...pad) < 0 || size.some((k, i) => 2 * (pad[i] ?? 0) > k)) throw new ShapeError(`maxPool2d: window ${formatShape(size)}, stride ${formatShape(stride)}, padding ${formatShape(pad)}: windows and strides must be at least 1, padding at most half the window`);
  const out_height = Math.floor((height + 2 * pad[0] - size[0]) / stride[0]) + 1;
  const out_width = Math.floor((width + 2 * pad[1] - size[1]) / stride[1]) + 1;
  if (out_height < 1 || out_width < 1) throw new ShapeError(`maxPool2d: the window ${formatShape(size)} does not fit images ${formatShape(x.shape)}`);
  const g: Geometry = { images, channels, height, width, out_height, out_width, kernel: size, stride, pad };
  const out = empty(x.device, [images, out_height, out_width, channels]);
  const choice = empty(x.device, out.shape, 'uint32');
  const { kernel: variant, ...call } = plan(g, out_height, out_width);
  x.device.dispatch(variant, { ...call, buffers: { x: image.binding, y: out.binding, choice: choice.binding } });
  return record(channelsFirst(out), 'maxPool2d', [x], (gradient) => [scatter(gradient, choice, g)]);
}

/** Adds each value to the place its window chose. */
function scatter(gradient: Tensor, choice: Tensor, g: Geometry): Tensor {
  const source = channelsLast('maxPool2d', gradient.detach());
  const out = empty(gradient.device, [g.images, g.height, g.width, g.channels]);
  const buffers = { x: source.binding, y: out.binding, chosen: choice.binding };
  if (g.stride[0] >= g.kernel[0] && g.stride[1] >= g.kernel[1]) {
    // What no window reaches stays zero.
    if (g.out_height * g.kernel[0] < g.height + g.pad[0] || g.out_width * g.kernel[1] < g.width + g.pad[1]) gradient.device.clear(out.binding);
    const { kernel: variant, ...call } = plan(g, g.out_height, g.out_width);
    gradient.device.dispatch(variant, { ...call, entry: 'spread', buffers });
  } else {
    const { kernel: variant, ...call } = plan(g, g.height, g.width);
    gradient.device.dispatch(variant, { ...call, entry: 'scatter', buffers });
  }
  return record(channelsFirst(out), 'maxPool2dGradient', [gradient], (gg) => [pick(gg, choice, g)]);
}

/** Reads the place that each window chose. */
function pick(x: Tensor, choice: Tensor, g: Geometry): Tensor {
  const source = channelsLast('maxPool2d', x.detach());
  const out = empty(x.device, [g.images, g.out_height, g.out_width, g.channels]);
  const { kernel: variant, ...call } = plan(g, g.out_height, g.out_width);
  x.device.dispatch(variant, { ...call, entry: 'pick', buffers: { elements: source.binding, y: out.binding, chosen: choice.binding } });
  return record(channelsFirst(out), 'maxPool2dPick', [x], (gg) => [scatter(gg, choice, g)]);
}
