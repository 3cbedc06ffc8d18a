/**
 * What a step does to a loss: to first order, and at worst. These are diagnostics, not guarantees: the theorems 1 and 2 of the paper do not hold as
 * printed (`docs/analysis.md` has the counterexamples); what is here is what does.
 */
import type { Alignment } from './alignment.ts';

type Slope = Pick<Alignment, 'slope' | 'squaredLength'>;

/** First-order change -η bᵀΓa of the other task's loss. */
export function predictedChange({ slope }: Pick<Slope, 'slope'>, lr: number): number {
  return -lr * slope;
}

/** ΔL ≤ -η bᵀΓa + ½ η² H |Γa|², for a loss whose Hessian is bounded by `curvature` = H along the step. */
export function largestChange({ slope, squaredLength }: Slope, lr: number, curvature: number): number {
  return -lr * slope + 0.5 * lr * lr * curvature * squaredLength;
}

/** The learning rate below which that bound is negative, so that the step surely helps: 2 bᵀΓa / (H |Γa|²); 0 if no rate does. */
export function helpfulRate({ slope, squaredLength }: Slope, curvature: number): number {
  return slope <= 0 ? 0 : (2 * slope) / (curvature * squaredLength);
}

/** The most by which a step of η γ_max = `rate` can raise the other loss when both gradients are at most `gradient` = G long: rate G² + ½ rate² H G². */
export function worstChange(rate: number, gradient: number, curvature: number): number {
  return largestChange({ slope: -(gradient ** 2), squaredLength: gradient ** 2 }, rate, curvature);
}

/**
 * The largest η γ_max for which no step, however badly aligned, raises the other loss by more than `harm`, when both gradients are at most
 * `gradient` long: (√(1 + 2 H ε / G²) - 1) / H.
 */
export function harmlessRate(harm: number, gradient: number, curvature: number): number {
  return (Math.sqrt(1 + (2 * curvature * harm) / gradient ** 2) - 1) / curvature;
}

/**
 * What is left of K protected steps under a constant gradient, as a share of K undisturbed ones: (1 - (1 - 2 μ η_p)^K) / (2 μ η_p K), with
 * η_p = lr / damping. The first step is undisturbed; the paper's γ = 1 / (1 + 2 μ η) is another scheme's, the implicit proximal step.
 * @param pull 2 μ η_p
 */
export function proximalFactor(pull: number, steps: number): number {
  return pull === 0 || steps === 0 ? 1 : (1 - (1 - pull) ** steps) / (pull * steps);
}

export interface LossComparison {
  readonly predicted: number;
  readonly realised: number;
  /** Realised over predicted: near 1 the first order tells the story. */
  readonly ratio: number;
  /** The curvature along the steps that would explain the difference, 2 (realised - predicted) / |Δθ|². */
  readonly impliedCurvature: number;
}

/**
 * Predicted against realised change of a loss.
 * @param change first-order prediction and |Δθ|², from `maskedAlignment` or from a tally's `predicted` and `squaredStep`
 */
export function compareLossChange({ predicted, squaredStep }: { readonly predicted: number; readonly squaredStep: number }, realised: number): LossComparison {
  return { predicted, realised, ratio: realised / predicted, impliedCurvature: (2 * (realised - predicted)) / squaredStep };
}
