/** From one element type to another. */
import castKernel from '../../kernels/cast.wgsl';
import halfKernel from '../../kernels/cast_f16.wgsl';
import { isFloating } from '../dtype.ts';
import type { DType } from '../dtype.ts';
import { record } from '../recording.ts';
import { report } from '../reports.ts';
import { emptyOf } from '../tensor.ts';
import type { Tensor } from '../tensor.ts';
import { linearGroups } from './grid.ts';
import { dense } from './strided.ts';

/** Numbers of the types inside `kernels/cast.wgsl`. */
const CODES = { float32: 0, int32: 1, uint32: 2, bool: 3 } as const;

/** The values of `x` in another type, off the tape. */
function converted(x: Tensor, dtype: DType): Tensor {
  // By way of float32 nothing rounds twice: whole numbers that are rounded there are infinite in float16.
  if (x.dtype === 'float16' && dtype !== 'float32') return converted(converted(x, 'float32'), dtype);
  if (dtype === 'float16' && x.dtype !== 'float32') return converted(converted(x, 'float32'), dtype);
  const from = dense(x);
  const out = emptyOf(from, dtype);
  const quads = Math.ceil(x.size / 4);
  const call = { params: { quads }, groups: linearGroups(quads, 64) };
  if (x.dtype === 'float16') x.device.dispatch(halfKernel, { ...call, entry: 'widen', buffers: { half: from.binding, full: out.binding } });
  else if (dtype === 'float16') x.device.dispatch(halfKernel, { ...call, entry: 'narrow', buffers: { x: from.binding, y: out.binding } });
  else x.device.dispatch(castKernel, { ...call, overrides: { FROM: CODES[x.dtype], TO: CODES[dtype] }, buffers: { x: from.binding, y: out.binding } });
  return out;
}

/**
 * The values of `x` in another element type; `x` itself if it has that type. PyTorch: `Tensor.to`.
 *
 * - To int32 and uint32 from floats: towards zero; beyond the ends the nearest whole number there is, infinity included; NaN gives 0.
 * - To float32 and float16: the nearest, ties to even. Beyond 65520 a float16 is infinite.
 * - To bool: true unless 0; NaN is true.
 * - Between int32 and uint32 the bits stay, so that what does not fit wraps around. From bool: 0 and 1.
 *
 * The gradient flows between float32 and float16, rounded to the type of `x`; whole numbers and bool have none.
 * @throws DTypeError for float16 on an adapter without the feature `shader-f16`
 */
export function cast(x: Tensor, dtype: DType): Tensor {
  if (x.dtype === dtype) return x;
  const out = converted(x.detach(), dtype);
  return isFloating(x.dtype) && isFloating(dtype) ? record(out, 'cast', [x], (g) => [cast(g, x.dtype)]) : reported(out, x);
}

function reported(out: Tensor, x: Tensor): Tensor {
  report('cast', [x], [out]);
  return out;
}

/**
 * Values that a kernel for float32 computes, off the tape, also for float16: then in float32 and rounded once. Other types go in as they are.
 */
export function inFloat32(operands: readonly Tensor[], compute: (operands: readonly Tensor[]) => Tensor): Tensor {
  if (!operands.some((x) => x.dtype === 'float16')) return compute(operands);
  return cast(compute(operands.map((x) => x.dtype === 'float16' ? cast(x.detach(), 'float32') : x)), 'float16');
}
