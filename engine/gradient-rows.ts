/** Several gradients of one arena, kept side by side: what methods need that look at the gradient of each task. */
import kernel from '../kernels/rows.wgsl';
import type { ParameterArena } from './arena.ts';
import { ShapeError } from './errors.ts';
import { linearGroups } from './ops/grid.ts';
import { sum } from './ops/reduce.ts';
import { empty, zeros } from './tensor.ts';
import type { Tensor } from './tensor.ts';

const LANES = 64;
/** Quads that a lane adds up one after the other. */
const LENGTH = 32;
const ALIGNMENT = 64;

/** A stretch of the arena, in elements, and the same stretch of each gradient, `[count, size]`. */
interface Block {
  readonly offset: number;
  readonly size: number;
  readonly rows: Tensor;
}

/** Where the product of rows `i` and `j` lies among those of `count` rows, as `GradientRows` lists them. */
export function pairIndex(count: number, i: number, j: number): number {
  const [first, second] = [Math.min(i, j), Math.max(i, j)];
  // Row `first` begins where the rows before it, of count, count - 1, ... products, end.
  return first * count - (first * (first - 1)) / 2 + second - first;
}

/** Products of two rows each are listed as (0, 0), (0, 1), ..., (0, n - 1), (1, 1), ...: the upper half of their Gram matrix. */
export class GradientRows {
  readonly arena: ParameterArena;
  readonly count: number;
  readonly #blocks: readonly Block[];

  /** Takes `count` times the memory of the arena's gradients. @param count number of gradients, at least 1 */
  constructor(arena: ParameterArena, count: number) {
    const { device, capacity } = arena;
    this.arena = arena;
    this.count = count;
    const size = Math.floor(device.bindingLimit / 4 / count / ALIGNMENT) * ALIGNMENT;
    this.#blocks = Array.from({ length: Math.ceil(capacity / size) }, (_, i) => {
      const length = Math.min(size, capacity - i * size);
      return { offset: i * size, size: length, rows: zeros(device, [count, length]) };
    });
  }

  /** Keeps the arena's gradients as row `i`. */
  take(i: number): void {
    const { device, gradients } = this.arena;
    for (const { offset, size, rows } of this.#blocks) {
      device.copy({ storage: gradients.storage, offset: (gradients.offset + offset) * 4, size: size * 4 }, { storage: rows.storage, offset: (rows.offset + i * size) * 4, size: size * 4 });
    }
  }

  /**
   * Products of each two rows, summed in a fixed order: `[count (count + 1) / 2]`.
   * @param offset, length of the stretch of the arena that they are taken over, in elements, multiples of 64; default all
   */
  products(offset = 0, length: number = this.arena.capacity): Tensor {
    const { device } = this.arena;
    const pairs = (this.count * (this.count + 1)) / 2;
    const parts = this.#blocks.flatMap((block) => {
      const begin = Math.max(0, offset - block.offset);
      const end = Math.min(block.size, offset + length - block.offset);
      return begin < end ? [{ rows: block.rows, stride: block.size / 4, begin: begin / 4, end: end / 4, slabs: Math.ceil((end - begin) / 4 / LENGTH / LANES) }] : [];
    });
    const partials = empty(device, [parts.reduce((total, { slabs }) => total + slabs, 0) * LANES, pairs]);
    let first = 0;
    for (const { rows, stride, begin, end, slabs } of parts) {
      device.dispatch(kernel, { entry: 'products', buffers: { rows: rows.binding, partials: partials.binding }, params: { count: this.count, stride, begin, end, length: LENGTH, first }, groups: [slabs, pairs] });
      first += slabs * LANES;
    }
    return sum(partials, { axes: [0] });
  }

  /** Puts the sum of the rows by weights into the arena's gradients. @param weights `[count]` @throws ShapeError */
  combine(weights: Tensor): void {
    if (weights.size !== this.count) throw new ShapeError(`combine: expected ${this.count} weights, got ${weights.size}`);
    const { device, gradients } = this.arena;
    for (const { offset, size, rows } of this.#blocks) {
      const quads = size / 4;
      const combined = { storage: gradients.storage, offset: (gradients.offset + offset) * 4, size: size * 4 };
      device.dispatch(kernel, { entry: 'combine', buffers: { rows: rows.binding, weights: weights.binding, combined }, params: { count: this.count, stride: quads, begin: 0, end: quads, length: 0, first: 0 }, groups: linearGroups(quads, LANES) });
    }
  }

  /** Row `i` within a stretch of the arena, for element-wise work: `[size]` each, with where it begins. */
  *blocks(): Generator<{ readonly offset: number; readonly size: number; readonly rows: Tensor }, void, undefined> {
    yield* this.#blocks;
  }
}
