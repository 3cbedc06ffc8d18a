/** Multi-head attention: projections around scaled dot-product attention. */
import { ConfigError, ShapeError } from '../../errors.ts';
import { formatShape } from '../../layout.ts';
import type { Tensor } from '../../tensor.ts';
import { narrowed, widened } from '../half.ts';
import { linear } from '../linear.ts';
import { permute, reshape } from '../shape.ts';
import { packedAttention, scaledDotProductAttention, thirds } from './attention.ts';
import type { Operands } from './attention.ts';
import type { AttentionOptions } from './options.ts';

export interface MultiHeadOptions extends AttentionOptions {
  /** How many heads; divides the width `e`. */
  readonly heads: number;
  /**
   * Projections of queries, keys and values: `[3 e, e]`, stacked in this order (PyTorch: `in_proj_weight`), or three of them, `[e, width of the input]`
   * (PyTorch: `q_proj_weight`, `k_proj_weight`, `v_proj_weight`).
   */
  readonly inWeight: Tensor | readonly [Tensor, Tensor, Tensor];
  /** `[3 e]`, in this order. PyTorch: `in_proj_bias`. */
  readonly inBias?: Tensor | null;
  /** `[e, e]`. PyTorch: `out_proj.weight`. */
  readonly outWeight: Tensor;
  /** `[e]`. PyTorch: `out_proj.bias`. */
  readonly outBias?: Tensor | null;
}

const OPERATION = 'multiHeadAttention';

/**
 * Attention of several heads side by side: query `[n, lq, e]`, key `[n, lk, ek]`, value `[n, lk, ev]`; gives `[n, lq, e]`. Each is projected to width e
 * and divided into heads of `e / heads` elements; what they find is joined and projected once more. For self-attention pass the same tensor
 * three times: that takes one projection instead of three. The options of `scaledDotProductAttention` hold for each head; `mask` is true
 * where a query may attend, the opposite of PyTorch's here, and broadcasts to `[n, heads, lq, lk]`; `keyPadding` is PyTorch's. The result is float16
 * if inputs and weights all are, computed in float32 and rounded once; else what is float16 is widened. Biases may be of either type.
 * PyTorch: `torch.nn.MultiheadAttention` with `batch_first=True` and `need_weights=False`. Source: Vaswani et al., "Attention Is All You Need", NeurIPS 2017.
 * @throws ShapeError, DTypeError, TensorError, ConfigError, LimitError
 */
export function multiHeadAttention(query: Tensor, key: Tensor, value: Tensor, options: MultiHeadOptions): Tensor {
  const { inWeight, inBias, outWeight, outBias } = options;
  // One tensor given thrice stays one.
  const q = widened(query);
  const k = key === query ? q : widened(key);
  const v = value === key ? k : widened(value);
  const stacked = 'shape' in inWeight;
  const attended = ofHeads([q, k, v], {
    ...options,
    inWeight: stacked ? widened(inWeight) : [widened(inWeight[0]), widened(inWeight[1]), widened(inWeight[2])],
    inBias: widened(inBias ?? null), outWeight: widened(outWeight), outBias: widened(outBias ?? null),
  });
  return narrowed(attended, query, key, value, ...stacked ? [inWeight] : inWeight, outWeight);
}

/** All of it in float32. */
function ofHeads([query, key, value]: Operands, { heads, inWeight, inBias, outWeight, outBias, ...options }: MultiHeadOptions): Tensor {
  const [width = 0] = outWeight.shape;
  for (const x of [query, key, value]) if (x.rank !== 3) throw new ShapeError(`${OPERATION}: expected query, key and value [n, l, width], got ${[query, key, value].map((t) => formatShape(t.shape)).join(', ')}`);
  if (!Number.isInteger(heads) || heads < 1 || width % heads !== 0) throw new ConfigError(`${OPERATION}: heads: expected a whole number that divides the width ${width}, got ${heads}`);
  if (outWeight.rank !== 2 || outWeight.shape[1] !== width) throw new ShapeError(`${OPERATION}: expected an outWeight [e, e], got ${formatShape(outWeight.shape)}`);
  const stacked = 'shape' in inWeight;
  const weights = stacked ? [inWeight] : inWeight;
  const rows = stacked ? 3 * width : width;
  for (const weight of weights) if (weight.rank !== 2 || weight.shape[0] !== rows) throw new ShapeError(`${OPERATION}: expected an inWeight [${rows}, width of the input], got ${formatShape(weight.shape)}`);
  if (inBias && (inBias.rank !== 1 || inBias.shape[0] !== 3 * width)) throw new ShapeError(`${OPERATION}: expected an inBias [${3 * width}], got ${formatShape(inBias.shape)}`);
  const attended = stacked && query === key && key === value
    ? packedAttention(OPERATION, linear(query, inWeight, inBias ?? null), heads, options)
    : scaledDotProductAttention(...projected([query, key, value], stacked ? thirds(inWeight, 0) : inWeight, inBias ? thirds(inBias, 0) : null, heads), options);
  return linear(joined(attended), outWeight, outBias ?? null);
}

function projected(inputs: Operands, weights: Operands, biases: Operands | null, heads: number): Operands {
  const one = (i: 0 | 1 | 2): Tensor => divided(linear(inputs[i], weights[i], biases?.[i] ?? null), heads);
  return [one(0), one(1), one(2)];
}

/** `[n, l, e]` as `[n, heads, l, e / heads]`. A view. */
function divided(x: Tensor, heads: number): Tensor {
  const [n = 0, l = 0, width = 0] = x.shape;
  return permute(reshape(x, [n, l, heads, width / heads]), [0, 2, 1, 3]);
}

/** The other way round. */
function joined(x: Tensor): Tensor {
  const [n = 0, heads = 0, l = 0, depth = 0] = x.shape;
  return reshape(permute(x, [0, 2, 1, 3]), [n, l, heads * depth]);
}
