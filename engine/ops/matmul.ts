/** Matrix products. Operands may be transposed views: nothing is copied. */
import { ShapeError } from '../errors.ts';
import { broadcastShapes, contiguousStrides, formatShape, sizeOf } from '../layout.ts';
import { record } from '../recording.ts';
import { checkDevices, checkFloating, zeros } from '../tensor.ts';
import type { Tensor } from '../tensor.ts';
import { insertAxis, removeAxis } from './axes.ts';
import { cast } from './cast.ts';
import { contract } from './contract.ts';
import { mul } from './elementwise.ts';
import { sum, sumTo } from './reduce.ts';
import { expand, transpose } from './shape.ts';
import { contiguous } from './strided.ts';

/** Leading dimensions as one batch with a constant stride, copying if they have none. */
function batched(x: Tensor, lead: readonly number[]): { tensor: Tensor; batch: number } {
  const full = expand(x.detach(), [...lead, ...x.shape.slice(-2)]);
  const count = sizeOf(lead);
  if (count === 1) return { tensor: full, batch: 0 };
  const strides = full.strides.slice(0, -2);
  const inner = strides.at(-1) ?? 0;
  const uniform = strides.every((stride, i) => lead[i] === 1 || stride === inner * sizeOf(lead.slice(i + 1)));
  if (uniform) return { tensor: full, batch: inner };
  const copied = contiguous(full);
  return { tensor: copied, batch: sizeOf(x.shape.slice(-2)) };
}

/**
 * Product of the last two dimensions, `[..., m, k] x [..., k, n] -> [..., m, n]`; leading dimensions broadcast. A vector on the left is a
 * row, one on the right a column, and the result lacks that dimension: `[k] x [..., k, n] -> [..., n]`, `[..., m, k] x [k] -> [..., m]`,
 * `[k] x [k] -> []`. Two float16 operands give float16, summed in float32 and rounded once; one beside a float32 operand is widened.
 * PyTorch: `torch.matmul`.
 * @throws ShapeError when a rank is 0 or the inner sizes differ, DTypeError unless both are floats, TensorError
 */
export function matmul(a: Tensor, b: Tensor): Tensor {
  if (a.rank < 1 || b.rank < 1) throw new ShapeError(`matmul: expected ranks of at least 1, got ${formatShape(a.shape)} and ${formatShape(b.shape)}`);
  if (a.rank === 1 && b.rank === 1) return dot(a, b);
  if (a.rank === 1) return removeAxis(product(insertAxis(a, 0), b), b.rank - 2);
  if (b.rank === 1) return removeAxis(product(a, insertAxis(b, 1)), a.rank - 1);
  return product(a, b);
}

/**
 * Of ranks of at least 2.
 * @param into where the result goes, off the tape: a contiguous tensor of its shape, float32 as both operands, with no dimension of 0
 */
export function product(a: Tensor, b: Tensor, into: Tensor | null = null): Tensor {
  checkDevices('matmul', a, b);
  for (const operand of [a, b]) checkFloating('matmul', operand);
  if (a.dtype !== b.dtype) return product(cast(a, 'float32'), cast(b, 'float32'));
  const [m = 0, k = 0] = a.shape.slice(-2);
  const [inner = 0, n = 0] = b.shape.slice(-2);
  if (k !== inner) throw new ShapeError(`matmul: ${formatShape(a.shape)} has ${k} columns, ${formatShape(b.shape)} has ${inner} rows`);
  const lead = broadcastShapes('matmul', a.shape.slice(0, -2), b.shape.slice(0, -2));
  const shape = [...lead, m, n];
  let out: Tensor;
  if (sizeOf(shape) === 0 || k === 0) {
    out = zeros(a.device, shape, { dtype: a.dtype });
  } else {
    const p = batched(a, lead);
    const q = batched(b, lead);
    const [aRow = 0, aK = 0] = p.tensor.strides.slice(-2);
    const [bK = 0, bColumn = 0] = q.tensor.strides.slice(-2);
    out = contract({
      rows: [1, 1, m], columns: [1, 1, n], k: [1, 1, k], batches: sizeOf(lead),
      a: { tensor: p.tensor, outer: [0, 0, aRow], k: [0, 0, aK], batch: p.batch },
      b: { tensor: q.tensor, outer: [0, 0, bColumn], k: [0, 0, bK], batch: q.batch },
      into,
    });
    if (into) return into;
    out = out.view({ shape, strides: contiguousStrides(shape), offset: 0 });
  }
  return record(out, 'matmul', [a, b], (g) => [
    a.requiresGrad ? sumTo(product(g, transpose(b)), a.shape) : null,
    b.requiresGrad ? sumTo(product(transpose(a), g), b.shape) : null,
  ]);
}

/**
 * Sum of the products of two vectors of one length: `[k] x [k] -> []`, added up in a tree. PyTorch: `torch.dot`.
 * @throws ShapeError, DTypeError, TensorError
 */
export function dot(a: Tensor, b: Tensor): Tensor {
  if (a.rank !== 1 || b.rank !== 1 || a.shape[0] !== b.shape[0]) throw new ShapeError(`dot: expected two vectors of one length, got ${formatShape(a.shape)} and ${formatShape(b.shape)}`);
  return sum(mul(a, b));
}

/**
 * All products of two vectors' elements: `[m] x [n] -> [m, n]`. PyTorch: `torch.outer`.
 * @throws ShapeError, DTypeError, TensorError
 */
export function outer(a: Tensor, b: Tensor): Tensor {
  if (a.rank !== 1 || b.rank !== 1) throw new ShapeError(`outer: expected two vectors, got ${formatShape(a.shape)} and ${formatShape(b.shape)}`);
  return product(insertAxis(a, 1), insertAxis(b, 0));
}
