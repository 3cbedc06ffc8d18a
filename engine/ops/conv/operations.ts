/**
 * Convolution and its two gradients, each a contraction over the zero-padded image, with groups of channels as its batches. The three are
 * each other's derivatives, so all orders of differentiation are exact.
 *
 * Images are `[n, c, h, w]`, weights `[out, in / groups, kh, kw]`. Results are stored channels last.
 */
import type { Device } from '../../device/device.ts';
import { tileOf } from '../../device/variants.ts';
import { ShapeError } from '../../errors.ts';
import { formatShape } from '../../layout.ts';
import { record } from '../../recording.ts';
import { checkDevices, checkFloating, empty, zeros } from '../../tensor.ts';
import type { Tensor } from '../../tensor.ts';
import { cast } from '../cast.ts';
import { contract } from '../contract.ts';
import { activate, activationGradient, checkActivation } from '../fused.ts';
import type { Activation } from '../fused.ts';
import { channelsFirst, channelsLast, placeImage } from '../images.ts';
import type { Pair } from '../images.ts';
import { sum } from '../reduce.ts';
import { permute } from '../shape.ts';
import { contiguous, move } from '../strided.ts';
import type { Geometry } from './geometry.ts';
import { phasesOf } from './phases.ts';
import { weightMatrix, windows } from './windows.ts';
import type { Windows } from './windows.ts';
import { slideTiles, suitsWinograd, tiledSize, weightGradientOfTiles } from './winograd.ts';

/** What happens to a value before it is stored. */
export interface Finish {
  readonly bias?: Tensor | null;
  readonly activation?: Activation | undefined;
}

/** @throws ShapeError, DTypeError, TensorError, ConfigError */
export function checkOperands(operation: string, x: Tensor, weight: Tensor, { bias, activation }: Finish, channels: number): void {
  const operands = bias ? [x, weight, bias] : [x, weight];
  checkDevices(operation, ...operands);
  for (const operand of operands) checkFloating(operation, operand);
  if (bias && (bias.rank !== 1 || bias.shape[0] !== channels)) throw new ShapeError(`${operation}: expected a bias [${channels}], got ${formatShape(bias.shape)}`);
  checkActivation(operation, activation);
}

/** How a padded image is read; `image` is the image itself, of whole tiles: the gradient by the weights may want those where the result does not. */
type Read =
  | { readonly by: 'tiles'; readonly image: Tensor }
  | { readonly by: 'windows'; readonly windows: Windows; readonly image: Tensor | null };

function readInput(x: Tensor, g: Geometry): Read {
  const inTiles = suitsWinograd(x, g, g.out, 'images');
  const whole = inTiles || suitsWinograd(x, g, g.out, 'weights');
  const size: Pair = whole ? tiledSize(g.out) : [g.image[0] + g.before[0] + g.after[0], g.image[1] + g.before[1] + g.after[1]];
  const padded = placeImage(x, size, g.before);
  return inTiles ? { by: 'tiles', image: padded } : { by: 'windows', windows: windows(padded, g), image: whole ? padded : null };
}

/** A result's gradient on the places where windows were put down, with stride 1. */
function readSpread(y: Tensor, g: Geometry): Read {
  const reach: Pair = [g.dilation[0] * (g.kernel[0] - 1), g.dilation[1] * (g.kernel[1] - 1)];
  const origin: Pair = [reach[0] - g.before[0], reach[1] - g.before[1]];
  if (suitsWinograd(y, g, g.image, 'images')) return { by: 'tiles', image: placeImage(y, tiledSize(g.image), origin) };
  const spread = placeImage(y, [g.image[0] + reach[0], g.image[1] + reach[1]], origin);
  // Seen from a pixel of the image, the taps that read it lie the other way round.
  return { by: 'windows', windows: windows(spread, { ...g, out: g.image }, true), image: null };
}

/** Sum over the taps of every pixel's window: `[n, channels, height, width]`. */
function slide(read: Read, size: Pair, g: Geometry, weight: Tensor, columns: 'outputs' | 'inputs', finish: Finish): Tensor {
  const bias = finish.bias ? contiguous(cast(finish.bias.detach(), 'float32')) : null;
  const { activation } = finish;
  if (read.by === 'tiles') return channelsFirst(slideTiles(read.image, size, g, weight, columns, { bias, activation }));
  const a = read.windows;
  const [height, width] = size;
  const matrix = weightMatrix(weight, g, a, columns);
  const channels = g[columns];
  const each = channels / g.groups;
  const [k0, k1, k2] = a.taps;
  const pixels = contract({
    rows: [g.n, height, width], columns: [1, 1, each], k: [k0, k1, k2], batches: g.groups, interleaved: true,
    a: { tensor: a.tensor, outer: a.pixel, k: a.tap, batch: a.group },
    b: { tensor: matrix, outer: [0, 0, 1], k: [k1 * k2 * each, k2 * each, each], batch: k0 * k1 * k2 * each },
    bias, activation,
  });
  return channelsFirst(pixels.view({ shape: [g.n, height, width, channels], strides: [height * width * channels, width * channels, channels, 1], offset: 0 }));
}

/** What the image's pixels collect through the windows that see them: `[n, inputs, ...image]`. */
function collect(y: Tensor, weight: Tensor, g: Geometry, finish: Finish): Tensor {
  if (g.stride[0] === 1 && g.stride[1] === 1) return slide(readSpread(y, g), g.image, g, weight, 'inputs', finish);
  const image = empty(y.device, [g.n, ...g.image, g.inputs], y.dtype);
  const [sn = 0, sh = 0, sw = 0] = image.strides;
  for (const { first, tap, step, geometry } of phasesOf(g)) {
    const part = geometry.kernel.includes(0) ? unseen(y, geometry, finish) : collect(y, tapsOf(weight, geometry.kernel, tap, step), geometry, finish);
    const places = { shape: [g.n, ...geometry.image, g.inputs], strides: [sn, g.stride[0] * sh, g.stride[1] * sw, 1], offset: first[0] * sh + first[1] * sw };
    move(permute(part, [0, 2, 3, 1]), image.view(places));
  }
  return channelsFirst(image);
}

