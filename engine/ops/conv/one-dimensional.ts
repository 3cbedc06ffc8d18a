/** Convolutions of sequences: those of images, at a height of 1. Nothing is copied. */
import { ShapeError } from '../../errors.ts';
import { formatShape } from '../../layout.ts';
import type { Tensor } from '../../tensor.ts';
import { insertAxis, removeAxis } from '../axes.ts';
import type { ActivationOptions } from '../fused.ts';
import { convolve } from './conv2d.ts';
import { convolveTransposed } from './transposed.ts';

export interface Conv1dOptions extends ActivationOptions {
  /** Steps between windows; default 1. */
  readonly stride?: number;
  /** Zeros on both sides; default 0. `valid`: none. `same`: as many as keep the length, the odd one behind; only with stride 1. */
  readonly padding?: number | 'same' | 'valid';
  /** Distance between the taps of a window; default 1. */
  readonly dilation?: number;
  /** Parts into which input and output channels fall; default 1. */
  readonly groups?: number;
}

export interface ConvTranspose1dOptions extends ActivationOptions {
  /** Steps between the places where windows are put down; default 1. */
  readonly stride?: number;
  /** What is cut off on both sides; default 0. */
  readonly padding?: number;
  /** What is added behind; default 0; below the stride or the dilation. */
  readonly outputPadding?: number;
  /** Distance between the taps of a window; default 1. */
  readonly dilation?: number;
  /** Parts into which input and output channels fall; default 1. */
  readonly groups?: number;
}

function checkRanks(operation: string, x: Tensor, weight: Tensor, weights: string): void {
  if (x.rank !== 3 || weight.rank !== 3) throw new ShapeError(`${operation}: expected sequences [n, in, l] and weights ${weights}, got ${formatShape(x.shape)} and ${formatShape(weight.shape)}`);
}

/**
 * Cross-correlation of sequences with windows. x `[n, in, l]`, weight `[out, in / groups, k]`, bias `[out]` or null; gives
 * `[n, out, (l + 2 padding - dilation (k - 1) - 1) / stride + 1]`. PyTorch: `torch.nn.functional.conv1d`.
 * @throws ShapeError, DTypeError, TensorError, ConfigError
 */
export function conv1d(x: Tensor, weight: Tensor, bias: Tensor | null = null, { stride = 1, padding = 0, dilation = 1, ...rest }: Conv1dOptions = {}): Tensor {
  checkRanks('conv1d', x, weight, '[out, in / groups, k]');
  const sides = typeof padding === 'number' ? [0, padding] as const : padding;
  const options = { ...rest, stride: [1, stride], padding: sides, dilation: [1, dilation] } as const;
  return removeAxis(convolve({ operation: 'conv1d', axes: 1 }, insertAxis(x, 2), insertAxis(weight, 2), bias, options), 2);
}

/**
 * Transposed convolution of sequences. x `[n, in, l]`, weight `[in, out / groups, k]`, bias `[out]` or null; gives
 * `[n, out, (l - 1) stride - 2 padding + dilation (k - 1) + outputPadding + 1]`. PyTorch: `torch.nn.functional.conv_transpose1d`.
 * @throws ShapeError, DTypeError, TensorError, ConfigError
 */
export function convTranspose1d(x: Tensor, weight: Tensor, bias: Tensor | null = null, { stride = 1, padding = 0, outputPadding = 0, dilation = 1, ...rest }: ConvTranspose1dOptions = {}): Tensor {
  checkRanks('convTranspose1d', x, weight, '[in, out / groups, k]');
  const options = { ...rest, stride: [1, stride], padding: [0, padding], outputPadding: [0, outputPadding], dilation: [1, dilation] } as const;
  return removeAxis(convolveTransposed({ operation: 'convTranspose1d', axes: 1 }, insertAxis(x, 2), insertAxis(weight, 2), bias, options), 2);
}
