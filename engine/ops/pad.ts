/** Borders around a tensor. */
import { ConfigError, ShapeError } from '../errors.ts';
import { formatShape } from '../layout.ts';
import { record } from '../recording.ts';
import { zeros } from '../tensor.ts';
import type { Tensor } from '../tensor.ts';
import { concat } from './concat.ts';
import { checkValue, full } from './creation.ts';
import { expand } from './shape.ts';
import { flip, slice } from './slice.ts';
import type { Range } from './slice.ts';
import { move } from './strided.ts';

/** How many places are added before and after; negative ones are cut off. */
export type Pads = readonly [before: number, after: number];

export interface PadOptions {
  /** One value (the default); the values mirrored at the edge, which is not repeated; or the edge repeated. */
  readonly mode?: 'constant' | 'reflect' | 'replicate';
  /** For `constant`; default 0. */
  readonly value?: number;
}

/**
 * Borders, one pair `[before, after]` for each leading axis, as NumPy orders them; trailing axes may be left out. Negative numbers cut off. Any type.
 * PyTorch: `torch.nn.functional.pad`, whose list begins with the last axis.
 * @example pad(images, [[0, 0], [0, 0], [1, 1], [2, 2]]) // rows by 1, columns by 2, on either side
 * @throws ShapeError when more is cut off than there is, `reflect` reaches past the other edge, or `replicate` has no edge to repeat; ConfigError
 */
export function pad(x: Tensor, pads: readonly Pads[], { mode = 'constant', value = 0 }: PadOptions = {}): Tensor {
  if (!['constant', 'reflect', 'replicate'].includes(mode)) throw new ConfigError(`pad: mode: expected constant, reflect or replicate, got ${mode}`);
  if (pads.length > x.rank || !pads.flat().every(Number.isInteger)) throw new ShapeError(`pad: expected at most ${x.rank} pairs of whole numbers for ${formatShape(x.shape)}, got [${pads.map(formatShape).join(', ')}]`);
  checkValue('pad', value, x.dtype);
  const all = x.shape.map((size, d) => {
    const [before, after] = pads[d] ?? [0, 0];
    if (before + size + after < 0 || -before > size + Math.max(0, after) || -after > size + Math.max(0, before)) throw new ShapeError(`pad: [${before}, ${after}] cuts off more than axis ${d} of ${formatShape(x.shape)} has`);
    return { before, after };
  });
  const outward = all.map(({ before, after }): Pads => [Math.max(0, before), Math.max(0, after)]);
  const wide = mode === 'constant' ? surrounded(x, outward, value) : outward.reduce((y, by, axis) => extended(y, axis, by, mode), x);
  const cuts = all.map(({ before, after }) => ({ start: Math.max(0, -before), ...after < 0 ? { end: after } : {} }));
  return all.some(({ before, after }) => before < 0 || after < 0) ? slice(wide, cuts) : wide;
}

/** On a background of one value. */
function surrounded(x: Tensor, pads: readonly Pads[], value: number): Tensor {
  if (pads.every(([before, after]) => before === 0 && after === 0)) return x;
  const shape = x.shape.map((size, d) => size + (pads[d]?.[0] ?? 0) + (pads[d]?.[1] ?? 0));
  const middle = x.shape.map((size, d): Range => ({ start: pads[d]?.[0] ?? 0, end: (pads[d]?.[0] ?? 0) + size }));
  const out = value === 0 ? zeros(x.device, shape, { dtype: x.dtype }) : full(x.device, shape, value, { dtype: x.dtype });
  move(x.detach(), slice(out, middle));
  return record(out, 'pad', [x], (g) => [slice(g, middle)], { attributes: { pads, value } });
}

/** One axis longer by its own values: parts of `x` side by side, so the derivative is theirs. */
function extended(x: Tensor, axis: number, [before, after]: Pads, mode: 'reflect' | 'replicate'): Tensor {
  const size = x.shape[axis] ?? 0;
  if (before + after === 0) return x;
  if (mode === 'replicate' ? size === 0 : Math.max(before, after) >= size) throw new ShapeError(`pad: ${mode} by [${before}, ${after}] needs ${mode === 'replicate' ? 'an edge to repeat' : 'an axis longer than that'}, got axis ${axis} of ${formatShape(x.shape)}`);
  const part = (start: number, end: number): Tensor => slice(x, x.shape.map((_, d) => d === axis ? { start, end } : null));
  const edge = (at: number, times: number): Tensor => expand(part(at, at + 1), x.shape.map((old, d) => d === axis ? times : old));
  const mirrored = (start: number, end: number): Tensor => flip(part(start, end), [axis]);
  const left = (): Tensor => mode === 'replicate' ? edge(0, before) : mirrored(1, before + 1);
  const right = (): Tensor => mode === 'replicate' ? edge(size - 1, after) : mirrored(size - 1 - after, size - 1);
  return concat([...before > 0 ? [left()] : [], x, ...after > 0 ? [right()] : []], axis);
}
