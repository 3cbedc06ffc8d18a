/** Scaled dot-product attention. */
import type { Device } from '../../device/device.ts';
import { isRecording, record } from '../../recording.ts';
import type { Details } from '../../reports.ts';
import { zeros } from '../../tensor.ts';
import type { Tensor } from '../../tensor.ts';
import { concat } from '../concat.ts';
import { hasHalf, narrowed, widened } from '../half.ts';
import { permute, reshape } from '../shape.ts';
import { slice } from '../slice.ts';
import { compositeGradients } from './composite.ts';
import { attend, attentionGradients } from './fused.ts';
import { checkAttention } from './options.ts';
import type { Attention, AttentionOptions, AttentionSizes } from './options.ts';
import { asRows, emptyRowPair, emptyRows } from './rows.ts';

/** Queries, keys and values, `[n, heads, l, d]` each. */
export type Operands = readonly [Tensor, Tensor, Tensor];

/**
 * `softmax(scale q kᵀ) v` for each image and head: q `[n, heads, lq, d]`, k `[n, heads, lk, d]`, v `[n, heads, lk, dv]`, any strides, heads of at
 * most 128 elements; gives `[n, heads, lq, dv]`. A query that may attend to no key, or whose scores are all minus infinity, gets zeros, and
 * its gradients are zeros; older versions of PyTorch give NaN. Keys that `keyPadding` ignores have no influence, whatever they and their
 * values are, NaN included.
 *
 * Memory grows with the lengths, not with their product: no scores are kept, the derivative computes them again. A derivative that is
 * recorded itself (`createGraph`) is made of differentiable operations and does keep them. Three float16 tensors give float16, computed in float32
 * and rounded once; those beside a float32 tensor are widened.
 * PyTorch: `torch.nn.functional.scaled_dot_product_attention`. Source: Dao et al., "FlashAttention", NeurIPS 2022.
 * @throws ShapeError, DTypeError, TensorError, ConfigError; LimitError beyond 128 elements, 65,535 heads in all or 262,144 keys
 * @example scaledDotProductAttention(q, k, v, { causal: true, dropout: { p: 0.1, generator } })
 */
export function scaledDotProductAttention(q: Tensor, k: Tensor, v: Tensor, options: AttentionOptions = {}): Tensor {
  if (hasHalf(q, k, v)) return narrowed(scaledDotProductAttention(widened(q), widened(k), widened(v), options), q, k, v);
  const operation = 'scaledDotProductAttention';
  const sizes = checkAttention(operation, [q, k, v], options);
  const { device } = q;
  if (isEmpty(sizes)) return record(nothing(device, sizes), operation, [q, k, v], () => [q, k, v].map((x) => zeros(device, x.shape)));
  const attention = begin([asRows(q), asRows(k), asRows(v)], sizes, options);
  const attended = attend(attention);
  return record(attended.out, operation, [q, k, v], (g) => {
    // The fused derivative cannot be differentiated itself: where that is asked for, the composite it equals is used.
    if (isRecording()) return compositeGradients(attention, [q, k, v], g);
    const query = q.requiresGrad ? emptyRows(device, q.shape) : null;
    const keyAndValue = k.requiresGrad || v.requiresGrad ? emptyRowPair(device, k.shape, v.shape) : null;
    attentionGradients(attention, attended, g, { query, keyAndValue });
    return [query, ...keyAndValue ?? [null, null]];
  }, detailsOf(attention));
}

/**
 * As `scaledDotProductAttention` of queries, keys and values that lie side by side, as one projection gives them: packed `[n, l, 3 heads d]`. Their
 * gradients come out side by side too.
 */
export function packedAttention(operation: string, packed: Tensor, heads: number, options: AttentionOptions): Tensor {
  const [n = 0, l = 0, width = 0] = packed.shape;
  const depth = width / 3 / heads;
  const divided = (x: Tensor): Tensor => permute(reshape(x, [n, l, 3 * heads, depth]), [0, 2, 1, 3]);
  const together = divided(packed.detach());
  const sizes = checkAttention(operation, thirds(together, 1), options);
  const { device } = packed;
  if (isEmpty(sizes)) return record(nothing(device, sizes), operation, [packed], () => [zeros(device, packed.shape)]);
  const attention = begin(thirds(asRows(together), 1), sizes, options);
  const attended = attend(attention);
  return record(attended.out, operation, [packed], (g) => {
    if (isRecording()) return [reshape(permute(concat(compositeGradients(attention, thirds(divided(packed), 1), g), 1), [0, 2, 1, 3]), packed.shape)];
    const rows = emptyRows(device, [n, 3 * heads, l, depth]);
    const [query, key, value] = thirds(rows, 1);
    attentionGradients(attention, attended, g, { query, keyAndValue: [key, value] });
    return [reshape(permute(rows, [0, 2, 1, 3]), packed.shape)];
  }, detailsOf(attention, heads));
}

/** @param packed the number of heads, where queries, keys and values lie side by side */
function detailsOf({ mask, keyPadding, scale, causal }: Attention, packed: number | null = null): Details {
  return { others: [mask, keyPadding], attributes: { packed, scale, causal } };
}

/** Three views, of equal parts along an axis. */
export function thirds(x: Tensor, axis: number): Operands {
  const size = (x.shape[axis] ?? 0) / 3;
  const third = (i: number): Tensor => slice(x, x.shape.map((_, d) => d === axis ? { start: i * size, end: (i + 1) * size } : null));
  return [third(0), third(1), third(2)];
}

function isEmpty({ images, heads, queries, keys, valueDepth }: AttentionSizes): boolean {
  return images * heads * queries * keys * valueDepth === 0;
}

function nothing(device: Device, { images, heads, queries, valueDepth }: AttentionSizes): Tensor {
  return zeros(device, [images, heads, queries, valueDepth]);
}

/** @param operands as rows */
function begin([q, k, v]: Operands, sizes: AttentionSizes, { mask, keyPadding, causal = false, scale = 1 / Math.sqrt(sizes.depth), dropout }: AttentionOptions): Attention {
  return {
    sizes, q, k, v, scale, causal, mask: mask ?? null, keyPadding: keyPadding ?? null,
    dropout: dropout && dropout.p > 0 ? { p: dropout.p, draw: dropout.generator.draw() } : null,
  };
}
