/** How a normalisation divides the elements of its input into groups, logically and in memory. */
import { contiguousStrides } from '../../layout.ts';
import type { Shape } from '../../layout.ts';
import type { Tensor } from '../../tensor.ts';
import { aligned } from '../apply.ts';
import { contiguous } from '../strided.ts';

export interface Grouping {
  /** The dimensions that the input is seen with: its own, of which some may be split. */
  readonly shape: Shape;
  /** Those within a group. */
  readonly axes: readonly number[];
  /** Shape of weight and bias beside `shape`: the same size where they vary, else 1. */
  readonly parameters: Shape;
}

/** A run of places in memory, and how far one step in it goes: in Values (see `width`), in groups, in weights. */
export interface Dimension {
  readonly size: number;
  readonly position: number;
  readonly group: number;
  readonly parameter: number;
}

/** What missing dimensions are filled up with. */
export const ONE: Dimension = { size: 1, position: 0, group: 0, parameter: 0 };

/** Either what is normalised together, or what has a weight in common. */
export type Key = 'group' | 'parameter';

/** A dense input whose elements the kernels can address. */
export interface Grouped {
  /** Off the tape; perhaps a copy. */
  readonly source: Tensor;
  /** Neighbours in memory that a kernel takes at a time, as one Value: four where the innermost dimension allows it, else one. */
  readonly width: 1 | 4;
  /** All of the memory in Values, outermost first; at most four. */
  readonly dimensions: readonly Dimension[];
  /** How far one neighbour in a Value is from the next. */
  readonly lane: { readonly group: number; readonly parameter: number };
  readonly grouping: Grouping;
}

/** Strides of the dimensions that those of `x` are split into. */
function splitStrides(x: Tensor, shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let [axis, left, stride] = [x.rank, 1, 0];
  for (let d = shape.length - 1; d >= 0; d--) {
    const size = shape[d] ?? 1;
    while (left === 1 && size !== 1 && axis > 0) [axis, left, stride] = [axis - 1, x.shape[axis - 1] ?? 1, x.strides[axis - 1] ?? 0];
    strides[d] = stride;
    left /= size;
    stride *= size;
  }
  return strides;
}

/** In elements, outermost first; neighbours that are stepped through as one are one. */
function dimensionsOf(x: Tensor, { shape, axes, parameters }: Grouping): Dimension[] {
  const positions = splitStrides(x, shape);
  const groups = contiguousStrides(shape.map((size, d) => axes.includes(d) ? 1 : size));
  const weights = contiguousStrides(parameters);
  const all = shape.map((size, d): Dimension => ({
    size,
    position: positions[d] ?? 0,
    group: axes.includes(d) ? 0 : groups[d] ?? 0,
    parameter: parameters[d] === 1 ? 0 : weights[d] ?? 0,
  }));
  const merged: Dimension[] = [];
  for (const next of all.filter(({ size }) => size !== 1).sort((a, b) => b.position - a.position)) {
    const last = merged.at(-1);
    if (last && (['position', 'group', 'parameter'] as const).every((key) => last[key] === next[key] * next.size)) merged[merged.length - 1] = { ...next, size: last.size * next.size };
    else merged.push(next);
  }
  return merged;
}

/** Whether there are at most two dimensions for the results of a sum, and two for its members: what the kernels take. */
function isSimple(dimensions: readonly Dimension[]): boolean {
  return (['group', 'parameter'] as const).every((key) => {
    const results = dimensions.filter((d) => d[key] !== 0).length;
    return results <= 2 && dimensions.length - results <= 2;
  });
}

/** Copies only where the memory is scattered in a way that no kernel follows. `x` has elements. */
export function grouped(x: Tensor, grouping: Grouping): Grouped {
  const [dense = x] = aligned([x]);
  const source = isSimple(dimensionsOf(dense, grouping)) ? dense : contiguous(dense);
  const elements = dimensionsOf(source, grouping);
  const inner = elements.at(-1) ?? ONE;
  const width = inner.size % 4 === 0 ? 4 : 1;
  const outer = elements.slice(0, -1).map((d) => ({ ...d, position: d.position / width }));
  return {
    source, width, grouping,
    dimensions: [...outer, { size: inner.size / width, position: 1, group: inner.group * width, parameter: inner.parameter * width }],
    lane: { group: inner.group, parameter: inner.parameter },
  };
}
