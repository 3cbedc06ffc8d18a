/** How elementwise kernels are called: operands broadcast and laid out alike, four elements an invocation. */
import binaryKernel from '../../kernels/binary.wgsl';
import integerKernel from '../../kernels/binary_integer.wgsl';
import unaryKernel from '../../kernels/unary.wgsl';
import { isInteger } from '../dtype.ts';
import { broadcastShapes, sameOrder, sameShape } from '../layout.ts';
import type { Shape } from '../layout.ts';
import { record } from '../recording.ts';
import { checkDevices, checkFloating, checkSameDType, emptyLike } from '../tensor.ts';
import type { Tensor } from '../tensor.ts';
import { inFloat32 } from './cast.ts';
import { linearGroups } from './grid.ts';
import { pairwise } from './pairwise.ts';
import { expand } from './shape.ts';
import { contiguous, dense } from './strided.ts';

/** Numbers of the operations inside `kernels/unary.wgsl` and `kernels/binary.wgsl`. */
const UNARY = {
  affine: 0, relu: 1, exp: 2, log: 3, expm1: 4, log1p: 5, sqrt: 6, rsqrt: 7, reciprocal: 8, abs: 9, sign: 10, sin: 11, cos: 12, tanh: 13,
  sigmoid: 14, softplus: 15, gelu: 16, leakyRelu: 17, pow: 18, clamp: 19,
} as const;
const BINARY = { add: 0, sub: 1, mul: 2, div: 3, reluBackward: 4, pow: 5, minimum: 6, maximum: 7, geluBackward: 8 } as const;
/** Those that `kernels/binary_integer.wgsl` has under the same numbers. */
const OF_INTEGERS: readonly (keyof typeof BINARY)[] = ['add', 'sub', 'mul', 'minimum', 'maximum'];

/** Tensors of one shape, stored densely in the same order. Off the tape. */
export function aligned(operands: readonly Tensor[]): Tensor[] {
  const all = operands.map((x) => dense(x.detach()));
  const [first] = all;
  return first && all.every((x) => sameOrder(x.shape, x.strides, first.strides)) ? all : all.map(contiguous);
}

/** The shape that all broadcast to. @throws ShapeError */
export function commonShape(operation: string, operands: readonly Tensor[]): Shape {
  return operands.map((x) => x.shape).reduce((a, b) => sameShape(a, b) ? a : broadcastShapes(operation, a, b));
}

/** An operation of one operand, float32 or float16. `a` and `b` are its constants. */
export function unary(operation: keyof typeof UNARY, x: Tensor, derivative: (gradient: Tensor, result: Tensor) => Tensor, a = 0, b = 0): Tensor {
  checkFloating(operation, x);
  const out = inFloat32([x], ([operand = x]) => {
    const from = dense(operand.detach());
    const y = emptyLike(from);
    const quads = Math.ceil(x.size / 4);
    x.device.dispatch(unaryKernel, {
      overrides: { OP: UNARY[operation] },
      buffers: { x: from.binding, y: y.binding },
      params: { quads, scale: a, shift: b },
      groups: linearGroups(quads, 64),
    });
    return y;
  });
  return record(out, operation, [x], (g) => [derivative(g, out)], { attributes: { a, b } });
}

/** An operation of two operands of one type that broadcast. The derivative gives gradients of the result's shape. */
export function binary(operation: keyof typeof BINARY, a: Tensor, b: Tensor, derivative: (gradient: Tensor) => [Tensor | null, Tensor | null]): Tensor {
  checkDevices(operation, a, b);
  checkSameDType(operation, a, b);
  const integer = isInteger(a.dtype) && OF_INTEGERS.includes(operation);
  if (!integer) checkFloating(operation, a);
  const shape = commonShape(operation, [a, b]);
  // `expand` is on the tape: its derivative sums what was repeated.
  const parents = [expand(a, shape), expand(b, shape)];
  const out = inFloat32(parents.map((x) => x.detach()), ([p = a, q = b]) => {
    const { out: y, mode: MODE, call } = pairwise(p, q, p.dtype);
    if (integer) a.device.dispatch(integerKernel, { ...call, overrides: { OP: BINARY[operation], MODE, SIGNED: a.dtype === 'int32' ? 1 : 0 } });
    else a.device.dispatch(binaryKernel, { ...call, overrides: { OP: BINARY[operation], MODE } });
    return y;
  });
  return record(out, operation, parents, derivative);
}
