/** Stochastic gradient descent as PyTorch defines it. */
export interface SGDState {
  readonly parameter: Float64Array;
  readonly velocity: Float64Array;
}

/** v = momentum v + g + weightDecay p, then p -= lr v; with Nesterov's momentum p -= lr (g + weightDecay p + momentum v). */
export function sgdStep(state: SGDState, gradient: Float64Array, lr: number, momentum: number, weightDecay: number, nesterov = false): SGDState {
  const decayed = gradient.map((g, i) => g + weightDecay * state.parameter[i]!);
  const velocity = state.velocity.map((v, i) => momentum * v + decayed[i]!);
  return { velocity, parameter: state.parameter.map((p, i) => p - lr * (nesterov ? decayed[i]! + momentum * velocity[i]! : velocity[i]!)) };
}
