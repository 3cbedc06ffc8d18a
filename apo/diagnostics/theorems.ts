/**
 * What theorems 1 and 2 of the paper and its equation 25 say, as printed, to set beside what happens. They do not hold (`docs/analysis.md` has the
 * counterexamples, `bounds.ts` what does): nothing here is a guarantee.
 */

/** Equation 25, γ = 1 / (1 + 2 μ η): what an implicit proximal step from θ = θ_prev leaves of -η g. Algorithm 1 steps explicitly, and leaves all of it. */
export function implicitFactor(mu: number, lr: number): number {
  return 1 / (1 + 2 * mu * lr);
}

/** What the theorems assume of a step of a task with gradient a to the task with gradient b. */
export interface Assumptions {
  /** ρ of equations 12 and 13: |bᵀa| is at least ρ G². */
  readonly alignment: number;
  /** G: neither gradient is longer. */
  readonly gradient: number;
  /** H: no eigenvalue of the other loss's Hessian is larger. */
  readonly curvature: number;
}

/** Theorem 1, equation 40: η γ_min < 2 ρ / H is said to make the other loss fall. It solves equation 39 wrongly: that says η < 2 ρ γ_min / H. */
export function printedTransferCondition(lr: number, smallestFactor: number, { alignment, curvature }: Pick<Assumptions, 'alignment' | 'curvature'>): boolean {
  return lr * smallestFactor < (2 * alignment) / curvature;
}

/** Equation 33, η < ρ / H, which the proof of theorem 1 takes for granted: that both gradients still agree after the step. */
export function printedAgreementCondition(lr: number, { alignment, curvature }: Pick<Assumptions, 'alignment' | 'curvature'>): boolean {
  return lr < alignment / curvature;
}

/**
 * Equation 39 as it is: the rate below which -η γ_min ρ G² + ½ η² H G² is negative, 2 ρ γ_min / H. The loss falls there where bᵀΓa ≥ γ_min bᵀa, as it is
 * if no element of the gradients disagrees (`elementsAgree`); it need not where some do.
 */
export function transferRate(smallestFactor: number, { alignment, curvature }: Pick<Assumptions, 'alignment' | 'curvature'>): number {
  return (2 * alignment * smallestFactor) / curvature;
}

/** Whether a_i b_i ≥ 0 for all i. */
export function elementsAgree(b: ArrayLike<number>, a: ArrayLike<number>): boolean {
  return Array.from(a).every((value, i) => value * (b[i] ?? 0) >= 0);
}

/** Theorem 2, equation 53: the η γ_max up to which the other loss is said to rise by no more than `harm` = ε, min(ε / (ρ G²), √(2 ε) / (√H G)). */
export function printedHarmlessRate(harm: number, { alignment, gradient, curvature }: Assumptions): number {
  return Math.min(harm / (alignment * gradient ** 2), Math.sqrt((2 * harm) / curvature) / gradient);
}
