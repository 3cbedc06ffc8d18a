/** Random variants of images, for training: made anew from seed, stream and the image's place. */
import kernel from '../../kernels/augment.wgsl';
import { ConfigError, ShapeError } from '../errors.ts';
import { formatShape } from '../layout.ts';
import type { Generator } from '../random.ts';
import { checkDType, empty } from '../tensor.ts';
import type { Tensor } from '../tensor.ts';
import { linearGroups } from './grid.ts';
import { contiguous } from './strided.ts';

export interface RandomCropOptions {
  /** Where each image's variant is drawn from; each call takes a stream, and so does each replay of a captured one. */
  readonly generator: Generator;
  /** Pixels by which an image moves at most, up, down, left or right; from 0 to 2^15. Default 0. */
  readonly padding?: number;
  /** Whether one image in two is mirrored, left to right. Default false. */
  readonly flip?: boolean;
}

/**
 * A random part of each image `[n, channels, height, width]` with `padding` zeros around it, of the image's own size, mirrored or not: each image for
 * itself, all of its channels alike. Off the tape: it has no gradient. torchvision: `RandomCrop(size, padding)`, then `RandomHorizontalFlip`.
 * @throws ShapeError, DTypeError unless float32, ConfigError
 */
export function randomCrop(x: Tensor, { generator, padding = 0, flip = false }: RandomCropOptions): Tensor {
  if (x.rank !== 4) throw new ShapeError(`randomCrop: expected images [n, channels, height, width], got ${formatShape(x.shape)}`);
  checkDType('randomCrop', x, 'float32');
  if (!(Number.isInteger(padding) && padding >= 0 && padding <= 2 ** 15)) throw new ConfigError(`randomCrop: padding: expected a whole number from 0 to ${2 ** 15}, got ${padding}`);
  const [, channels = 0, height = 0, width = 0] = x.shape;
  const source = contiguous(x.detach());
  const out = empty(x.device, x.shape);
  const draw = generator.draw();
  x.device.dispatch(kernel, {
    buffers: { x: source.binding, y: out.binding },
    params: () => ({ elements: x.size, channels, height, width, padding, flip: flip ? 1 : 0, key: draw.key, stream: draw.renew() }),
    groups: linearGroups(x.size, 64),
  });
  return out;
}
