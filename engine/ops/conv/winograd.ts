/**
 * 3x3 convolutions with stride 1 by Winograd's F(2x2, 3x3), where the adapter's table says that it pays: tiles of the image and the weights are
 * transformed, multiplied as 16 matrices, and transformed back. See `kernels/winograd_tiles.wgsl`.
 *
 * No value reaches a pixel that it does not reach by the definition. But all of a window's values are added up before they are multiplied: rounding
 * errors are relative to the largest of them times the largest weight, and an infinity may end as NaN.
 */
import tilesKernel from '../../../kernels/winograd_tiles.wgsl';
import weightsKernel from '../../../kernels/winograd_weights.wgsl';
import type { Device } from '../../device/device.ts';
import type { Binding } from '../../device/stream.ts';
import type { WinogradRule } from '../../device/variants.ts';
import { empty } from '../../tensor.ts';
import type { Tensor } from '../../tensor.ts';
import { contract } from '../contract.ts';
import { activationNumber } from '../fused.ts';
import type { Activation } from '../fused.ts';
import { linearGroups } from '../grid.ts';
import type { Pair } from '../images.ts';
import { reach } from '../reach.ts';
import { move } from '../strided.ts';
import type { Geometry } from './geometry.ts';

const VALUES = 16;

const tileCounts = ([height, width]: Pair): Pair => [Math.ceil(height / 2), Math.ceil(width / 2)];

/** Bytes of the tiles of one image. */
function bytesOfTiles({ inputs, outputs }: Geometry, size: Pair): number {
  const [rows, columns] = tileCounts(size);
  return 4 * VALUES * rows * columns * Math.max(inputs, outputs);
}

/** Whether the sum over windows that give `size` pixels goes this way, or for `weights` that of the gradient by the weights. */
export function suitsWinograd({ device, dtype }: Tensor, g: Geometry, size: Pair, what: keyof WinogradRule['sums']): boolean {
  const { winograd } = device.variants;
  if (!winograd || dtype !== 'float32' || g.groups !== 1 || g.inputs % 4 !== 0 || g.outputs % 4 !== 0) return false;
  if (g.kernel.some((taps) => taps !== 3) || [...g.stride, ...g.dilation].some((step) => step !== 1)) return false;
  const [rows, columns] = tileCounts(size);
  const sums = (g.inputs * g.outputs) / (g.inputs + g.outputs);
  return sums >= winograd.sums[what] && g.n * rows * columns >= winograd.tiles && bytesOfTiles(g, size) <= Math.min(winograd.workspace, device.bindingLimit);
}

/** What the padded image must measure at least: whole tiles. */
export function tiledSize(size: Pair): Pair {
  const [rows, columns] = tileCounts(size);
  return [2 * rows + 2, 2 * columns + 2];
}

/** The tiles of some images, as the kernels take them. */
interface Tiles {
  readonly counts: Pair;
  /** The first image and how many. */
  readonly first: number;
  readonly images: number;
  /** Tiles of these. */
  readonly total: number;
}

/** All images, as many at a time as the workspace has room for. */
function portions({ variants: { winograd }, bindingLimit }: Device, g: Geometry, size: Pair): readonly [Tiles, ...Tiles[]] {
  const counts = tileCounts(size);
  const most = Math.floor(Math.min(winograd?.workspace ?? 0, bindingLimit) / bytesOfTiles(g, size));
  const portion = (i: number): Tiles => {
    const images = Math.min(most, g.n - i * most);
    return { counts, first: i * most, images, total: images * counts[0] * counts[1] };
  };
  return [portion(0), ...Array.from({ length: Math.ceil(g.n / most) - 1 }, (_, i) => portion(i + 1))];
}

/** What all kernels over tiles are told; `image` is the `[n, height, width, c]` that is read or written. */
function tileCall({ shape: [, height = 0, width = 0, c = 0] }: Tensor, { counts: [rows, columns], first, images, total }: Tiles, finish: { bias?: Tensor | null; activation?: Activation | undefined } = {}) {
  const channels = c / 4;
  return {
    params: { channels, height, width, rows, columns, first, plane: total * channels, has_bias: finish.bias ? 1 : 0, activation: activationNumber(finish.activation) },
    groups: [Math.ceil((columns * channels) / 64), rows, images] as const,
  };
}

/** `[16, tiles, c]` of a contiguous `[n, height, width, c]`. */
function transformed(entry: 'main' | 'gradients', image: Tensor, tiles: Tiles): Tensor {
  const values = empty(image.device, [VALUES, tiles.total, image.shape[3] ?? 0]);
  image.device.dispatch(tilesKernel, { entry, ...tileCall(image, tiles), buffers: { image: image.binding, values: values.binding } });
  return values;
}

