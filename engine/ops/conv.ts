/**
 * Two-dimensional convolution and its two gradients, each a contraction over the zero-padded image (nothing is unfolded, unless the
 * channels are no multiple of 4). The three are each other's derivatives, so all orders of differentiation are exact.
 *
 * Shapes are PyTorch's: images `[n, c, h, w]`, weights `[out, in, kh, kw]`. Results are stored channels last.
 */
import { ShapeError } from '../errors.ts';
import { formatShape } from '../layout.ts';
import { record } from '../recording.ts';
import { checkDevices, checkFloating, zeros } from '../tensor.ts';
import type { Tensor } from '../tensor.ts';
import { cast } from './cast.ts';
import { contract } from './contract.ts';
import { channelsFirst, pair, placeImage } from './images.ts';
import type { Pair } from './images.ts';
import { sum } from './reduce.ts';
import { contiguous, move } from './strided.ts';

export interface ConvOptions {
  /** Steps between windows; default 1. */
  readonly stride?: number | Pair;
  /** Zeros on every side; default 0. */
  readonly padding?: number | Pair;
  /** Distance between the taps of a window; default 1. */
  readonly dilation?: number | Pair;
}

/** Everything that the three contractions need to know. */
interface Geometry {
  readonly n: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly image: Pair;
  readonly kernel: Pair;
  readonly out: Pair;
  readonly stride: Pair;
  readonly pad: Pair;
  readonly dilation: Pair;
}

function geometry(x: readonly number[], weight: readonly number[], options: ConvOptions): Geometry {
  const [n = 0, inputs = 0, h = 0, w = 0] = x;
  const [outputs = 0, weightInputs = 0, kh = 0, kw = 0] = weight;
  if (x.length !== 4 || weight.length !== 4) throw new ShapeError(`conv2d: expected images [n, c, h, w] and weights [out, in, kh, kw], got ${formatShape(x)} and ${formatShape(weight)}`);
  if (inputs !== weightInputs) throw new ShapeError(`conv2d: the images have ${inputs} channels, the weights ${formatShape(weight)} expect ${weightInputs}`);
  const [stride, pad, dilation] = [pair(options.stride ?? 1), pair(options.padding ?? 0), pair(options.dilation ?? 1)];
  for (const [name, values, least] of [['stride', stride, 1], ['padding', pad, 0], ['dilation', dilation, 1]] as const) {
    if (values.some((value) => !Number.isInteger(value) || value < least)) throw new ShapeError(`conv2d: ${name} must be whole numbers from ${least}, got ${formatShape(values)}`);
  }
  const extent = (size: number, k: number, i: 0 | 1): number => Math.floor((size + 2 * pad[i] - dilation[i] * (k - 1) - 1) / stride[i]) + 1;
  const out: Pair = [extent(h, kh, 0), extent(w, kw, 1)];
  if (out[0] < 1 || out[1] < 1 || kh < 1 || kw < 1) throw new ShapeError(`conv2d: the window ${formatShape([kh, kw])} with dilation ${formatShape(dilation)} does not fit images ${formatShape(x)} with padding ${formatShape(pad)}`);
  return { n, inputs, outputs, image: [h, w], kernel: [kh, kw], out, stride, pad, dilation };
}

/**
 * Windows of a padded image as the rows or columns of a matrix, without storing it: strides by pixel (n, y, x) and by tap (ky, kx, channel).
 * Images whose channels do not load as vec4 are unfolded: then a tap is one index.
 */
interface Windows {
  readonly tensor: Tensor;
  readonly pixel: readonly [number, number, number];
  readonly tap: readonly [number, number, number];
  readonly taps: readonly [number, number, number];
}

function windows(image: Tensor, g: { readonly kernel: Pair; readonly out: Pair; readonly stride: Pair; readonly dilation: Pair }, backwards = false): Windows {
  const [n = 0, height = 0, width = 0, c = 0] = image.shape;
  const [kh, kw] = g.kernel;
  const pixel = [height * width * c, g.stride[0] * width * c, g.stride[1] * c] as const;
  const step = backwards ? -1 : 1;
  const tap = [step * g.dilation[0] * width * c, step * g.dilation[1] * c, 1] as const;
  // Backwards, the first tap is the window's last pixel.
  const offset = image.offset + (backwards ? (kh - 1) * g.dilation[0] * width * c + (kw - 1) * g.dilation[1] * c : 0);
  if (c % 4 === 0) return { tensor: image.view({ shape: image.shape, strides: image.strides, offset }), pixel, tap, taps: [kh, kw, c] };
  const length = Math.ceil((kh * kw * c) / 4) * 4;
  const unfolded = zeros(image.device, [n, g.out[0], g.out[1], length], { dtype: image.dtype });
  const shape = [n, g.out[0], g.out[1], kh, kw, c];
  move(
    image.view({ shape, strides: [...pixel, ...tap], offset }),
    unfolded.view({ shape, strides: [...unfolded.strides.slice(0, 3), kw * c, c, 1], offset: 0 }),
  );
  return { tensor: unfolded, pixel: [g.out[0] * g.out[1] * length, g.out[1] * length, length], tap: [0, 0, 1], taps: [1, 1, length] };
}

function inputWindows(x: Tensor, g: Geometry): Windows {
  return windows(placeImage(x, [g.image[0] + 2 * g.pad[0], g.image[1] + 2 * g.pad[1]], g.pad), g);
}

