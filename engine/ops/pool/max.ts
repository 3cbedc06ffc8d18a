/** Maximum pooling over images stored channels last. Its derivative is linear, and so are the derivatives of that. */
import kernel from '../../../kernels/max_pool.wgsl';
import kernelVec4 from '../../../kernels/max_pool_vec4.wgsl';
import { ConfigError, ShapeError } from '../../errors.ts';
import { record } from '../../recording.ts';
import { checkDType, empty } from '../../tensor.ts';
import type { Tensor } from '../../tensor.ts';
import { hasHalf, narrowed, widened } from '../half.ts';
import { channelsFirst, channelsLast, pair, shown } from '../images.ts';
import type { Call, Pair } from '../images.ts';
import { poolCall, poolGeometry } from './geometry.ts';
import type { Geometry, PoolOptions } from './geometry.ts';

export interface MaxPoolOptions extends PoolOptions {
  /** Distance between the taps of a window; default 1. */
  readonly dilation?: number | Pair;
  /** Of the result, or of the image, which is the same: without a pass of its own forward or back; default none. */
  readonly activation?: 'relu' | undefined;
}

interface MaxGeometry extends Geometry {
  readonly dilation: Pair;
  /** 1: of the maximum. */
  readonly relu: 0 | 1;
}

const KERNELS = [kernel, kernelVec4] as const;

/**
 * Largest value of each window: `[n, c, h, w]` to `[n, c, (h + 2 padding - dilation (window - 1) - 1) / stride + 1, ...]`. Among equals the
 * gradient goes to the first; a NaN wins. PyTorch: `torch.nn.functional.max_pool2d`.
 * @throws ShapeError, DTypeError unless float32 or float16
 */
export function maxPool2d(x: Tensor, window: number | Pair, options: MaxPoolOptions = {}): Tensor {
  return maxPool({ operation: 'maxPool2d', axes: 2 }, x, window, options);
}

/** As `maxPool2d`, on behalf of `call`. */
export function maxPool(call: Call, x: Tensor, window: number | Pair, options: MaxPoolOptions): Tensor {
  if (hasHalf(x)) return narrowed(maxPool(call, widened(x), window, options), x);
  checkDType(call.operation, x, 'float32');
  const image = channelsLast(call.operation, x.detach());
  const dilation = pair(options.dilation ?? 1);
  const activation: string | undefined = options.activation;
  if (activation !== undefined && activation !== 'relu') throw new ConfigError(`${call.operation}: activation '${activation}': expected relu`);
  const g: MaxGeometry = { ...poolGeometry(call, image.shape, window, options, dilation), dilation, relu: activation ? 1 : 0 };
  checkTaps(call, g);
  const out = empty(x.device, [g.images, g.out_height, g.out_width, g.channels]);
  const choice = empty(x.device, out.shape, 'uint32');
  const { kernel: variant, geometry, groups } = poolCall(KERNELS, g, g.out_height, g.out_width);
  x.device.dispatch(variant, { params: geometry, groups, buffers: { x: image.binding, y: out.binding, choice: choice.binding } });
  return record(channelsFirst(out), 'maxPool2d', [x], (gradient) => [scatter(gradient, choice, g)], { attributes: { extent: g.extent, stride: g.stride, pad: g.pad, dilation, activation } });
}

/** Taps far apart may all lie in the padding: there is no largest value then. */
function checkTaps(call: Call, g: MaxGeometry): void {
  for (const [size, count, i] of [[g.height, g.out_height, 0], [g.width, g.out_width, 1]] as const) {
    for (let o = 0; o < count && o * g.stride[i] < g.pad[i]; o++) {
      const cut = g.pad[i] - o * g.stride[i];
      const first = (g.dilation[i] - cut % g.dilation[i]) % g.dilation[i];
      if (first >= Math.min(size, g.extent[i] - cut)) throw new ShapeError(`${call.operation}: with padding ${shown(call, g.pad)} and dilation ${shown(call, g.dilation)} a window has no place inside images ${shown(call, [g.images, g.channels, g.height, g.width])}`);
    }
  }
}

/** Adds each value to the place its window chose. */
function scatter(gradient: Tensor, choice: Tensor, g: MaxGeometry): Tensor {
  const source = channelsLast('maxPool2d', gradient.detach());
  const out = empty(gradient.device, [g.images, g.height, g.width, g.channels]);
  const buffers = { x: source.binding, y: out.binding, chosen: choice.binding };
  const { extent, stride, dilation } = g;
  if (stride[0] >= extent[0] && stride[1] >= extent[1] && dilation[0] === 1 && dilation[1] === 1) {
    // What no window reaches stays zero.
    const reached = (size: number, count: number, i: 0 | 1): boolean => (count === 1 || stride[i] === extent[i]) && (count - 1) * stride[i] + extent[i] >= size + g.pad[i];
    if (!reached(g.height, g.out_height, 0) || !reached(g.width, g.out_width, 1)) gradient.device.clear(out.binding);
    const { kernel: variant, geometry, groups } = poolCall(KERNELS, g, g.out_height, g.out_width);
    gradient.device.dispatch(variant, { entry: 'spread', params: geometry, groups, buffers });
  } else {
    const { kernel: variant, geometry, groups } = poolCall(KERNELS, g, g.height, g.width);
    gradient.device.dispatch(variant, { entry: 'scatter', params: geometry, groups, buffers });
  }
  return record(channelsFirst(out), 'maxPool2dGradient', [gradient], (gg) => [pick(gg, choice, g)]);
}

/** Reads the place that each window chose. */
function pick(x: Tensor, choice: Tensor, g: MaxGeometry): Tensor {
  const source = channelsLast('maxPool2d', x.detach());
  const out = empty(x.device, [g.images, g.out_height, g.out_width, g.channels]);
  const { kernel: variant, geometry, groups } = poolCall(KERNELS, g, g.out_height, g.out_width);
  x.device.dispatch(variant, { entry: 'pick', params: geometry, groups, buffers: { elements: source.binding, y: out.binding, chosen: choice.binding } });
  return record(channelsFirst(out), 'maxPool2dPick', [x], (gg) => [scatter(gg, choice, g)]);
}
