/** Queries, keys, values and their gradients as the kernels see them: rows, read as vec4 and written by elements, addressed by image, head and place. */
import type { Device } from '../../device/device.ts';
import { sizeOf } from '../../layout.ts';
import { empty, zeros } from '../../tensor.ts';
import type { Tensor } from '../../tensor.ts';
import type { Binding } from '../../device/stream.ts';
import { move } from '../strided.ts';

/** Number of vec4 of a row. */
export const quads = (depth: number): number => Math.ceil(depth / 4);

/** `[n, heads, l, d]`, stored as `[n, l, heads, row]` with d elements of each row used: heads then join into one dimension without a copy. */
function stored(x: Tensor, [n = 0, heads = 0, places = 0, depth = 0]: readonly number[], row = depth): Tensor {
  return x.view({ shape: [n, heads, places, depth], strides: [places * heads * row, row, heads * row, 1], offset: x.offset });
}

/** For results, whose rows follow one another without gaps. */
export function emptyRows(device: Device, shape: readonly number[]): Tensor {
  return stored(empty(device, shape), shape);
}

/** Two of them in one storage. */
export function emptyRowPair(device: Device, first: readonly number[], second: readonly number[]): [Tensor, Tensor] {
  // The second one starts where it can be bound directly.
  const start = Math.ceil(sizeOf(first) / 64) * 64;
  const both = empty(device, [start + sizeOf(second)]);
  return [stored(both, first), stored(both.view({ shape: both.shape, strides: both.strides, offset: start }), second)];
}

/** True if rows can be read as vec4 where they are. */
export function areRows(x: Tensor): boolean {
  return x.shape[3] !== undefined && x.shape[3] % 4 === 0 && x.strides[3] === 1 && x.offset % 4 === 0 && x.strides.slice(0, 3).every((stride, d) => stride % 4 === 0 || x.shape[d] === 1);
}

/** The same values as rows of vec4, off the tape: `x` itself if they are that already, else a copy with zeros behind short rows. */
export function asRows(x: Tensor): Tensor {
  if (areRows(x)) return x.detach();
  const [n = 0, heads = 0, places = 0, depth = 0] = x.shape;
  const row = 4 * quads(depth);
  const shape = [n, places, heads, row];
  const copy = stored(depth === row ? empty(x.device, shape) : zeros(x.device, shape), x.shape, row);
  move(x.detach(), copy);
  return copy;
}

/** Strides of image, head and place, and the offset; in vec4. */
export function rowStrides(x: Tensor): number[] {
  return elementStrides(x).map((stride) => stride / 4);
}

/** The same in elements. */
export function elementStrides(x: Tensor): number[] {
  return [...x.strides.slice(0, 3).map((stride, d) => x.shape[d] === 1 ? 0 : stride), x.offset];
}

/** All of a tensor's storage: kernels that take strides take the offset too. */
export function whole(x: Tensor): Binding {
  return { storage: x.storage, offset: 0, size: x.storage.size };
}