/** Weights as B[tap][column]: `order` puts (ky, kx, tap channel, column) from `[out, in, kh, kw]`. */
function weightMatrix(weight: Tensor, order: readonly number[], taps: number): Tensor {
  const view = weight.view({ shape: order.map((i) => weight.shape[i] ?? 1), strides: order.map((i) => weight.strides[i] ?? 0), offset: weight.offset });
  const columns = view.shape[3] ?? 1;
  if (view.size === taps * columns) return contiguous(view);
  const filled = zeros(weight.device, [taps, columns], { dtype: weight.dtype });
  move(view, filled.view({ shape: view.shape, strides: [(view.shape[1] ?? 1) * (view.shape[2] ?? 1) * columns, (view.shape[2] ?? 1) * columns, columns, 1], offset: 0 }));
  return filled;
}

/** Sum over the taps of every pixel's window: [n, out height, out width, columns]. */
function slide(a: Windows, n: number, out: Pair, matrix: Tensor, columns: number, bias: Tensor | null): Tensor {
  const [k0, k1, k2] = a.taps;
  const pixels = contract({
    rows: [n, out[0], out[1]], columns: [1, 1, columns], k: [k0, k1, k2],
    a: { tensor: a.tensor, outer: a.pixel, k: a.tap },
    b: { tensor: matrix, outer: [0, 0, 1], k: [k1 * k2 * columns, k2 * columns, columns] },
    bias,
  });
  return pixels.view({ shape: [n, out[0], out[1], columns], strides: [out[0] * out[1] * columns, out[1] * columns, columns, 1], offset: 0 });
}

/**
 * Cross-correlation of images with windows. x `[n, in, h, w]`, weight `[out, in, kh, kw]`, bias `[out]` or null; gives
 * `[n, out, (h + 2 padding - dilation (kh - 1) - 1) / stride + 1, ...]`. PyTorch: `torch.nn.functional.conv2d`. Of float16 as in `matmul`; the bias is
 * added in float32, whatever its type.
 * @throws ShapeError, DTypeError
 */
export function conv2d(x: Tensor, weight: Tensor, bias: Tensor | null = null, options: ConvOptions = {}): Tensor {
  const operands = bias ? [x, weight, bias] : [x, weight];
  checkDevices('conv2d', ...operands);
  for (const operand of operands) checkFloating('conv2d', operand);
  if (x.dtype !== weight.dtype) return conv2d(cast(x, 'float32'), cast(weight, 'float32'), bias, options);
  const g = geometry(x.shape, weight.shape, options);
  if (bias && (bias.rank !== 1 || bias.shape[0] !== g.outputs)) throw new ShapeError(`conv2d: expected a bias [${g.outputs}], got ${formatShape(bias.shape)}`);
  const a = inputWindows(x, g);
  const matrix = weightMatrix(weight, [2, 3, 1, 0], a.taps[0] * a.taps[1] * a.taps[2]);
  const out = channelsFirst(slide(a, g.n, g.out, matrix, g.outputs, bias ? contiguous(cast(bias.detach(), 'float32')) : null));
  return record(out, 'conv2d', operands, (gradient) => [
    x.requiresGrad ? convInputGradient(gradient, weight, g) : null,
    weight.requiresGrad ? convWeightGradient(x, gradient, g, a) : null,
    bias?.requiresGrad ? sum(cast(gradient, bias.dtype), { axes: [0, 2, 3] }) : null,
  ]);
}

/** Gradient of `conv2d` by its images (a transposed convolution). */
function convInputGradient(gradient: Tensor, weight: Tensor, g: Geometry): Tensor {
  const reach: Pair = [g.dilation[0] * (g.kernel[0] - 1), g.dilation[1] * (g.kernel[1] - 1)];
  const image = placeImage(gradient, [g.image[0] + reach[0], g.image[1] + reach[1]], [reach[0] - g.pad[0], reach[1] - g.pad[1]], g.stride);
  // Seen from an input pixel, the taps that read it lie the other way round.
  const a = windows(image, { kernel: g.kernel, out: g.image, stride: [1, 1], dilation: g.dilation }, true);
  const matrix = weightMatrix(weight, [2, 3, 0, 1], a.taps[0] * a.taps[1] * a.taps[2]);
  const out = channelsFirst(slide(a, g.n, g.image, matrix, g.inputs, null));
  return record(out, 'conv2dInputGradient', [gradient, weight], (gg) => [
    gradient.requiresGrad ? conv2d(gg, weight, null, optionsOf(g)) : null,
    weight.requiresGrad ? convWeightGradient(gg, gradient, g) : null,
  ]);
}

/** Gradient of `conv2d` by its weights: every tap's product with the gradient, summed over all pixels. */
function convWeightGradient(x: Tensor, gradient: Tensor, g: Geometry, read: Windows = inputWindows(x, g)): Tensor {
  const [kh, kw] = g.kernel;
  const [sn = 0, sc = 0, sh = 0, sw = 0] = gradient.strides;
  const columns = read.taps[0] * read.taps[1] * read.taps[2];
  const product = contract({
    rows: [1, 1, g.outputs], columns: read.taps, k: [g.n, g.out[0], g.out[1]],
    a: { tensor: gradient, outer: [0, 0, sc], k: [sn, sh, sw] },
    b: { tensor: read.tensor, outer: read.tap, k: read.pixel },
  });
  const shape = [g.outputs, g.inputs, kh, kw];
  const out = product.view({ shape, strides: [columns, 1, kw * g.inputs, g.inputs], offset: 0 });
  return record(out, 'conv2dWeightGradient', [x, gradient], (gw) => [
    x.requiresGrad ? convInputGradient(gradient, gw, g) : null,
    gradient.requiresGrad ? conv2d(x, gw, null, optionsOf(g)) : null,
  ]);
}

function optionsOf(g: Geometry): ConvOptions {
  return { stride: g.stride, padding: g.pad, dilation: g.dilation };
}
