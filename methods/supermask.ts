/** Networks of fixed random weights, of which each task takes a part: what is kept of every tensor is learnt through a score for each weight. */
import { abs, affine, bernoulli, cumsum, custom, eq, ge, gt, le, logicalAnd, mul, reshape, sign, sizeOf, slice, sum, topK, where } from '../engine/index.ts';
import type { Initializer, ParameterSpec, Shape, Tensor } from '../engine/index.ts';
import { allZeros, kaimingUniform } from '../models/index.ts';
import type { Layer, Parametrization, Trunk } from '../models/index.ts';
import { isBias } from './parameter-names.ts';

export interface SupermaskOptions {
  /** `top`: the weights whose scores are the largest in size, in each tensor. `positive`: those whose scores are at least 0. */
  readonly mask: 'top' | 'positive';
  /** Share of each tensor that `top` keeps, in (0, 1]. */
  readonly k: number;
}

/** How many of n are kept: n - floor((1 - k) n), where a product that is whole but for its rounding counts as whole. */
export function keptOf(n: number, k: number): number {
  return Math.ceil(Number((k * n).toPrecision(12)));
}

/** 1 for exactly so many elements, those with the largest values, of equal ones the first; else 0. Off the tape. */
function largest(values: Tensor, count: number): Tensor {
  const flat = reshape(values.detach(), [values.size]);
  const least = slice(topK(flat, count).values, [{ start: count - 1 }]);
  const above = gt(flat, least);
  const equal = eq(flat, least);
  const open = affine(sum(where(above, 1, 0)), -1, count);
  const first = logicalAnd(equal, le(cumsum(where(equal, 1, 0), 0), open));
  return reshape(where(above, 1, where(first, 1, 0)), values.shape);
}

/**
 * The mask of a tensor's scores, 1 or 0 each. Its derivative is that of the scores' sizes, or of the scores themselves for `positive`: straight
 * through (Bengio et al., 2013).
 */
export function supermask(scores: Tensor, { mask, k }: SupermaskOptions): Tensor {
  return mask === 'positive'
    ? custom('supermask', [scores], (s) => where(ge(s, 0), 1, 0), (g) => [g])
    : custom('supermask', [scores], (s) => largest(abs(s), keptOf(s.size, k)), (g) => [mul(g, sign(scores))]);
}

/** Inputs of one output. */
const fanOf = (shape: Shape): number => sizeOf(shape.slice(1));

/** ±sqrt(2 / fan in), each as likely. */
const signedConstant: Initializer = (device, shape, generator) => {
  const size = Math.sqrt(2 / fanOf(shape));
  return affine(bernoulli(device, shape, 0.5, generator), 2 * size, -size);
};

const isMasked = ({ shape }: ParameterSpec): boolean => shape.length > 1;
/** What the names of all scores begin with. */
export const SCORES = 'scores.';

/** Weights are random signs of one size, biases 0; what scales a normalised value stays as it starts. */
function fixed(spec: ParameterSpec): ParameterSpec {
  if (isMasked(spec)) return { ...spec, init: signedConstant };
  return isBias(spec.name) ? { ...spec, init: allZeros } : spec;
}

/** The trunk with fixed weights. */
export function fixedTrunk(trunk: Trunk): Trunk {
  return { ...trunk, layers: trunk.layers.map((layer): Layer => ({ ...layer, specs: layer.specs.map(fixed) })) };
}

/** Every weight times its mask. The trunk gets no gradient, the scores get theirs. */
export function supermasked(trunk: Trunk, options: SupermaskOptions): Parametrization {
  const masked = trunk.layers.flatMap(({ specs }) => specs.filter(isMasked));
  const names = new Set(masked.map(({ name }) => name));
  return {
    specs: [],
    ownSpecs: masked.map(({ name, shape }) => ({ name: SCORES + name, shape, init: kaimingUniform(fanOf(shape)) })),
    view: (shared, own) => ({
      get(name) {
        const weight = shared.get(name).detach();
        return names.has(name) ? mul(weight, supermask(own.get(SCORES + name), options)) : weight;
      },
    }),
  };
}
