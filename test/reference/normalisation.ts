/** Normalisation by the statistics of groups, from its definition. */
import { build, count, filled, map, position } from './array.ts';
import type { NDArray } from './array.ts';
import type { Reference } from './operation.ts';

/** Which group an element is in, and which weight it has. */
export interface Grouping {
  readonly group: (index: readonly number[], shape: readonly number[]) => number;
  readonly weight: (index: readonly number[], shape: readonly number[]) => number;
}

/** Over the last `axes` axes, with a weight for each place in them. */
export function byLayer(axes: number): Grouping {
  return {
    group: (index, shape) => position(shape.slice(0, -axes), index.slice(0, -axes)),
    weight: (index, shape) => position(shape.slice(-axes), index.slice(-axes)),
  };
}

/** Over groups of channels of one sample, with a weight for each channel. */
export function byGroup(groups: number): Grouping {
  return { group: ([n, c], shape) => n! * groups + Math.floor(c! / (shape[1]! / groups)), weight: ([, c]) => c! };
}

/** Over each channel of all samples, with a weight for each channel. */
export const BY_CHANNEL: Grouping = { group: ([, c]) => c!, weight: ([, c]) => c! };

export interface Moments {
  readonly mean: number;
  /** Divided by the count, and by one less. */
  readonly variance: number;
  readonly unbiased: number;
}

export function momentsOf(x: NDArray, grouping: Grouping): Moments[] {
  const groups: number[][] = [];
  build(x.shape, (index, at) => { (groups[grouping.group(index, x.shape)] ??= []).push(x.data[at]!); return 0; });
  return groups.map((group) => {
    const mean = group.reduce((sum, v) => sum + v, 0) / group.length;
    const squares = group.reduce((sum, v) => sum + (v - mean) ** 2, 0);
    return { mean, variance: squares / group.length, unbiased: squares / (group.length - 1) };
  });
}

export interface ReferenceOptions {
  /** Statistics that do not depend on x. */
  readonly fixed?: readonly Moments[];
  /** The sizes of all terms added up instead: what rounding errors are proportional to. */
  readonly sizes?: boolean;
}

/** Inputs x, weight, bias. */
export function normalisationReference(grouping: Grouping, eps: number, { fixed, sizes = false }: ReferenceOptions = {}): Reference {
  const term = (v: number): number => sizes ? Math.abs(v) : v;
  /** What is normalised, and what it was divided by. */
  const normalised = (x: NDArray): { normal: NDArray; group: number[]; deviation: number[]; members: number } => {
    const deviation = (fixed ?? momentsOf(x, grouping)).map(({ variance }) => Math.sqrt(variance + eps));
    const means = (fixed ?? momentsOf(x, grouping)).map(({ mean }) => mean);
    const group: number[] = [];
    const normal = build(x.shape, (index, at) => {
      const g = group[at] = grouping.group(index, x.shape);
      // The mean is uncertain by a rounding of the deviation.
      return term((x.data[at]! - means[g]!) / deviation[g]!) + (sizes ? 1 : 0);
    });
    return { normal, group, deviation, members: count(x.shape) / deviation.length };
  };
  return {
    forward([x, weight, bias]) {
      const { normal } = normalised(x!);
      return build(x!.shape, (index, at) => {
        const w = grouping.weight(index, x!.shape);
        return term(normal.data[at]! * weight!.data[w]!) + term(bias!.data[w]!);
      });
    },
    gradients([x, weight, bias], cotangent) {
      const { normal, group, deviation, members } = normalised(x!);
      const [byWeight, byBias] = [filled(weight!.shape, 0), filled(bias!.shape, 0)];
      const pulls = deviation.map(() => ({ plain: 0, normal: 0 }));
      const inner = build(x!.shape, (index, at) => {
        const w = grouping.weight(index, x!.shape);
        byWeight.data[w]! += term(cotangent.data[at]! * normal.data[at]!);
        byBias.data[w]! += term(cotangent.data[at]!);
        const value = term(cotangent.data[at]! * weight!.data[w]!);
        pulls[group[at]!]!.plain += value / members;
        pulls[group[at]!]!.normal += value * normal.data[at]! / members;
        return value;
      });
      const byInput = map(inner, (value, at) => {
        const pull = pulls[group[at]!]!;
        return (value - (fixed ? 0 : sizes ? -1 : 1) * (pull.plain + normal.data[at]! * pull.normal)) / deviation[group[at]!]!;
      });
      return [byInput, byWeight, byBias];
    },
  };
}
