/** Average pooling over images stored channels last. It and its derivative are linear, each the other's derivative. */
import kernel from '../../../kernels/avg_pool.wgsl';
import kernelVec4 from '../../../kernels/avg_pool_vec4.wgsl';
import { ShapeError } from '../../errors.ts';
import { formatShape } from '../../layout.ts';
import { record } from '../../recording.ts';
import { checkDType, empty } from '../../tensor.ts';
import type { Tensor } from '../../tensor.ts';
import { hasHalf, narrowed, widened } from '../half.ts';
import { channelsFirst, channelsLast, pair } from '../images.ts';
import type { Call, Pair } from '../images.ts';
import { poolCall, poolGeometry } from './geometry.ts';
import type { Geometry, PoolOptions } from './geometry.ts';
import { globalAveragePool2d } from './global.ts';

export interface AveragePoolOptions extends PoolOptions {
  /** Whether a window divides by its padding too; default true, as PyTorch's. */
  readonly countIncludePad?: boolean;
}

interface AverageGeometry extends Geometry {
  /** What windows count beside the image. */
  readonly margin: Pair;
  readonly adaptive: boolean;
}

const KERNELS = [kernel, kernelVec4] as const;

/**
 * Mean of each window: `[n, c, h, w]` to `[n, c, (h + 2 padding - window) / stride + 1, ...]`. PyTorch: `torch.nn.functional.avg_pool2d`.
 * @throws ShapeError, DTypeError unless float32 or float16
 */
export function avgPool2d(x: Tensor, window: number | Pair, options: AveragePoolOptions = {}): Tensor {
  return averagePool({ operation: 'avgPool2d', axes: 2 }, x, window, options);
}

/** As `avgPool2d`, on behalf of `call`. */
export function averagePool(call: Call, x: Tensor, window: number | Pair, options: AveragePoolOptions): Tensor {
  if (hasHalf(x)) return narrowed(averagePool(call, widened(x), window, options), x);
  checkDType(call.operation, x, 'float32');
  const image = channelsLast(call.operation, x.detach());
  const g = poolGeometry(call, image.shape, window, options);
  return average(x, { ...g, margin: options.countIncludePad === false ? [0, 0] : g.pad, adaptive: false });
}

/**
 * Means over as many windows as the result is to have: `[n, c, h, w]` to `[n, c, ...size]`, `size` one number or height and width. Windows
 * are as equal as whole pixels allow, and overlap where sizes do not divide. PyTorch: `torch.nn.functional.adaptive_avg_pool2d`.
 * @throws ShapeError, DTypeError unless float32 or float16
 */
export function adaptiveAvgPool2d(x: Tensor, size: number | Pair): Tensor {
  const [out_height, out_width] = pair(size);
  if (out_height === 1 && out_width === 1) return globalAveragePool2d(x);
  if (hasHalf(x)) return narrowed(adaptiveAvgPool2d(widened(x), size), x);
  checkDType('adaptiveAvgPool2d', x, 'float32');
  const [images = 0, channels = 0, height = 0, width = 0] = x.shape;
  if (x.rank !== 4 || height < 1 || width < 1) throw new ShapeError(`adaptiveAvgPool2d: expected images [n, channels, height, width] of at least one pixel, got ${formatShape(x.shape)}`);
  if (![out_height, out_width].every((side) => Number.isInteger(side) && side >= 1)) throw new ShapeError(`adaptiveAvgPool2d: expected whole sizes from 1, got ${formatShape([out_height, out_width])}`);
  return average(x, { images, channels, height, width, out_height, out_width, extent: [1, 1], stride: [1, 1], pad: [0, 0], margin: [0, 0], adaptive: true });
}

/** The image's means. */
function average(x: Tensor, g: AverageGeometry): Tensor {
  const out = empty(x.device, [g.images, g.out_height, g.out_width, g.channels]);
  run('main', x, out, g);
  return record(channelsFirst(out), 'avgPool2d', [x], (gradient) => [spread(gradient, g)]);
}

/** Gives each value to its window in equal parts. */
function spread(x: Tensor, g: AverageGeometry): Tensor {
  const out = empty(x.device, [g.images, g.height, g.width, g.channels]);
  run('spread', x, out, g);
  return record(channelsFirst(out), 'avgPool2dGradient', [x], (gradient) => [average(gradient, g)]);
}

function run(entry: 'main' | 'spread', x: Tensor, out: Tensor, g: AverageGeometry): void {
  const source = channelsLast('avgPool2d', x.detach());
  const [, rows = 0, columns = 0] = out.shape;
  const { kernel: variant, geometry, groups } = poolCall(KERNELS, g, rows, columns);
  x.device.dispatch(variant, { entry, overrides: { ADAPTIVE: g.adaptive ? 1 : 0 }, params: { ...geometry, margin: g.margin }, groups, buffers: { x: source.binding, y: out.binding } });
}
