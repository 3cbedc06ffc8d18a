/**
 * Comparisons of two tensors of one type, or of one with a number, and logic on their results: dtype `bool`, with NumPy's broadcasting, no
 * gradients. Whole numbers are compared exactly. With a NaN on either side only `ne` is true. @throws ShapeError, DTypeError, TensorError
 */
import compareKernel from '../../kernels/compare.wgsl';
import integerKernel from '../../kernels/compare_integer.wgsl';
import logicalKernel from '../../kernels/logical.wgsl';
import { checkDType, checkDevices, checkSameDType, emptyOf } from '../tensor.ts';
import type { Tensor } from '../tensor.ts';
import { aligned, commonShape } from './apply.ts';
import { cast } from './cast.ts';
import { linearGroups } from './grid.ts';
import { scalarLike } from './scalar.ts';
import { expand } from './shape.ts';

/** Numbers of the operations inside `kernels/compare.wgsl` (and `compare_integer.wgsl`) and `kernels/logical.wgsl`. */
const COMPARE = { eq: 0, lt: 1, le: 2 } as const;
const LOGICAL = { logicalAnd: 0, logicalOr: 1, logicalXor: 2, logicalNot: 3 } as const;

/** Broadcast and laid out alike, off the tape. */
function operands(operation: string, a: Tensor, b: Tensor): [Tensor, Tensor] {
  checkDevices(operation, a, b);
  const shape = commonShape(operation, [a, b]);
  return aligned([a, b].map((x) => expand(x.detach(), shape))) as [Tensor, Tensor];
}

/** Every float16 is a float32, but a number to compare it with need not be a float16. */
function comparable(x: Tensor): Tensor {
  return x.dtype === 'float16' ? cast(x.detach(), 'float32') : x;
}

/** By `swapped`, a > b is b < a. */
function compare(operation: keyof typeof COMPARE, name: string, a: Tensor, b: Tensor | number, swapped = false): Tensor {
  if (typeof b !== 'number') checkSameDType(name, a, b);
  if (a.dtype === 'bool' && operation !== 'eq') checkDType(name, a, 'float32');
  const left = comparable(a);
  const right = typeof b === 'number' ? scalarLike(name, left, b) : comparable(b);
  const [p, q] = swapped ? operands(name, right, left) : operands(name, left, right);
  const out = emptyOf(p, 'bool');
  const quads = Math.ceil(p.size / 4);
  const call = { buffers: { a: p.binding, b: q.binding, y: out.binding }, params: { quads }, groups: linearGroups(quads, 64) };
  if (p.dtype === 'float32') a.device.dispatch(compareKernel, { ...call, overrides: { OP: COMPARE[operation] } });
  else a.device.dispatch(integerKernel, { ...call, overrides: { OP: COMPARE[operation], SIGNED: p.dtype === 'int32' ? 1 : 0 } });
  return out;
}

function logical(operation: keyof typeof LOGICAL, a: Tensor, b: Tensor): Tensor {
  checkDType(operation, a, 'bool');
  checkDType(operation, b, 'bool');
  const [p, q] = operands(operation, a, b);
  const out = emptyOf(p, 'bool');
  const quads = Math.ceil(p.size / 4);
  a.device.dispatch(logicalKernel, {
    overrides: { OP: LOGICAL[operation] },
    buffers: { a: p.binding, b: q.binding, y: out.binding },
    params: { quads },
    groups: linearGroups(quads, 64),
  });
  return out;
}

/** `a = b`; -0 equals 0. Also of bool tensors. PyTorch: `torch.eq`. */
export function eq(a: Tensor, b: Tensor | number): Tensor {
  return compare('eq', 'eq', a, b);
}

/** `a != b`. Also of bool tensors. PyTorch: `torch.ne`. */
export function ne(a: Tensor, b: Tensor | number): Tensor {
  return logicalNot(compare('eq', 'ne', a, b));
}

/** `a < b`. PyTorch: `torch.lt`. */
export function lt(a: Tensor, b: Tensor | number): Tensor {
  return compare('lt', 'lt', a, b);
}

/** `a <= b`. PyTorch: `torch.le`. */
export function le(a: Tensor, b: Tensor | number): Tensor {
  return compare('le', 'le', a, b);
}

/** `a > b`. PyTorch: `torch.gt`. */
export function gt(a: Tensor, b: Tensor | number): Tensor {
  return compare('lt', 'gt', a, b, true);
}

/** `a >= b`. PyTorch: `torch.ge`. */
export function ge(a: Tensor, b: Tensor | number): Tensor {
  return compare('le', 'ge', a, b, true);
}

/** Both. PyTorch: `torch.logical_and`, for bool. */
export function logicalAnd(a: Tensor, b: Tensor): Tensor {
  return logical('logicalAnd', a, b);
}

/** Either. PyTorch: `torch.logical_or`, for bool. */
export function logicalOr(a: Tensor, b: Tensor): Tensor {
  return logical('logicalOr', a, b);
}

/** One but not both. PyTorch: `torch.logical_xor`, for bool. */
export function logicalXor(a: Tensor, b: Tensor): Tensor {
  return logical('logicalXor', a, b);
}

/** PyTorch: `torch.logical_not`, for bool. */
export function logicalNot(a: Tensor): Tensor {
  return logical('logicalNot', a, a);
}
