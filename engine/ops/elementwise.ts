/** Element by element, with NumPy's broadcasting. */
import binaryKernel from '../../kernels/binary.wgsl';
import unaryKernel from '../../kernels/unary.wgsl';
import { broadcastShapes, sameOrder, sameShape } from '../layout.ts';
import { record } from '../recording.ts';
import { checkDType, checkDevices, emptyLike } from '../tensor.ts';
import type { Tensor } from '../tensor.ts';
import { linearGroups } from './grid.ts';
import { expand } from './shape.ts';
import { contiguous } from './strided.ts';

/** Numbers of the operations inside `kernels/unary.wgsl` and `kernels/binary.wgsl`. */
const UNARY = { affine: 0, relu: 1, exp: 2, log: 3 } as const;
const BINARY = { add: 0, sub: 1, mul: 2, div: 3, reluBackward: 4 } as const;

function dense(x: Tensor): Tensor {
  return x.isDense && x.offset % 64 === 0 ? x : contiguous(x);
}

function unary(operation: keyof typeof UNARY, x: Tensor, derivative: (gradient: Tensor, result: Tensor) => Tensor, scale = 1, shift = 0): Tensor {
  checkDType(operation, x, 'float32');
  const from = dense(x.detach());
  const out = emptyLike(from);
  const quads = Math.ceil(x.size / 4);
  x.device.dispatch(unaryKernel, {
    overrides: { OP: UNARY[operation] },
    buffers: { x: from.binding, y: out.binding },
    params: { quads, scale, shift },
    groups: linearGroups(quads, 64),
  });
  return record(out, operation, [x], (g) => [derivative(g, out)]);
}

function binary(operation: keyof typeof BINARY, a: Tensor, b: Tensor, derivative: (gradient: Tensor, result: Tensor) => [Tensor | null, Tensor | null]): Tensor {
  checkDevices(operation, a, b);
  checkDType(operation, a, 'float32');
  checkDType(operation, b, 'float32');
  if (!sameShape(a.shape, b.shape)) {
    // `expand` is on the tape: its derivative sums what was repeated.
    const shape = broadcastShapes(operation, a.shape, b.shape);
    return BINARY_OPS[operation](expand(a, shape), expand(b, shape));
  }
  let p = dense(a.detach());
  let q = dense(b.detach());
  if (!sameOrder(a.shape, p.strides, q.strides)) [p, q] = [contiguous(p), contiguous(q)];
  const out = emptyLike(p);
  const quads = Math.ceil(a.size / 4);
  a.device.dispatch(binaryKernel, {
    overrides: { OP: BINARY[operation] },
    buffers: { a: p.binding, b: q.binding, y: out.binding },
    params: { quads },
    groups: linearGroups(quads, 64),
  });
  return record(out, operation, [a, b], (g) => derivative(g, out));
}

/** `scale * x + shift` with constants. */
export function affine(x: Tensor, scale: number, shift: number): Tensor {
  return scale === 1 && shift === 0 ? x : unary('affine', x, (g) => affine(g, scale, 0), scale, shift);
}

/** `-x`. PyTorch: `torch.neg`. */
export function neg(x: Tensor): Tensor {
  return affine(x, -1, 0);
}

/** `max(x, 0)`; NaN stays NaN; the derivative at 0 is 0. PyTorch: `torch.relu`. */
export function relu(x: Tensor): Tensor {
  return unary('relu', x, (g, y) => reluBackward(g, y));
}

/** `g` where `y > 0`, else 0. */
function reluBackward(g: Tensor, y: Tensor): Tensor {
  return binary('reluBackward', g, y.detach(), (gg) => [reluBackward(gg, y), null]);
}

/** PyTorch: `torch.exp`. */
export function exp(x: Tensor): Tensor {
  const y: Tensor = unary('exp', x, (g) => mul(g, y));
  return y;
}

/** Natural logarithm. PyTorch: `torch.log`. */
export function log(x: Tensor): Tensor {
  return unary('log', x, (g) => div(g, x));
}

/** PyTorch: `torch.add`. */
export function add(a: Tensor, b: Tensor): Tensor {
  return binary('add', a, b, (g) => [g, g]);
}

/** PyTorch: `torch.sub`. */
export function sub(a: Tensor, b: Tensor): Tensor {
  return binary('sub', a, b, (g) => [g, neg(g)]);
}

/** PyTorch: `torch.mul`. */
export function mul(a: Tensor, b: Tensor): Tensor {
  return binary('mul', a, b, (g) => [mul(g, b), mul(g, a)]);
}

/** PyTorch: `torch.div`. */
export function div(a: Tensor, b: Tensor): Tensor {
  const y: Tensor = binary('div', a, b, (g) => [div(g, b), neg(div(mul(g, y), b))]);
  return y;
}

const BINARY_OPS: Record<keyof typeof BINARY, (a: Tensor, b: Tensor) => Tensor> = { add, sub, mul, div, reluBackward };
