/** Activations that a contraction applies as it stores its result: those whose derivative follows from the result. */
import { ConfigError } from '../errors.ts';
import type { Tensor } from '../tensor.ts';
import { relu, reluGradient, sigmoid, sigmoidGradient } from './activations.ts';
import { tanh, tanhGradient } from './trigonometric.ts';

/** As `relu`, `tanh` and `sigmoid`, at NaN and infinity too. */
export type Activation = 'relu' | 'tanh' | 'sigmoid';

export interface ActivationOptions {
  /** Applied to the result as it is stored, without a pass of its own; default none. */
  readonly activation?: Activation;
}

interface Entry {
  /** Its number inside `kernels/parts/contract_operands.wgsl`. */
  readonly number: number;
  readonly apply: (x: Tensor) => Tensor;
  readonly gradient: (gradient: Tensor, result: Tensor) => Tensor;
}

const ACTIVATIONS: Readonly<Record<Activation, Entry>> = {
  relu: { number: 1, apply: relu, gradient: reluGradient },
  tanh: { number: 2, apply: tanh, gradient: tanhGradient },
  sigmoid: { number: 3, apply: sigmoid, gradient: sigmoidGradient },
};

/** @throws ConfigError unless it is one of them, or none */
export function checkActivation(operation: string, activation: Activation | undefined): void {
  const known = Object.keys(ACTIVATIONS);
  if (activation !== undefined && !known.includes(activation)) throw new ConfigError(`${operation}: activation '${activation}': expected one of ${known.join(', ')}`);
}

export function activationNumber(activation: Activation | undefined): number {
  return activation ? ACTIVATIONS[activation].number : 0;
}

/** The activation by a pass of its own. */
export function activate(activation: Activation | undefined, x: Tensor): Tensor {
  return activation ? ACTIVATIONS[activation].apply(x) : x;
}

/** The gradient by what was activated, from that by the result. Differentiable in both arguments. */
export function activationGradient(activation: Activation | undefined, gradient: Tensor, result: Tensor): Tensor {
  return activation ? ACTIVATIONS[activation].gradient(gradient, result) : gradient;
}
