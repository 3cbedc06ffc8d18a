/** Which attention kernel runs on an adapter. */
import subgroupKernel from '../../../kernels/attention_subgroup.wgsl';
import tileKernel from '../../../kernels/attention_tile.wgsl';
import type { Kernel } from '../../device/kernel.ts';
import type { Dispatch } from '../../device/stream.ts';
import type { Attention } from './options.ts';

type Shape = typeof subgroupKernel extends Kernel<infer S> ? S : never;
type Entry = keyof Shape['entries'];
type Call<E extends Entry> = Omit<Dispatch<Shape, E>, 'overrides' | 'groups'>;

/** Elements of a row that the subgroup kernel holds, and that the tile kernel has a piece for. */
const PIECE = 32;

/** Runs an entry over so many rows of results. */
export function launch<E extends Entry>({ q, sizes, mask, dropout }: Attention, rows: number, call: Call<E>): void {
  const { device } = q;
  const variant = device.contraction;
  const widest = Math.max(sizes.depth, sizes.valueDepth);
  const heads = sizes.images * sizes.heads;
  const features = { HAS_MASK: mask ? 1 : 0, HAS_DROPOUT: dropout ? 1 : 0 };
  if (variant.kind === 'subgroup' && widest <= PIECE) {
    device.dispatch(subgroupKernel, { ...call, overrides: { ...features, SUBGROUP: variant.size }, groups: [Math.ceil(rows / (4 * variant.size)), 1, heads] });
  } else {
    device.dispatch(tileKernel, { ...call, overrides: { ...features, PIECES: widest <= PIECE ? 1 : widest <= 2 * PIECE ? 2 : 4 }, groups: [Math.ceil(rows / 32), 1, heads] });
  }
}