/** `[16, inner, columns]` of weights `[out, in, 3, 3]`; for inputs as columns they are turned, as the gradient by the images wants them. */
function transformedWeights(weight: Tensor, columns: 'outputs' | 'inputs'): Tensor {
  const [outputs = 0, inputs = 0] = weight.shape;
  const [so = 0, si = 0, sy = 0, sx = 0] = weight.strides;
  const source = reach(weight);
  const turned = columns === 'inputs';
  const [inner, outer] = turned ? [outputs, inputs] : [inputs, outputs];
  const planes = empty(weight.device, [VALUES, inner, outer]);
  const quads = (inner * outer) / 4;
  weight.device.dispatch(weightsKernel, {
    params: {
      quads, columns: outer / 4,
      row: turned ? so : si, column: turned ? si : so,
      down: turned ? -sy : sy, right: turned ? -sx : sx,
      offset: source.offset + (turned ? 2 * (sy + sx) : 0),
    },
    buffers: { weights: source.binding, planes: planes.binding }, groups: linearGroups(quads, 64),
  });
  return planes;
}

/**
 * Sum over the taps of every pixel's window: a contiguous `[n, ...size, channels]`, the channels being the outputs or the inputs.
 * @param image contiguous and padded, `[n, ..., c]`, at least of `tiledSize`
 * @param bias contiguous, float32
 */
export function slideTiles(image: Tensor, size: Pair, g: Geometry, weight: Tensor, columns: 'outputs' | 'inputs', finish: { bias: Tensor | null; activation: Activation | undefined }): Tensor {
  const { device } = image;
  const weights = transformedWeights(weight, columns);
  const [, inner = 0, channels = 0] = weights.shape;
  const result = empty(device, [g.n, ...size, channels]);
  const bias: Binding = finish.bias ? finish.bias.binding : weights.binding;
  for (const tiles of portions(device, g, size)) {
    const values = transformed('main', image, tiles);
    const products = contract({
      rows: [1, 1, tiles.total], columns: [1, 1, channels], k: [1, 1, inner], batches: VALUES,
      a: { tensor: values, outer: [0, 0, inner], k: [0, 0, 1], batch: tiles.total * inner },
      b: { tensor: weights, outer: [0, 0, 1], k: [0, 0, channels], batch: inner * channels },
    });
    device.dispatch(tilesKernel, { entry: 'results', ...tileCall(result, tiles, finish), buffers: { products: products.binding, result: result.binding, bias } });
    values.dispose();
    products.dispose();
  }
  weights.dispose();
  return result;
}

/**
 * Gradient of the weights, as a contiguous `[outputs, 3, 3, inputs]`.
 * @param image as of `slideTiles`
 * @param gradient contiguous `[n, ...out, outputs]`
 */
export function weightGradientOfTiles(image: Tensor, gradient: Tensor, g: Geometry): Tensor {
  const { device } = image;
  const { inputs, outputs } = g;
  const [first, ...rest] = portions(device, g, g.out);
  const products = gradientProducts(image, gradient, first);
  for (const tiles of rest) {
    const more = gradientProducts(image, gradient, tiles);
    move(more, products, true);
    more.dispose();
  }
  const result = empty(device, [outputs, 3, 3, inputs]);
  const quads = (outputs * inputs) / 4;
  device.dispatch(weightsKernel, {
    entry: 'gradient', params: { quads, columns: inputs / 4, row: 0, column: 0, down: 0, right: 0, offset: 0 },
    buffers: { products: products.binding, result: result.binding }, groups: linearGroups(quads, 64),
  });
  products.dispose();
  return result;
}

/** `[16, outputs, inputs]`: the sum over some tiles. */
function gradientProducts(image: Tensor, gradient: Tensor, tiles: Tiles): Tensor {
  const values = transformed('main', image, tiles);
  const gradients = transformed('gradients', gradient, tiles);
  const [, total = 0, inputs = 0] = values.shape;
  const [, , outputs = 0] = gradients.shape;
  const products = contract({
    rows: [1, 1, outputs], columns: [1, 1, inputs], k: [1, 1, total], batches: VALUES,
    a: { tensor: gradients, outer: [0, 0, 1], k: [0, 0, outputs], batch: total * outputs },
    b: { tensor: values, outer: [0, 0, 1], k: [0, 0, inputs], batch: total * inputs },
  });
  values.dispose();
  gradients.dispose();
  return products;
}
