/** Tensors of a pattern: one value everywhere, equal steps, a diagonal. */
import kernel from '../../kernels/fill.wgsl';
import type { Device } from '../device/device.ts';
import { hostArray } from '../dtype.ts';
import { ConfigError } from '../errors.ts';
import { checkShape } from '../layout.ts';
import type { Shape } from '../layout.ts';
import { asLeaf, empty, tensor, zeros } from '../tensor.ts';
import type { DType, Tensor, TensorOptions } from '../tensor.ts';
import { cast } from './cast.ts';
import { linearGroups } from './grid.ts';
import { move } from './strided.ts';

const WHOLE: Partial<Record<DType, readonly [number, number]>> = { int32: [-(2 ** 31), 2 ** 31 - 1], uint32: [0, 2 ** 32 - 1] };

/** @throws ConfigError when an integer type cannot hold it */
export function checkValue(operation: string, value: number, dtype: DType): void {
  const range = WHOLE[dtype];
  if (range && !(Number.isInteger(value) && value >= range[0] && value <= range[1])) throw new ConfigError(`${operation}: expected a whole number from ${range[0]} to ${range[1]} for ${dtype}, got ${value}`);
}

/** One value everywhere; of bool, whether it is not 0. PyTorch: `torch.full`. @throws ShapeError, ConfigError when the type cannot hold the value */
export function full(device: Device, shape: Shape, value: number, { dtype = 'float32', requiresGrad = false }: TensorOptions = {}): Tensor {
  checkShape(shape);
  checkValue('full', value, dtype);
  if (dtype === 'float16') return cast(full(device, shape, value), dtype);
  const out = empty(device, shape, dtype);
  const host = hostArray(dtype, 1);
  host[0] = dtype === 'bool' ? Number(value !== 0) : value;
  const quads = Math.ceil(out.size / 4);
  device.dispatch(kernel, { buffers: { y: out.binding }, params: { quads, bits: new Uint32Array(host.buffer)[0] ?? 0 }, groups: linearGroups(quads, 64) });
  return requiresGrad ? asLeaf(out) : out;
}

/** Ones. PyTorch: `torch.ones`. @throws ShapeError */
export function ones(device: Device, shape: Shape, options: TensorOptions = {}): Tensor {
  return full(device, shape, 1, options);
}

export interface ArangeOptions {
  /** Default 1; not 0. */
  readonly step?: number;
  /** `float32`, `float16`, `int32` (the default) or `uint32`. */
  readonly dtype?: Exclude<DType, 'bool'>;
}

/**
 * `start, start + step, ...` up to but without `end`: `[ceil((end - start) / step)]`, computed in float64 and rounded once. Meant for places, so
 * int32 by default. PyTorch: `torch.arange`.
 * @throws ConfigError when a step is 0 or leads away from the end, or the type cannot hold a value
 */
export function arange(device: Device, start: number, end: number, { step = 1, dtype = 'int32' }: ArangeOptions = {}): Tensor {
  const count = Math.ceil((end - start) / step);
  if (!Number.isFinite(count) || count < 0) throw new ConfigError(`arange: expected a step that leads from ${start} to ${end}, got ${step}`);
  const data = hostArray(dtype, count);
  for (let i = 0; i < count; i++) {
    checkValue('arange', start + i * step, dtype);
    data[i] = start + i * step;
  }
  return tensor(device, data, [count], { dtype });
}

/** `[rows, columns]` with ones on the diagonal and zeros elsewhere; square by default. PyTorch: `torch.eye`. @throws ShapeError */
export function eye(device: Device, rows: number, columns: number = rows, options: TensorOptions = {}): Tensor {
  const out = zeros(device, [rows, columns], options);
  const diagonal = ones(device, [Math.min(rows, columns)], { dtype: out.dtype });
  move(diagonal, out.view({ shape: diagonal.shape, strides: [columns + 1], offset: 0 }));
  return out;
}
