/** Elements and rows by index, and sums of them, by the definition. */
import { build, filled, position } from './array.ts';
import type { NDArray } from './array.ts';
import type { Reference } from './operation.ts';

type Index = readonly number[];

/** A result whose every element is one of the input; not every one must count in the gradient. */
function picked(shape: (x: NDArray) => Index, source: (at: Index, place: number) => Index, counts: (place: number) => boolean = () => true): Reference {
  return {
    forward: ([x]) => build(shape(x!), (at, place) => x!.data[position(x!.shape, source(at, place))]!),
    gradients([x], cotangent) {
      const out = filled(x!.shape, 0);
      build(cotangent.shape, (at, place) => counts(place) ? out.data[position(x!.shape, source(at, place))]! += cotangent.data[place]! : 0);
      return [out];
    },
  };
}

const put = (at: Index, axis: number, value: number): number[] => at.map((i, d) => d === axis ? value : i);

export function gatherReference(axis: number, index: NDArray): Reference {
  return picked(() => index.shape, (at, place) => put(at, axis, index.data[place]!));
}

/** Inputs x and source. */
export function scatterAddReference(axis: number, index: NDArray): Reference {
  const target = (x: NDArray, at: Index, place: number): number => position(x.shape, put(at, axis, index.data[place]!));
  return {
    forward([x, source]) {
      const out = { shape: x!.shape, data: x!.data.slice() };
      build(index.shape, (at, place) => out.data[target(x!, at, place)]! += source!.data[position(source!.shape, at)]!);
      return out;
    },
    gradients([x, source], cotangent) {
      const bySource = filled(source!.shape, 0);
      build(index.shape, (at, place) => bySource.data[position(source!.shape, at)]! += cotangent.data[target(x!, at, place)]!);
      return [cotangent, bySource];
    },
  };
}

export function indexSelectReference(axis: number, index: readonly number[]): Reference {
  return picked((x) => put(x.shape, axis, index.length), (at) => put(at, axis, index[at[axis]!]!));
}

/** What looked up the row `padding` adds nothing to the gradient. */
export function embeddingReference(indices: NDArray, width: number, padding: number | null = null): Reference {
  const row = (place: number): number => indices.data[Math.floor(place / width)]!;
  return picked(() => [...indices.shape, width], (at, place) => [row(place), at.at(-1)!], (place) => row(place) !== padding);
}
