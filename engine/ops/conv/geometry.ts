/** What a convolution is told, and what follows from it: the sizes that all its operations share. */
import { ConfigError, ShapeError } from '../../errors.ts';
import type { ActivationOptions } from '../fused.ts';
import { pair, shown } from '../images.ts';
import type { Call, Pair } from '../images.ts';

export interface ConvOptions extends ActivationOptions {
  /** Steps between windows; default 1. */
  readonly stride?: number | Pair;
  /**
   * Zeros on every side; default 0. `valid`: none. `same`: as many as give the result the image's size, the odd one behind it; only with
   * stride 1.
   */
  readonly padding?: number | Pair | 'same' | 'valid';
  /** Distance between the taps of a window; default 1. */
  readonly dilation?: number | Pair;
  /** Parts into which input and output channels fall, each part seeing its own; default 1. As many as there are channels: depthwise. */
  readonly groups?: number;
}

export interface ConvTransposeOptions extends ActivationOptions {
  /** Steps between the places where windows are put down; default 1. */
  readonly stride?: number | Pair;
  /** What is cut off on every side; default 0. */
  readonly padding?: number | Pair;
  /** What is added behind each axis; default 0; below the stride or the dilation. */
  readonly outputPadding?: number | Pair;
  /** Distance between the taps of a window; default 1. */
  readonly dilation?: number | Pair;
  /** Parts into which input and output channels fall; default 1. */
  readonly groups?: number;
}

/** A convolution takes `image` to `out`; a transposed one the other way. */
export interface Geometry {
  readonly n: number;
  /** Channels of the image, and of what the convolution gives. */
  readonly inputs: number;
  readonly outputs: number;
  readonly groups: number;
  readonly image: Pair;
  readonly kernel: Pair;
  readonly out: Pair;
  readonly stride: Pair;
  readonly dilation: Pair;
  /** Zeros before the image and behind it. */
  readonly before: Pair;
  readonly after: Pair;
}

function checkNumbers(call: Call, numbers: readonly (readonly [name: string, values: Pair, least: number])[]): void {
  for (const [name, values, least] of numbers) {
    if (values.some((value) => !Number.isInteger(value) || value < least)) throw new ShapeError(`${call.operation}: ${name} must be whole numbers from ${least}, got ${shown(call, values)}`);
  }
}

function checkRanks({ operation, axes }: Call, x: readonly number[], weight: readonly number[], transposed: boolean): void {
  const [images, weights] = transposed ? ['[n, in', '[in, out / groups'] : ['[n, c', '[out, in / groups'];
  const [size, window] = axes === 1 ? ['l]', 'k]'] : ['h, w]', 'kh, kw]'];
  const call = { operation, axes };
  if (x.length !== 4 || weight.length !== 4) throw new ShapeError(`${operation}: expected images ${images}, ${size} and weights ${weights}, ${window}, got ${shown(call, x)} and ${shown(call, weight)}`);
  if (weight.slice(2).some((size) => size < 1)) throw new ShapeError(`${operation}: the window of the weights ${shown(call, weight)} is empty`);
}

function checkGroups(call: Call, groups: number, channels: number, weight: readonly number[]): void {
  if (!Number.isInteger(groups) || groups < 1) throw new ShapeError(`${call.operation}: groups must be a whole number from 1, got ${groups}`);
  if (channels % groups !== 0 || (weight[0] ?? 0) % groups !== 0) throw new ShapeError(`${call.operation}: ${channels} channels and weights ${shown(call, weight)} do not fall into ${groups} groups`);
}

/** Zeros before and behind. */
function paddingOf(call: Call, padding: ConvOptions['padding'], kernel: Pair, stride: Pair, dilation: Pair): readonly [Pair, Pair] {
  if (typeof padding !== 'string') {
    const sides = pair(padding ?? 0);
    checkNumbers(call, [['padding', sides, 0]]);
    return [sides, sides];
  }
  const choice: string = padding;
  if (choice === 'valid') return [[0, 0], [0, 0]];
  if (choice !== 'same') throw new ConfigError(`${call.operation}: padding is a number, 'same' or 'valid', got '${choice}'`);
  if (stride.some((step) => step !== 1)) throw new ShapeError(`${call.operation}: padding 'same' needs stride 1, got ${shown(call, stride)}`);
  const [y, x] = [dilation[0] * (kernel[0] - 1), dilation[1] * (kernel[1] - 1)];
  return [[Math.floor(y / 2), Math.floor(x / 2)], [Math.ceil(y / 2), Math.ceil(x / 2)]];
}

