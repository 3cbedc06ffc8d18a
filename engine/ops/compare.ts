/**
 * Comparisons of two tensors of one type, or of one with a number, and logic on their results: dtype `bool`, with NumPy's broadcasting, no
 * gradients. Whole numbers are compared exactly. With a NaN on either side only `ne` is true. @throws ShapeError, DTypeError, TensorError
 */
import compareKernel from '../../kernels/compare.wgsl';
import integerKernel from '../../kernels/compare_integer.wgsl';
import logicalKernel from '../../kernels/logical.wgsl';
import { report } from '../reports.ts';
import { checkDType, checkDevices, checkSameDType } from '../tensor.ts';
import type { Tensor } from '../tensor.ts';
import { commonShape } from './apply.ts';
import { cast } from './cast.ts';
import { pairwise, pairwiseNumber } from './pairwise.ts';
import type { Pairwise } from './pairwise.ts';
import { bitsOf } from './scalar.ts';
import { expand } from './shape.ts';

/** Numbers of the operations inside `kernels/compare.wgsl` (and `compare_integer.wgsl`) and `kernels/logical.wgsl`. */
const COMPARE = { eq: 0, lt: 1, le: 2 } as const;
const LOGICAL = { logicalAnd: 0, logicalOr: 1, logicalXor: 2, logicalNot: 3 } as const;

/** Broadcast, off the tape. */
function operands(operation: string, a: Tensor, b: Tensor): Pairwise {
  checkDevices(operation, a, b);
  const shape = commonShape(operation, [a, b]);
  return pairwise(expand(a.detach(), shape), expand(b.detach(), shape), 'bool');
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
  const { out, mode: MODE, call } = typeof b === 'number' ? pairwiseNumber(left.detach(), bitsOf(name, b, left.dtype), 'bool', swapped)
    : swapped ? operands(name, comparable(b), left) : operands(name, left, comparable(b));
  if (left.dtype === 'float32') a.device.dispatch(compareKernel, { ...call, overrides: { OP: COMPARE[operation], MODE } });
  else a.device.dispatch(integerKernel, { ...call, overrides: { OP: COMPARE[operation], MODE, SIGNED: left.dtype === 'int32' ? 1 : 0 } });
  report(operation, typeof b === 'number' ? [a] : swapped ? [b, a] : [a, b], [out], { attributes: { number: typeof b === 'number' ? b : null, swapped } });
  return out;
}

function logical(operation: keyof typeof LOGICAL, a: Tensor, b: Tensor): Tensor {
  checkDType(operation, a, 'bool');
  checkDType(operation, b, 'bool');
  const { out, mode: MODE, call } = operands(operation, a, b);
  a.device.dispatch(logicalKernel, { ...call, overrides: { OP: LOGICAL[operation], MODE } });
  report(operation, operation === 'logicalNot' ? [a] : [a, b], [out]);
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
