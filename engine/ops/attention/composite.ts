/** The composite of differentiable operations that fused attention equals: for derivatives that are differentiated themselves. */
import extras from '../../../kernels/attention.wgsl';
import { empty, tensor } from '../../tensor.ts';
import type { Tensor } from '../../tensor.ts';
import { affine, exp, le, logicalAnd, logicalNot, mul, sub, where } from '../elementwise.ts';
import { matmul } from '../matmul.ts';
import { sum } from '../reduce.ts';
import { reshape, transpose } from '../shape.ts';
import { logSoftmax } from '../softmax.ts';
import { dropoutParams } from './fused.ts';
import type { Attention } from './options.ts';

/** The lowest float32: what is hidden has no share of the sum. */
const LOWEST = -3.4028234e38;

/** Where queries may attend to keys: bool, broadcasts to `[n, heads, lq, lk]`; null for everywhere. */
function visible({ sizes, q, causal, mask, keyPadding }: Attention): Tensor | null {
  const places = (count: number): Float32Array => Float32Array.from({ length: count }, (_, i) => i);
  const all = [
    causal ? le(tensor(q.device, places(sizes.keys), [1, sizes.keys]), tensor(q.device, places(sizes.queries), [sizes.queries, 1])) : null,
    mask,
    keyPadding ? reshape(logicalNot(keyPadding), [sizes.images, 1, 1, sizes.keys]) : null,
  ].filter((x) => x !== null);
  return all.length === 0 ? null : all.reduce(logicalAnd);
}

/** Dropout's factors `[n, heads, lq, lk]`, those of the forward pass; null without dropout. */
function factors(attention: Attention): Tensor | null {
  if (!attention.dropout) return null;
  const { images, heads, queries, keys } = attention.sizes;
  const rows = 4 * Math.ceil(keys / 4);
  const out = empty(attention.q.device, [images, heads, queries, rows]);
  attention.q.device.dispatch(extras, { entry: 'factors', overrides: { HAS_DROPOUT: 1 }, buffers: { y: out.binding }, params: dropoutParams(attention), groups: [Math.ceil(rows / 256), Math.ceil(queries / 4), images * heads] });
  return out.view({ shape: [images, heads, queries, keys], strides: out.strides, offset: 0 });
}

/** Gradients of queries, keys and values, on the tape. */
export function compositeGradients(attention: Attention, [q, k, v]: readonly [Tensor, Tensor, Tensor], g: Tensor): [Tensor, Tensor, Tensor] {
  const { scale, keyPadding, sizes } = attention;
  const open = visible(attention);
  const shown = (x: Tensor): Tensor => open ? where(open, x, 0) : x;
  // What is ignored has no influence, NaN or not.
  const present = (x: Tensor): Tensor => keyPadding ? where(reshape(logicalNot(keyPadding), [sizes.images, 1, sizes.keys, 1]), x, 0) : x;
  const [keys, values] = [present(k), present(v)];
  const scores = affine(matmul(q, transpose(keys)), scale, 0);
  const weights = shown(exp(logSoftmax(open ? where(open, scores, LOWEST) : scores)));
  const kept = factors(attention);
  const dropped = (x: Tensor): Tensor => kept ? mul(x, kept) : x;
  const slope = shown(dropped(matmul(g, transpose(values))));
  const gradient = affine(mul(weights, sub(slope, sum(mul(weights, slope), { axes: [-1], keepDims: true }))), scale, 0);
  return [matmul(gradient, keys), matmul(transpose(gradient), q), matmul(transpose(dropped(weights)), g)];
}