/** @throws ShapeError, ConfigError */
export function convGeometry(call: Call, x: readonly number[], weight: readonly number[], options: ConvOptions): Geometry {
  checkRanks(call, x, weight, false);
  const [n = 0, inputs = 0, h = 0, w = 0] = x;
  const [outputs = 0, each = 0, kh = 0, kw = 0] = weight;
  const { groups = 1 } = options;
  checkGroups(call, groups, inputs, weight);
  if (inputs !== each * groups) throw new ShapeError(`${call.operation}: the images have ${inputs} channels, the weights ${shown(call, weight)} expect ${each}${groups === 1 ? '' : ` in each of ${groups} groups`}`);
  const kernel: Pair = [kh, kw];
  const [stride, dilation] = [pair(options.stride ?? 1), pair(options.dilation ?? 1)];
  checkNumbers(call, [['stride', stride, 1], ['dilation', dilation, 1]]);
  const [before, after] = paddingOf(call, options.padding, kernel, stride, dilation);
  const extent = (size: number, i: 0 | 1): number => Math.floor((size + before[i] + after[i] - dilation[i] * (kernel[i] - 1) - 1) / stride[i]) + 1;
  const out: Pair = [extent(h, 0), extent(w, 1)];
  if (out[0] < 1 || out[1] < 1) throw new ShapeError(`${call.operation}: the window ${shown(call, kernel)} with dilation ${shown(call, dilation)} does not fit images ${shown(call, x)} with padding ${shown(call, before)}`);
  return { n, inputs, outputs, groups, image: [h, w], kernel, out, stride, dilation, before, after };
}

/** The convolution whose gradient by its images the transposed one is. @throws ShapeError */
export function convTransposeGeometry(call: Call, x: readonly number[], weight: readonly number[], options: ConvTransposeOptions): Geometry {
  checkRanks(call, x, weight, true);
  const [n = 0, outputs = 0, h = 0, w = 0] = x;
  const [weightInputs = 0, each = 0, kh = 0, kw = 0] = weight;
  const { groups = 1 } = options;
  checkGroups(call, groups, outputs, weight);
  if (outputs !== weightInputs) throw new ShapeError(`${call.operation}: the images have ${outputs} channels, the weights ${shown(call, weight)} expect ${weightInputs}`);
  const [stride, padding, extra, dilation] = [pair(options.stride ?? 1), pair(options.padding ?? 0), pair(options.outputPadding ?? 0), pair(options.dilation ?? 1)];
  checkNumbers(call, [['stride', stride, 1], ['padding', padding, 0], ['outputPadding', extra, 0], ['dilation', dilation, 1]]);
  if (extra.some((value, i) => value >= Math.max(stride[i] ?? 1, dilation[i] ?? 1))) throw new ShapeError(`${call.operation}: outputPadding must be below the stride or the dilation, got ${shown(call, extra)} with stride ${shown(call, stride)} and dilation ${shown(call, dilation)}`);
  const extent = (size: number, k: number, i: 0 | 1): number => (size - 1) * stride[i] - 2 * padding[i] + dilation[i] * (k - 1) + extra[i] + 1;
  const image: Pair = [extent(h, kh, 0), extent(w, kw, 1)];
  if (h < 1 || w < 1 || image[0] < 1 || image[1] < 1) throw new ShapeError(`${call.operation}: images ${shown(call, x)} with padding ${shown(call, padding)} give a result of size ${shown(call, image)}; every size must be at least 1`);
  return { n, inputs: each * groups, outputs, groups, image, kernel: [kh, kw], out: [h, w], stride, dilation, before: padding, after: padding };
}
