/** Places of the largest and smallest values. */
import kernel from '../../kernels/index_of.wgsl';
import { ShapeError } from '../errors.ts';
import { formatShape } from '../layout.ts';
import { report } from '../reports.ts';
import { checkDType, empty } from '../tensor.ts';
import type { Tensor } from '../tensor.ts';
import { widened } from './half.ts';
import { lanes } from './lanes.ts';
import { reshape } from './shape.ts';
import { contiguous } from './strided.ts';

export interface ArgOptions {
  /** The axis to look along; by default all of them, as one in row-major order. Negative ones count from the end. */
  readonly axis?: number;
  /** Leave the axis (or all of them) in place with size 1. */
  readonly keepDims?: boolean;
}

const CHUNK = 128;

function arg(x: Tensor, operation: 'argmax' | 'argmin', options: ArgOptions): Tensor {
  checkDType(operation, x, 'float32');
  const whole = options.axis === undefined;
  const source = contiguous(whole ? reshape(x.detach(), [x.size]) : x.detach());
  const { axis, outer, count, inner } = lanes(operation, source, options.axis ?? 0);
  if (count === 0) throw new ShapeError(`${operation}: expected at least one value to choose from, got none in ${formatShape(x.shape)}`);
  const kept = x.shape.map((size, i) => whole || i === axis ? 1 : size);
  const shape = options.keepDims ? kept : whole ? [] : kept.filter((_, i) => i !== axis);
  let winners: Tensor | null = null;
  for (let left = count; ; ) {
    const chunks = Math.ceil(left / (left <= 2 * CHUNK ? left : CHUNK));
    const out = empty(x.device, [outer, chunks, inner], 'int32');
    const [WX, WY] = inner >= 32 ? [64, 1] : [8, 8];
    const rows = Math.ceil((outer * chunks) / WY);
    const y = Math.min(rows, 32_768);
    x.device.dispatch(kernel, {
      overrides: { FIRST: winners ? 0 : 1, SMALLEST: operation === 'argmin' ? 1 : 0, WX, WY },
      buffers: { x: source.binding, winners: (winners ?? source).binding, y: out.binding },
      params: { inner, size: count, count: left, length: Math.ceil(left / chunks), chunks, outer },
      groups: [Math.ceil(inner / WX), y, y === 0 ? 0 : Math.ceil(rows / y)],
    });
    if (chunks === 1) {
      const places = reshape(out, shape);
      report(operation, [x], [places]);
      return places;
    }
    winners = out;
    left = chunks;
  }
}

/**
 * Place of the largest value along an axis, int32: the first of equal ones, and the first NaN if there is one. Not differentiable. PyTorch: `torch.argmax`.
 * @throws ShapeError when there is nothing to choose from or the axis is out of range, DTypeError unless float32 or float16
 */
export function argmax(x: Tensor, options: ArgOptions = {}): Tensor {
  return arg(widened(x), 'argmax', options);
}

/**
 * Place of the smallest value along an axis, int32: the first of equal ones, and the first NaN if there is one. Not differentiable. PyTorch: `torch.argmin`.
 * @throws ShapeError when there is nothing to choose from or the axis is out of range, DTypeError unless float32 or float16
 */
export function argmin(x: Tensor, options: ArgOptions = {}): Tensor {
  return arg(widened(x), 'argmin', options);
}
