/** Which attention kernel runs: the adapter and the size of the heads decide. */
import subgroupKernel from '../../../kernels/attention_subgroup.wgsl';
import tileKernel from '../../../kernels/attention_tile.wgsl';
import wideKernel from '../../../kernels/attention_wide.wgsl';
import type { Kernel } from '../../device/kernel.ts';
import type { Dispatch } from '../../device/stream.ts';
import { lanesOf } from '../../device/variants.ts';
import type { Attention } from './options.ts';

type Shape = typeof subgroupKernel extends Kernel<infer S> ? S : never;
type Entry = keyof Shape['entries'];
type Call<E extends Entry> = Omit<Dispatch<Shape, E>, 'overrides' | 'groups'>;

/** Elements of a row that a lane or an invocation's neighbours hold at a time. */
const PIECE = 32;

/** Runs an entry over so many rows of results. */
export function launch<E extends Entry>({ q, sizes, mask, dropout }: Attention, rows: number, call: Call<E>): void {
  const { device } = q;
  const lanes = lanesOf(device.variants, device.variants.attention);
  const pieces = Math.ceil(Math.max(sizes.depth, sizes.valueDepth) / PIECE);
  const heads = sizes.images * sizes.heads;
  const features = { HAS_MASK: mask ? 1 : 0, HAS_DROPOUT: dropout ? 1 : 0 };
  if (lanes !== null) {
    device.dispatch(pieces === 1 ? subgroupKernel : wideKernel, { ...call, overrides: { ...features, SUBGROUP: lanes }, groups: [Math.ceil(rows / (4 * lanes)), pieces, heads] });
  } else {
    device.dispatch(tileKernel, { ...call, overrides: { ...features, PIECES: pieces === 3 ? 4 : pieces }, groups: [Math.ceil(rows / 32), 1, heads] });
  }
}
