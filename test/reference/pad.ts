/** Borders, one pair per axis; negative ones cut off. */
import { build, filled, position } from './array.ts';
import type { NDArray } from './array.ts';
import type { Reference } from './operation.ts';

export type Mode = 'constant' | 'reflect' | 'replicate';

/** Which place of `size` stands at `i`, which may lie outside; null for none. */
function source(i: number, size: number, mode: Mode): number | null {
  if (i >= 0 && i < size) return i;
  if (mode === 'constant') return null;
  if (mode === 'replicate') return i < 0 ? 0 : size - 1;
  return i < 0 ? -i : 2 * (size - 1) - i;
}

export function padReference(pads: readonly (readonly [number, number])[], mode: Mode, value = 0): Reference {
  const shapeOf = (x: NDArray): number[] => x.shape.map((size, d) => size + pads[d]![0] + pads[d]![1]);
  const from = (x: NDArray, index: readonly number[]): number | null => {
    const at = index.map((i, d) => source(i - pads[d]![0], x.shape[d]!, mode));
    return at.some((i) => i === null) ? null : position(x.shape, at as number[]);
  };
  return {
    forward: ([x]) => build(shapeOf(x!), (index) => {
      const at = from(x!, index);
      return at === null ? value : x!.data[at]!;
    }),
    gradients([x], cotangent) {
      const out = filled(x!.shape, 0);
      build(shapeOf(x!), (index, place) => {
        const at = from(x!, index);
        return at === null ? 0 : out.data[at]! += cotangent.data[place]!;
      });
      return [out];
    },
  };
}