/** Some taps of the weights. */
function tapsOf(weight: Tensor, [rows, columns]: Pair, tap: Pair, step: Pair): Tensor {
  const [so = 0, si = 0, sy = 0, sx = 0] = weight.strides;
  return weight.view({ shape: [...weight.shape.slice(0, 2), rows, columns], strides: [so, si, step[0] * sy, step[1] * sx], offset: weight.offset + tap[0] * sy + tap[1] * sx });
}

/** Pixels that no window sees. */
function unseen({ device, dtype }: Tensor, { n, inputs, image }: Geometry, { bias, activation }: Finish): Tensor {
  const value = cast(activate(activation, bias ? contiguous(cast(bias.detach(), 'float32')) : zeros(device, [inputs])), dtype);
  return value.view({ shape: [n, inputs, ...image], strides: [0, 1, 0, 0], offset: value.offset });
}

/** Gradient of a bias: every channel's sum. */
function biasGradient(gradient: Tensor, bias: Tensor): Tensor {
  return sum(cast(gradient, bias.dtype), { axes: [0, 2, 3] });
}

/** Cross-correlation of images `[n, inputs, ...image]` with weights: `[n, outputs, ...out]`. */
export function correlate(x: Tensor, weight: Tensor, g: Geometry, finish: Finish = {}): Tensor {
  const { bias, activation } = finish;
  const read = readInput(x, g);
  const out = slide(read, g.out, g, weight, 'outputs', finish);
  return record(out, 'conv2d', bias ? [x, weight, bias] : [x, weight], (gradient) => {
    const inner = activationGradient(activation, gradient, out);
    return [
      x.requiresGrad ? inputGradient(inner, weight, g) : null,
      weight.requiresGrad ? weightGradient(x, inner, g, read) : null,
      bias?.requiresGrad ? biasGradient(inner, bias) : null,
    ];
  }, { attributes: { activation, stride: g.stride, dilation: g.dilation, before: g.before, after: g.after, groups: g.groups } });
}

/** Gradient of `correlate` by its images, from that by its result: `[n, outputs, ...out]` to `[n, inputs, ...image]`. */
export function inputGradient(y: Tensor, weight: Tensor, g: Geometry, finish: Finish = {}): Tensor {
  const { bias, activation } = finish;
  const out = collect(y, weight.detach(), g, finish);
  return record(out, 'conv2dInputGradient', bias ? [y, weight, bias] : [y, weight], (gradient) => {
    const inner = activationGradient(activation, gradient, out);
    return [
      y.requiresGrad ? correlate(inner, weight, g) : null,
      weight.requiresGrad ? weightGradient(inner, y, g) : null,
      bias?.requiresGrad ? biasGradient(inner, bias) : null,
    ];
  });
}

/** `[out, kh, kw, in]` seen as `[out, in, kh, kw]`. */
const weightsFirst = channelsFirst;

/** Tiles that a contraction computes for a result of some rows and columns. */
function tilesFor({ variants }: Device, rows: number, columns: number): number {
  const [tileRows, tileColumns] = tileOf(variants);
  return Math.ceil(rows / tileRows) * Math.ceil(columns / tileColumns);
}

function weightGradientOfWindows(gradient: Tensor, g: Geometry, read: Windows): Tensor {
  const [sn = 0, sc = 0, sh = 0, sw = 0] = gradient.strides;
  const { taps, place } = read;
  const each = g.outputs / g.groups;
  const total = taps[0] * taps[1] * taps[2];
  const outputs = { extents: [1, 1, each] as const, operand: { tensor: gradient, outer: [0, 0, sc], k: [sn, sh, sw], batch: each * sc } as const };
  const inputs = { extents: taps, operand: { tensor: read.tensor, outer: read.tap, k: read.pixel, batch: read.group } };
  // Outputs are the rows unless they fill fewer tiles as columns.
  const turned = g.groups === 1 && tilesFor(gradient.device, total, each) < tilesFor(gradient.device, each, total);
  const [rows, columns] = turned ? [inputs, outputs] : [outputs, inputs];
  const product = contract({ rows: rows.extents, columns: columns.extents, k: [g.n, ...g.out], batches: g.groups, a: rows.operand, b: columns.operand });
  const strides = turned ? [1, ...place.map((stride) => stride * each)] : [total, ...place];
  return product.view({ shape: [g.outputs, g.inputs / g.groups, ...g.kernel], strides, offset: 0 });
}

/** Gradient of `correlate` by its weights: every tap's product with the gradient, summed over all pixels. */
function weightGradient(x: Tensor, gradient: Tensor, g: Geometry, read: Read = readInput(x, g)): Tensor {
  const out = read.image && suitsWinograd(x, g, g.out, 'weights')
    ? weightsFirst(weightGradientOfTiles(read.image, channelsLast('conv2d', gradient), g))
    : weightGradientOfWindows(gradient, g, read.by === 'windows' ? read.windows : windows(read.image, g));
  return record(out, 'conv2dWeightGradient', [x, gradient], (gw) => [
    x.requiresGrad ? inputGradient(gradient, gw, g) : null,
    gradient.requiresGrad ? correlate(x, gw, g) : null,
  ]);
}
