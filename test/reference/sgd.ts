/** Stochastic gradient descent as PyTorch defines it. */
export interface SGDState {
  readonly parameter: Float64Array;
  readonly velocity: Float64Array;
}

/** v = momentum v + g + weightDecay p, then p -= lr v. */
export function sgdStep(state: SGDState, gradient: Float64Array, lr: number, momentum: number, weightDecay: number): SGDState {
  const velocity = state.velocity.map((v, i) => momentum * v + gradient[i]! + weightDecay * state.parameter[i]!);
  return { velocity, parameter: state.parameter.map((p, i) => p - lr * velocity[i]!) };
}
