/** What all normalisations take beside their input. */
import { ConfigError, ShapeError } from '../../errors.ts';
import { formatShape, sameShape } from '../../layout.ts';
import type { Shape } from '../../layout.ts';
import { checkDType, checkDevices } from '../../tensor.ts';
import type { Tensor } from '../../tensor.ts';
import { widened } from '../half.ts';

export interface NormalisationOptions {
  /** Multiplied with what is normalised. Default: 1. */
  readonly weight?: Tensor | null;
  /** Added to that. Default: 0. */
  readonly bias?: Tensor | null;
  /** Added to the variance; from 0, default 1e-5. */
  readonly eps?: number;
}

export const EPS = 1e-5;

/** The same options with weight and bias in float32. */
export function widenedOptions<T extends NormalisationOptions>(options: T): T {
  return { ...options, weight: widened(options.weight ?? null), bias: widened(options.bias ?? null) };
}

/** @throws DTypeError, ShapeError unless weight and bias have that shape, ConfigError, TensorError */
export function checkOptions(operation: string, x: Tensor, shape: Shape, { weight, bias, eps = EPS }: NormalisationOptions): void {
  checkDType(operation, x, 'float32');
  for (const [name, parameter] of [['weight', weight], ['bias', bias]] as const) {
    if (!parameter) continue;
    checkDevices(operation, x, parameter);
    checkDType(operation, parameter, 'float32');
    if (!sameShape(parameter.shape, shape)) throw new ShapeError(`${operation}: expected ${name} ${formatShape(shape)} for ${formatShape(x.shape)}, got ${formatShape(parameter.shape)}`);
  }
  if (!(eps >= 0 && eps < Infinity)) throw new ConfigError(`${operation}: eps: expected a number from 0, got ${eps}`);
}
