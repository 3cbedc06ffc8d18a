/** Windows of an image and the weights that go with them, as the two matrices of a contraction. */
import { empty, zeros } from '../../tensor.ts';
import type { Tensor } from '../../tensor.ts';
import type { Extents, Strides } from '../contract.ts';
import { move } from '../strided.ts';
import type { Geometry } from './geometry.ts';

/**
 * Windows as the rows or columns of a matrix, without storing it: strides by pixel (image, y, x) and by tap (channel, ky, kx in some
 * order), which overlap.
 */
export interface Windows {
  readonly tensor: Tensor;
  readonly pixel: Strides;
  readonly tap: Strides;
  readonly taps: Extents;
  /** From one group of channels to the next. */
  readonly group: number;
  /** Where a channel of a group, a row and a column of the window lie among the taps: strides of the index that counts all of them. */
  readonly place: Strides;
}

type Sliding = Pick<Geometry, 'groups' | 'kernel' | 'out' | 'stride' | 'dilation'>;

/** Windows of a contiguous `[n, height, width, c]`. Backwards, the first tap is the window's last pixel. */
export function windows(image: Tensor, g: Sliding, backwards = false): Windows {
  const [, height = 0, width = 0, c = 0] = image.shape;
  const [kh, kw] = g.kernel;
  const each = c / g.groups;
  const step = backwards ? -1 : 1;
  const strides = [1, step * g.dilation[0] * width * c, step * g.dilation[1] * c] as const;
  const offset = image.offset + (backwards ? (kh - 1) * g.dilation[0] * width * c + (kw - 1) * g.dilation[1] * c : 0);
  const tensor = image.view({ shape: image.shape, strides: image.strides, offset });
  const pixel = [height * width * c, g.stride[0] * width * c, g.stride[1] * c] as const;
  const whole: Windows = { tensor, pixel, group: each, tap: [strides[1], strides[2], strides[0]], taps: [kh, kw, each], place: [1, kw * each, each] };
  if (each % 4 === 0) return whole;
  return g.groups === 1 ? unfolded(image, g, backwards) : longestInside(whole, [each, kh, kw], strides);
}

/**
 * Channels that do not load as vec4: a copy of every row of a window, whose taps and channels are one index of a multiple of 4. Windows above one another
 * share their rows, so the copy is as large as one of the windows would be for each row of them.
 */
function unfolded(image: Tensor, { kernel, out, stride, dilation }: Sliding, backwards: boolean): Windows {
  const [n = 0, height = 0, width = 0, c = 0] = image.shape;
  const length = Math.ceil((kernel[1] * c) / 4) * 4;
  const copies = zeros(image.device, [n, height, out[1], length], { dtype: image.dtype });
  const shape = [n, height, out[1], kernel[1], c];
  const tap = dilation[1] * c;
  move(
    image.view({ shape, strides: [height * width * c, width * c, stride[1] * c, backwards ? -tap : tap, 1], offset: image.offset + (backwards ? (kernel[1] - 1) * tap : 0) }),
    copies.view({ shape, strides: [...copies.strides.slice(0, 3), c, 1], offset: 0 }),
  );
  const columns = windows(copies, { groups: 1, kernel: [kernel[0], 1], out, stride: [stride[0], 1], dilation: [dilation[0], 1] }, backwards);
  return { ...columns, place: [columns.place[0], columns.place[1], c] };
}

/**
 * Few channels in a group: each window meets few columns and is read about once, so a copy would not pay. Four taps of the innermost index
 * are read at a time; the longest goes there.
 */
function longestInside(whole: Windows, sizes: Extents, strides: Strides): Windows {
  const [channels, height, width] = sizes;
  const order = channels >= Math.max(height, width) ? [1, 2, 0] as const : height > width ? [0, 2, 1] as const : [0, 1, 2] as const;
  const [a, b, c] = order;
  const place: [number, number, number] = [1, 1, 1];
  place[b] = sizes[c];
  place[a] = sizes[b] * sizes[c];
  return { ...whole, tap: [strides[a], strides[b], strides[c]], taps: [sizes[a], sizes[b], sizes[c]], place };
}

/** Weights `[out, in / groups, kh, kw]` as a contiguous `[group][tap][column]`; the columns are the outputs, or the inputs, of a group. */
export function weightMatrix(weight: Tensor, g: Geometry, { taps, place }: Windows, columns: 'outputs' | 'inputs'): Tensor {
  const [so = 0, si = 0, sy = 0, sx = 0] = weight.strides;
  const outputs = { size: g.outputs / g.groups, stride: so };
  const inputs = { size: g.inputs / g.groups, stride: si };
  const [channel, column] = columns === 'outputs' ? [inputs, outputs] : [outputs, inputs];
  const total = taps[0] * taps[1] * taps[2];
  const shape = [g.groups, channel.size, ...g.kernel, column.size];
  const strides = [total * column.size, place[0] * column.size, place[1] * column.size, place[2] * column.size, 1];
  const source = weight.view({ shape, strides: [outputs.size * so, channel.stride, sy, sx, column.stride], offset: weight.offset });
  const filled = source.size === g.groups * total * column.size;
  const inPlace = filled && shape.every((size, i) => size === 1 || source.strides[i] === strides[i]);
  if (inPlace) return source;
  const extents = [g.groups, total, column.size];
  const matrix = filled ? empty(weight.device, extents, weight.dtype) : zeros(weight.device, extents, { dtype: weight.dtype });
  move(source, matrix.view({ shape, strides, offset: 0 }));
  return matrix;
}
