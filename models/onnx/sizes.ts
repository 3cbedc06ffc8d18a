/** Shapes of which some sizes grow with the number of inputs. */
import { ConfigError, formatShape } from '../../engine/index.ts';
import type { Shape } from '../../engine/index.ts';

/** A number of inputs, times that. */
export interface Multiple {
  readonly times: number;
}

export type Sizes = readonly (number | Multiple)[];

/** The numbers of inputs with which a model is looked at. */
export const COUNTS = [2, 3] as const;

/**
 * What two shapes of the same tensor say for any number of inputs.
 * @param shapes with each of `COUNTS` inputs
 * @throws ConfigError where a size neither stays nor is a multiple
 */
export function sizesOf(shapes: readonly [Shape, Shape]): Sizes {
  const [first, second] = shapes;
  return first.map((size, d) => {
    const other = second[d] ?? 0;
    const times = other - size;
    if (times === 0) return size;
    if (first.length !== second.length || times < 0 || size !== COUNTS[0] * times) throw new ConfigError(`exportOnnx: a result of ${formatShape(first)} for ${COUNTS[0]} inputs and of ${formatShape(second)} for ${COUNTS[1]} does not grow with their number`);
    return { times };
  });
}
