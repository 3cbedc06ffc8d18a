/** Adam (Kingma and Ba, 2015) and AdamW (Loshchilov and Hutter, 2019), from the papers' algorithms. */
export interface AdamState {
  readonly step: number;
  readonly parameter: Float64Array;
  readonly mean: Float64Array;
  readonly square: Float64Array;
}

export interface AdamReferenceOptions {
  readonly lr: number;
  readonly betas: readonly [number, number];
  readonly eps: number;
  readonly weightDecay: number;
  readonly decoupled: boolean;
}

export function adamStep(state: AdamState, gradient: Float64Array, { lr, betas: [beta1, beta2], eps, weightDecay, decoupled }: AdamReferenceOptions): AdamState {
  const step = state.step + 1;
  const g = gradient.map((value, i) => value + (decoupled ? 0 : weightDecay * state.parameter[i]!));
  const mean = state.mean.map((m, i) => beta1 * m + (1 - beta1) * g[i]!);
  const square = state.square.map((v, i) => beta2 * v + (1 - beta2) * g[i]! ** 2);
  const parameter = state.parameter.map((p, i) => {
    const corrected = [mean[i]! / (1 - beta1 ** step), square[i]! / (1 - beta2 ** step)] as const;
    return p - (decoupled ? lr * weightDecay * p : 0) - lr * corrected[0] / (Math.sqrt(corrected[1]) + eps);
  });
  return { step, parameter, mean, square };
}
