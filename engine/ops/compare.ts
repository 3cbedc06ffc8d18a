/**
 * Comparisons of float32 tensors, and logic on their results: dtype `bool`, with NumPy's broadcasting, no gradients. With a NaN on either side
 * only `ne` is true. @throws ShapeError, DTypeError, TensorError
 */
import compareKernel from '../../kernels/compare.wgsl';
import logicalKernel from '../../kernels/logical.wgsl';
import { checkDType, checkDevices, emptyOf, tensor } from '../tensor.ts';
import type { Tensor } from '../tensor.ts';
import { aligned, commonShape } from './apply.ts';
import { linearGroups } from './grid.ts';
import { expand } from './shape.ts';

/** Numbers of the operations inside `kernels/compare.wgsl` and `kernels/logical.wgsl`. */
const COMPARE = { eq: 0, lt: 1, le: 2 } as const;
const LOGICAL = { logicalAnd: 0, logicalOr: 1, logicalXor: 2, logicalNot: 3 } as const;

function operands(operation: string, dtype: 'float32' | 'bool', a: Tensor, b: Tensor): [Tensor, Tensor] {
  checkDevices(operation, a, b);
  checkDType(operation, a, dtype);
  checkDType(operation, b, dtype);
  const shape = commonShape(operation, [a, b]);
  return aligned([a, b].map((x) => expand(x.detach(), shape))) as [Tensor, Tensor];
}

function compare(operation: keyof typeof COMPARE, name: string, a: Tensor, b: Tensor): Tensor {
  const [p, q] = operands(name, 'float32', a, b);
  const out = emptyOf(p, 'bool');
  const quads = Math.ceil(p.size / 4);
  a.device.dispatch(compareKernel, {
    overrides: { OP: COMPARE[operation] },
    buffers: { a: p.binding, b: q.binding, y: out.binding },
    params: { quads },
    groups: linearGroups(quads, 64),
  });
  return out;
}

function logical(operation: keyof typeof LOGICAL, a: Tensor, b: Tensor): Tensor {
  const [p, q] = operands(operation, 'bool', a, b);
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

function operand(like: Tensor, x: Tensor | number): Tensor {
  return typeof x === 'number' ? tensor(like.device, [x], []) : x;
}

/** `a = b`; -0 equals 0. PyTorch: `torch.eq`. */
export function eq(a: Tensor, b: Tensor | number): Tensor {
  return compare('eq', 'eq', a, operand(a, b));
}

/** `a != b`. PyTorch: `torch.ne`. */
export function ne(a: Tensor, b: Tensor | number): Tensor {
  return logicalNot(compare('eq', 'ne', a, operand(a, b)));
}

/** `a < b`. PyTorch: `torch.lt`. */
export function lt(a: Tensor, b: Tensor | number): Tensor {
  return compare('lt', 'lt', a, operand(a, b));
}

/** `a <= b`. PyTorch: `torch.le`. */
export function le(a: Tensor, b: Tensor | number): Tensor {
  return compare('le', 'le', a, operand(a, b));
}

/** `a > b`. PyTorch: `torch.gt`. */
export function gt(a: Tensor, b: Tensor | number): Tensor {
  return compare('lt', 'gt', operand(a, b), a);
}

/** `a >= b`. PyTorch: `torch.ge`. */
export function ge(a: Tensor, b: Tensor | number): Tensor {
  return compare('le', 'ge', operand(a, b), a);
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
