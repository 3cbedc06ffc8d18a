/** What attention takes, and what of it is refused. */
import { ConfigError, LimitError, ShapeError } from '../../errors.ts';
import { formatShape } from '../../layout.ts';
import type { Draw, Generator } from '../../random.ts';
import { checkDType, checkDevices } from '../../tensor.ts';
import type { Tensor } from '../../tensor.ts';

export interface AttentionOptions {
  /**
   * bool, broadcasts to `[n, heads, lq, lk]`: true where a query may attend to a key. PyTorch: `attn_mask` of `scaled_dot_product_attention`; that
   * of `MultiheadAttention` says the opposite.
   */
  readonly mask?: Tensor;
  /** bool `[n, lk]`: true for keys that are padding and ignored, whatever they and their values are. PyTorch: `key_padding_mask`. */
  readonly keyPadding?: Tensor;
  /** Query i attends to the keys up to i only, counted from the first ones. PyTorch: `is_causal`. Default false. */
  readonly causal?: boolean;
  /** Factor of the scores; default `1 / sqrt(d)`. */
  readonly scale?: number;
  /** Each weight is dropped with probability `p` in [0, 1), the others are divided by `1 - p`. Leave it out for evaluation. */
  readonly dropout?: { readonly p: number; readonly generator: Generator };
}

/** Sizes of an attention. */
export interface AttentionSizes {
  readonly images: number;
  readonly heads: number;
  readonly queries: number;
  readonly keys: number;
  /** Elements of a query and of a key; of a value. */
  readonly depth: number;
  readonly valueDepth: number;
}

/** One attention: what its forward pass and its derivatives share. Off the tape. */
export interface Attention {
  readonly sizes: AttentionSizes;
  readonly q: Tensor;
  readonly k: Tensor;
  readonly v: Tensor;
  readonly scale: number;
  readonly causal: boolean;
  readonly mask: Tensor | null;
  readonly keyPadding: Tensor | null;
  readonly dropout: { readonly p: number; readonly draw: Draw } | null;
}

/** Largest size of a head, and most keys: what the kernels hold at a time, and can count. */
export const DEEPEST = 128;
const MOST_KEYS = 1 << 18;
const MOST_HEADS = 65_535;

/** @throws ShapeError, DTypeError, TensorError, ConfigError, LimitError */
export function checkAttention(operation: string, [q, k, v]: readonly [Tensor, Tensor, Tensor], { mask, keyPadding, scale, dropout }: AttentionOptions): AttentionSizes {
  const masks = [mask, keyPadding].filter((x) => x !== undefined);
  checkDevices(operation, q, k, v, ...masks);
  for (const x of [q, k, v]) checkDType(operation, x, 'float32');
  for (const x of masks) checkDType(operation, x, 'bool');
  const [images = 0, heads = 0, queries = 0, depth = 0] = q.shape;
  const [, , keys = 0] = k.shape;
  const valueDepth = v.shape[3] ?? 0;
  const expected = [[images, heads, queries, depth], [images, heads, keys, depth], [images, heads, keys, valueDepth]];
  const fits = [q, k, v].every((x, i) => x.rank === 4 && x.shape.every((size, d) => size === expected[i]?.[d]));
  if (!fits || depth === 0) throw new ShapeError(`${operation}: expected queries [n, heads, lq, d], keys [n, heads, lk, d] and values [n, heads, lk, dv], got ${[q, k, v].map((x) => formatShape(x.shape)).join(', ')}`);
  const full = [images, heads, queries, keys];
  if (mask && (mask.rank > 4 || mask.shape.some((size, i) => size !== 1 && size !== full[4 - mask.rank + i]))) throw new ShapeError(`${operation}: expected a mask that broadcasts to ${formatShape(full)}, got ${formatShape(mask.shape)}`);
  if (keyPadding && (keyPadding.rank !== 2 || keyPadding.shape[0] !== images || keyPadding.shape[1] !== keys)) throw new ShapeError(`${operation}: expected keyPadding ${formatShape([images, keys])}, got ${formatShape(keyPadding.shape)}`);
  if (scale !== undefined && !Number.isFinite(scale)) throw new ConfigError(`${operation}: scale: expected a finite number, got ${scale}`);
  if (dropout && !(dropout.p >= 0 && dropout.p < 1)) throw new ConfigError(`${operation}: dropout: expected a probability in [0, 1), got ${dropout.p}`);
  if (depth > DEEPEST || valueDepth > DEEPEST) throw new LimitError(`${operation}: heads of ${Math.max(depth, valueDepth)} elements; at most ${DEEPEST} are supported: use more heads`);
  if (images * heads > MOST_HEADS) throw new LimitError(`${operation}: ${images} x ${heads} heads; at most ${MOST_HEADS} are supported: use smaller batches`);
  if (keys > MOST_KEYS) throw new LimitError(`${operation}: ${keys} keys; at most ${MOST_KEYS} are supported`);
  return { images, heads, queries, keys, depth, valueDepth };
}
