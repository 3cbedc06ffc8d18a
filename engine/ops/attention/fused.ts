/** Attention without the scores in memory: forward and gradients, see `kernels/parts/attention.wgsl`. */
import extras from '../../../kernels/attention.wgsl';
import type kernel from '../../../kernels/attention_subgroup.wgsl';
import type { ParamsOf } from '../../device/kernel.ts';
import { empty } from '../../tensor.ts';
import type { Tensor } from '../../tensor.ts';
import { expand } from '../shape.ts';
import { launch } from './launch.ts';
import type { Attention } from './options.ts';
import { asRows, elementStrides, emptyRows, quads, rowStrides, whole } from './rows.ts';

type Params = ParamsOf<typeof kernel>;
interface Side {
  readonly rows: number;
  readonly columns: number;
  readonly rowsAreKeys: boolean;
}

const NONE = [0, 0, 0, 0] as const;

/** Everything but the strides of the operands. */
function common({ sizes, scale, causal, mask, keyPadding, dropout }: Attention, { rows, columns, rowsAreKeys }: Side): Omit<Params, 'stream'> {
  const { images, heads, queries, keys, depth, valueDepth } = sizes;
  const full = mask ? expand(mask, [images, heads, queries, keys]) : null;
  const [image = 0, head = 0, query = 0, key = 0] = full?.strides ?? [];
  return {
    rows, columns, heads,
    causal: causal ? (rowsAreKeys ? 2 : 1) : 0,
    depth: quads(depth), depth2: quads(valueDepth), width: depth, width2: valueDepth,
    scale: scale * Math.LOG2E, result_scale: scale,
    a_stride: NONE, a2_stride: NONE, b_stride: NONE, b2_stride: NONE, y_stride: NONE, y2_stride: NONE,
    ignored_stride: keyPadding ? [keyPadding.strides[0] ?? 0, keyPadding.strides[1] ?? 0, keyPadding.offset, 1] : NONE,
    mask_stride: rowsAreKeys ? [image, head, key, query] : [image, head, query, key],
    mask_offset: full?.offset ?? 0,
    drop_below: Math.floor((dropout?.p ?? 0) * 2 ** 32),
    kept: 1 / (1 - (dropout?.p ?? 0)),
    key: dropout?.draw.key ?? [0, 0],
  };
}

/** For the kernel that writes dropout's factors. */
export function dropoutParams(attention: Attention): () => Params {
  const params = common(attention, { rows: attention.sizes.queries, columns: attention.sizes.keys, rowsAreKeys: false });
  return () => ({ ...params, stream: attention.dropout?.draw.current ?? [0, 0] });
}

export interface Attended {
  /** `[n, heads, lq, dv]` */
  readonly out: Tensor;
  /** For each query its largest score and its share of the sum: all that the derivatives need of the scores. */
  readonly records: Tensor;
}

export function attend(attention: Attention): Attended {
  const { sizes, q, k, v, mask, keyPadding, dropout } = attention;
  const { images, heads, queries, keys, depth, valueDepth } = sizes;
  const { device } = q;
  const out = emptyRows(device, [images, heads, queries, valueDepth]);
  const records = empty(device, [images * heads * queries, 4]);
  const params = {
    ...common(attention, { rows: queries, columns: keys, rowsAreKeys: false }),
    a_stride: rowStrides(q), b_stride: rowStrides(k), b2_stride: rowStrides(v), y_stride: elementStrides(out),
  };
  launch(attention, queries, {
    entry: 'forward',
    buffers: { a: whole(q), b: whole(k), b2: whole(v), ignored: whole(keyPadding ?? k), mask: whole(mask ?? k), y: whole(out), new_records: records.binding },
    params: () => ({ ...params, stream: dropout?.draw.renew() ?? [0, 0] }),
    flops: 2 * images * heads * queries * keys * (depth + valueDepth),
  });
  return { out, records };
}

/** Where gradients go; null for those that nobody wants. Those of keys and of values are in one storage. */
export interface Destinations {
  readonly query: Tensor | null;
  readonly keyAndValue: readonly [Tensor, Tensor] | null;
}

export function attentionGradients(attention: Attention, { out, records }: Attended, gradient: Tensor, { query, keyAndValue }: Destinations): void {
  const { sizes, q, k, v, mask, keyPadding, dropout } = attention;
  const { images, heads, queries, keys, depth, valueDepth } = sizes;
  const { device } = q;
  const g = asRows(gradient);
  const products = 2 * images * heads * queries * keys;
  const withStream = (params: Omit<Params, 'stream'>) => (): Params => ({ ...params, stream: dropout?.draw.current ?? [0, 0] });
  const byQuery = { ...common(attention, { rows: queries, columns: keys, rowsAreKeys: false }), a2_stride: rowStrides(g) };
  const known = empty(device, records.shape);
  device.dispatch(extras, {
    entry: 'delta',
    buffers: { a2: whole(g), attended: whole(out), records: records.binding, new_records: known.binding },
    params: withStream({ ...byQuery, b2_stride: elementStrides(out) }),
    groups: [Math.ceil(queries / 64), 1, images * heads],
  });
  const read = { records: known.binding, ignored: whole(keyPadding ?? k), mask: whole(mask ?? k) };
  if (query) {
    launch(attention, queries, {
      entry: 'query_gradient',
      buffers: { ...read, a: whole(q), a2: whole(g), b: whole(k), b2: whole(v), y: whole(query) },
      params: withStream({ ...byQuery, a_stride: rowStrides(q), b_stride: rowStrides(k), b2_stride: rowStrides(v), y_stride: elementStrides(query) }),
      flops: products * (2 * depth + valueDepth),
    });
  }
  if (keyAndValue) {
    const [key, value] = keyAndValue;
    launch(attention, keys, {
      entry: 'key_gradients',
      buffers: { ...read, a: whole(k), a2: whole(v), b: whole(q), b2: whole(g), y: whole(key) },
      params: withStream({
        ...common(attention, { rows: keys, columns: queries, rowsAreKeys: true }),
        a_stride: rowStrides(k), a2_stride: rowStrides(v), b_stride: rowStrides(q), b2_stride: rowStrides(g), y_stride: elementStrides(key), y2_stride: elementStrides(value),
      }),
      flops: products * (2 * depth + 2 * valueDepth),
    });
  }
}
