/** Matrix products. Operands may be transposed views: nothing is copied. */
import { ShapeError } from '../errors.ts';
import { broadcastShapes, contiguousStrides, formatShape, sizeOf } from '../layout.ts';
import { record } from '../recording.ts';
import { checkDevices, checkFloating, zeros } from '../tensor.ts';
import type { Tensor } from '../tensor.ts';
import { cast } from './cast.ts';
import { add } from './elementwise.ts';
import { contract } from './contract.ts';
import { sum, sumTo } from './reduce.ts';
import { expand, reshape, transpose } from './shape.ts';
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
 * Product of the last two dimensions, `[..., m, k] x [..., k, n] -> [..., m, n]`; leading dimensions broadcast. PyTorch: `torch.matmul`
 * for operands of rank 2 or more. Two float16 operands give float16, summed in float32 and rounded once; one beside a float32 operand is widened.
 * @throws ShapeError when a rank is below 2 or the inner sizes differ, DTypeError unless both are floats
 */
export function matmul(a: Tensor, b: Tensor): Tensor {
  checkDevices('matmul', a, b);
  for (const operand of [a, b]) checkFloating('matmul', operand);
  if (a.dtype !== b.dtype) return matmul(cast(a, 'float32'), cast(b, 'float32'));
  const [m = 0, k = 0] = a.shape.slice(-2);
  const [inner = 0, n = 0] = b.shape.slice(-2);
  if (a.rank < 2 || b.rank < 2) throw new ShapeError(`matmul: expected ranks of at least 2, got ${formatShape(a.shape)} and ${formatShape(b.shape)}`);
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
    }).view({ shape, strides: contiguousStrides(shape), offset: 0 });
  }
  return record(out, 'matmul', [a, b], (g) => [
    a.requiresGrad ? sumTo(matmul(g, transpose(b)), a.shape) : null,
    b.requiresGrad ? sumTo(matmul(transpose(a), g), b.shape) : null,
  ]);
}

/**
 * `x weightᵀ + bias` for x `[..., in]`, weight `[out, in]`, bias `[out]`: one dispatch. PyTorch: `torch.nn.functional.linear`. Of float16 as in
 * `matmul`; the bias is added in float32, whatever its type.
 * @throws ShapeError, DTypeError unless all are floats
 */
export function linear(x: Tensor, weight: Tensor, bias: Tensor | null = null): Tensor {
  const [outFeatures = 0, inFeatures = 0] = weight.shape;
  if (weight.rank !== 2 || x.rank < 1 || x.shape.at(-1) !== inFeatures) throw new ShapeError(`linear: the last dimension of ${formatShape(x.shape)} must be the second of the weight ${formatShape(weight.shape)}`);
  if (bias && (bias.rank !== 1 || bias.shape[0] !== outFeatures)) throw new ShapeError(`linear: expected a bias [${outFeatures}], got ${formatShape(bias.shape)}`);
  checkDevices('linear', x, weight, ...(bias ? [bias] : []));
  for (const operand of [x, weight, ...(bias ? [bias] : [])]) checkFloating('linear', operand);
  if (x.dtype !== weight.dtype) return linear(cast(x, 'float32'), cast(weight, 'float32'), bias);
  const shape = [...x.shape.slice(0, -1), outFeatures];
  const rows = reshape(x, [sizeOf(x.shape.slice(0, -1)), inFeatures]);
  if (sizeOf(shape) === 0 || inFeatures === 0) {
    const nothing = zeros(x.device, shape, { dtype: x.dtype });
    return bias ? add(nothing, cast(bias, x.dtype)) : nothing;
  }
  const [xRow = 0, xK = 0] = rows.strides;
  const [wRow = 0, wK = 0] = weight.strides;
  const out = contract({
    rows: [1, 1, rows.shape[0] ?? 0], columns: [1, 1, outFeatures], k: [1, 1, inFeatures],
    a: { tensor: rows, outer: [0, 0, xRow], k: [0, 0, xK] },
    b: { tensor: weight, outer: [0, 0, wRow], k: [0, 0, wK] },
    bias: bias ? contiguous(cast(bias.detach(), 'float32')) : null,
  });
  const result = out.view({ shape, strides: contiguousStrides(shape), offset: 0 });
  return record(result, 'linear', bias ? [x, weight, bias] : [x, weight], (g) => {
    const flat = reshape(g, [rows.shape[0] ?? 0, outFeatures]);
    return [
      x.requiresGrad ? reshape(matmul(flat, weight), x.shape) : null,
      weight.requiresGrad ? matmul(transpose(flat), rows) : null,
      bias?.requiresGrad ? sum(cast(flat, bias.dtype), { axes: [0] }) : null,
    ];
  });
}
