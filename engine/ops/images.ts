/** Images as kernels like them: channels last. A tensor `[n, c, h, w]` may be stored that way; then nothing is copied. */
import { ShapeError } from '../errors.ts';
import { formatShape } from '../layout.ts';
import { zeros } from '../tensor.ts';
import type { Tensor } from '../tensor.ts';
import { contiguous, move } from './strided.ts';

/** `[n, c, h, w]` to a contiguous `[n, h, w, c]`, off the tape. */
export function channelsLast(operation: string, x: Tensor): Tensor {
  if (x.rank !== 4) throw new ShapeError(`${operation}: expected images [n, channels, height, width], got ${formatShape(x.shape)}`);
  return contiguous(axes(x, [0, 2, 3, 1]));
}

/** A contiguous `[n, h, w, c]` seen as `[n, c, h, w]`. */
export function channelsFirst(image: Tensor): Tensor {
  return axes(image, [0, 3, 1, 2]);
}

function axes(x: Tensor, order: readonly number[]): Tensor {
  return x.view({ shape: order.map((i) => x.shape[i] ?? 1), strides: order.map((i) => x.strides[i] ?? 0), offset: x.offset });
}

/** Height and width. */
export type Pair = readonly [number, number];

/** One number for both, or a pair. */
export function pair(value: number | Pair): Pair {
  return typeof value === 'number' ? [value, value] : value;
}

/** Who asks, for messages; with one axis the height is 1 and goes without saying. */
export interface Call {
  readonly operation: string;
  readonly axes: 1 | 2;
}

/** A shape or a pair, without the height that is none. */
export function shown({ axes }: Call, shape: readonly number[]): string {
  return formatShape(axes === 1 ? shape.toSpliced(-2, 1) : shape);
}

/** Places `[n, c, h, w]` on a larger `[n, height, width, c]` of zeros: its pixel (0, 0) at `origin`. Parts that fall outside are cut off. */
export function placeImage(x: Tensor, [height, width]: Pair, origin: Pair): Tensor {
  const [n = 0, c = 0, h = 0, w = 0] = x.shape;
  if (height === h && width === w && origin[0] === 0 && origin[1] === 0) return channelsLast('pad', x);
  const image = zeros(x.device, [n, height, width, c], { dtype: x.dtype });
  const rows = inside(h, height, origin[0]);
  const columns = inside(w, width, origin[1]);
  if (rows.count === 0 || columns.count === 0) return image;
  const [sn = 0, sc = 0, sh = 0, sw = 0] = x.strides;
  const shape = [n, rows.count, columns.count, c];
  move(
    x.view({ shape, strides: [sn, sh, sw, sc], offset: x.offset + rows.first * sh + columns.first * sw }),
    image.view({ shape, strides: image.strides, offset: ((origin[0] + rows.first) * width + origin[1] + columns.first) * c }),
  );
  return image;
}

/** Which of `size` items at origin, origin + 1, ... lie in [0, limit). */
function inside(size: number, limit: number, origin: number): { first: number; count: number } {
  const first = Math.max(0, -origin);
  return { first, count: Math.max(0, Math.min(size, limit - origin) - first) };
}
