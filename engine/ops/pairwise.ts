/** How kernels of two operands are called, `kernels/parts/pairwise.wgsl`: operands are read where they lie, broadcast or strided or both. */
import type { DType } from '../dtype.ts';
import { contiguousStrides, sameOrder } from '../layout.ts';
import { empty } from '../tensor.ts';
import type { Tensor } from '../tensor.ts';
import { collapse } from './dimensions.ts';
import { linearGroups } from './grid.ts';
import { reach } from './reach.ts';
import { contiguous } from './strided.ts';

/** MODE of the kernels. */
const DENSE = 0;
const STRIDED = 1;
const NUMBER_SECOND = 2;
const NUMBER_FIRST = 3;
const DIMENSIONS = 4;

type Four = readonly number[];

interface Strided {
  readonly size: Four;
  readonly a: Four;
  readonly b: Four;
  /** 1 where the innermost loop counts whole quads, which each operand has side by side or repeats. */
  readonly rows: number;
}

const NOT_STRIDED: Strided = { size: [1, 1, 1, 1], a: [0, 0, 0, 0], b: [0, 0, 0, 0], rows: 0 };

interface Call {
  readonly buffers: Readonly<Record<'a' | 'b' | 'y', Tensor['binding']>>;
  readonly params: Readonly<Record<'quads' | 'elements' | 'number' | 'rows', number>> & Readonly<Record<'offset' | 'size' | 'a_stride' | 'b_stride', readonly number[]>>;
  readonly groups: readonly [number, number];
}

/** The result, to be written, and what the kernel must be given. */
export interface Pairwise {
  readonly out: Tensor;
  readonly mode: number;
  readonly call: Call;
}

function prepared(out: Tensor, mode: number, a: Tensor['binding'], b: Tensor['binding'], { offset = [0, 0], number = 0, ...strided }: Partial<Strided> & { readonly offset?: readonly number[]; readonly number?: number } = {}): Pairwise {
  const { size, a: aStride, b: bStride, rows } = { ...NOT_STRIDED, ...strided };
  const quads = Math.ceil(out.size / 4);
  return { out, mode, call: { buffers: { a, b, y: out.binding }, params: { quads, elements: out.size, number, rows, offset, size, a_stride: aStride, b_stride: bStride }, groups: linearGroups(quads, 64) } };
}

const isBound = (x: Tensor): boolean => x.isDense && x.isAligned;

/** Two operands of one shape, off the tape; views of whatever strides. */
export function pairwise(p: Tensor, q: Tensor, dtype: DType): Pairwise {
  const like = isBound(p) ? p : isBound(q) ? q : null;
  const strides = like?.strides ?? contiguousStrides(p.shape);
  const out = empty(p.device, p.shape, dtype).view({ shape: p.shape, strides, offset: 0 });
  if (isBound(p) && isBound(q) && sameOrder(p.shape, p.strides, q.strides)) return prepared(out, DENSE, p.binding, q.binding);
  const strided = loops(p, q, strides);
  if (!strided) return pairwise(contiguous(p), contiguous(q), dtype);
  const [a, b] = [reach(p), reach(q)];
  return prepared(out, STRIDED, a.binding, b.binding, { ...strided, offset: [a.offset, b.offset] });
}

/** One operand and a number, given as its 32 bits. */
export function pairwiseNumber(x: Tensor, bits: number, dtype: DType, numberFirst: boolean): Pairwise {
  const source = isBound(x) ? x : contiguous(x);
  const out = empty(x.device, x.shape, dtype).view({ shape: x.shape, strides: source.strides, offset: 0 });
  return prepared(out, numberFirst ? NUMBER_FIRST : NUMBER_SECOND, source.binding, source.binding, { number: bits });
}

/** The elements of a result in the order of its memory, counted by up to four nested loops; null where there are more. */
function loops(p: Tensor, q: Tensor, strides: readonly number[]): Strided | null {
  const order = p.shape.map((_, d) => d).sort((a, b) => (strides[b] ?? 0) - (strides[a] ?? 0) || a - b);
  const along = (list: readonly number[]): number[] => order.map((d) => list[d] ?? 0);
  const dims = collapse(along(p.shape), along(p.strides), along(q.strides));
  if (dims.length > DIMENSIONS) return null;
  while (dims.length < DIMENSIONS) dims.unshift({ size: 1, strides: [0, 0] });
  const size = dims.map((d) => d.size);
  const [a, b] = [0, 1].map((view) => dims.map((d) => d.strides[view] ?? 0)) as [number[], number[]];
  const fits = (stride: readonly number[], offset: number): boolean => stride[3] === 0 || (stride[3] === 1 && [...stride.slice(0, 3), offset].every((s) => s % 4 === 0));
  return { size, a, b, rows: (size[3] ?? 1) % 4 === 0 && fits(a, p.offset) && fits(b, q.offset) ? 1 : 0 };
}
