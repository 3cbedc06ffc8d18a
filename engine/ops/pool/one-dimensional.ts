/** Pooling of sequences: that of images, at a height of 1. */
import { ShapeError } from '../../errors.ts';
import { formatShape } from '../../layout.ts';
import type { Tensor } from '../../tensor.ts';
import { insertAxis, removeAxis } from '../axes.ts';
import { averagePool } from './average.ts';
import { maxPool } from './max.ts';

export interface Pool1dOptions {
  /** Default: the window, so that windows do not overlap. */
  readonly stride?: number;
  /** Default 0; at most half the window. */
  readonly padding?: number;
  /** True: a last window that reaches past the end counts too, if it begins before the end. Default false. */
  readonly ceilMode?: boolean;
}

export interface MaxPool1dOptions extends Pool1dOptions {
  /** Distance between the taps of a window; default 1. */
  readonly dilation?: number;
  /** As that of `maxPool2d`. */
  readonly activation?: 'relu' | undefined;
}

export interface AveragePool1dOptions extends Pool1dOptions {
  /** Whether a window divides by its padding too; default true, as PyTorch's. */
  readonly countIncludePad?: boolean;
}

function asImage(operation: string, x: Tensor): Tensor {
  if (x.rank !== 3) throw new ShapeError(`${operation}: expected sequences [n, channels, length], got ${formatShape(x.shape)}`);
  return insertAxis(x, 2);
}

/**
 * Largest value of each window: `[n, c, l]` to `[n, c, (l + 2 padding - dilation (window - 1) - 1) / stride + 1]`. As `maxPool2d`.
 * PyTorch: `torch.nn.functional.max_pool1d`.
 * @throws ShapeError, DTypeError unless float32 or float16
 */
export function maxPool1d(x: Tensor, window: number, { stride = window, padding = 0, dilation = 1, ...rest }: MaxPool1dOptions = {}): Tensor {
  const options = { ...rest, stride: [1, stride], padding: [0, padding], dilation: [1, dilation] } as const;
  return removeAxis(maxPool({ operation: 'maxPool1d', axes: 1 }, asImage('maxPool1d', x), [1, window], options), 2);
}

/**
 * Mean of each window: `[n, c, l]` to `[n, c, (l + 2 padding - window) / stride + 1]`. PyTorch: `torch.nn.functional.avg_pool1d`.
 * @throws ShapeError, DTypeError unless float32 or float16
 */
export function avgPool1d(x: Tensor, window: number, { stride = window, padding = 0, ...rest }: AveragePool1dOptions = {}): Tensor {
  const options = { ...rest, stride: [1, stride], padding: [0, padding] } as const;
  return removeAxis(averagePool({ operation: 'avgPool1d', axes: 1 }, asImage('avgPool1d', x), [1, window], options), 2);
}
