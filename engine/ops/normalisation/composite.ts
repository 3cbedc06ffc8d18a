/** What the fused derivative equals, out of differentiable operations: for derivatives of higher order. */
import type { Tensor } from '../../tensor.ts';
import { add, affine, mul, rsqrt, sub } from '../elementwise.ts';
import { mean, sumTo } from '../reduce.ts';
import { reshape } from '../shape.ts';
import type { Grouping } from './grouping.ts';

/** Statistics that do not depend on the input, of shape `grouping.parameters`. */
export interface Fixed {
  readonly mean: Tensor;
  /** 1 / sqrt(variance + eps) */
  readonly scale: Tensor;
}

export interface Gradients {
  readonly input: Tensor;
  readonly weight: Tensor;
  readonly bias: Tensor;
}

/** Gradients by the input, by the weight and by the bias; the latter two of shape `grouping.parameters`. */
export function compositeGradients(x: Tensor, g: Tensor, weight: Tensor | null, { shape, axes, parameters }: Grouping, eps: number, fixed: Fixed | null): Gradients {
  const within = { axes, keepDims: true };
  const [seen, gradient] = [reshape(x, shape), reshape(g, shape)];
  const { normal, scale } = fixed ? { normal: mul(sub(seen, fixed.mean), fixed.scale), scale: fixed.scale } : normalised(seen, axes, eps);
  const weighted = weight ? mul(gradient, reshape(weight, parameters)) : gradient;
  // What the result does not see: a common shift and a common factor of the group.
  const unseen = (): Tensor => add(mean(weighted, within), mul(normal, mean(mul(weighted, normal), within)));
  return {
    input: reshape(mul(scale, fixed ? weighted : sub(weighted, unseen())), x.shape),
    weight: sumTo(mul(gradient, normal), parameters),
    bias: sumTo(gradient, parameters),
  };
}

function normalised(x: Tensor, axes: readonly number[], eps: number): { normal: Tensor; scale: Tensor } {
  const within = { axes, keepDims: true };
  // Centred by a constant first, which changes nothing but the rounding.
  const near = sub(x, mean(x.detach(), within));
  const centred = sub(near, mean(near, within));
  const scale = rsqrt(affine(mean(mul(centred, centred), within), 1, eps));
  return { normal: mul(centred, scale), scale };
}
