/** Dropout, and random marks. The marks are made anew from seed, stream and place wherever they are needed, and never stored. */
import kernel from '../../kernels/dropout.wgsl';
import type { Device } from '../device/device.ts';
import { ConfigError } from '../errors.ts';
import { checkShape } from '../layout.ts';
import type { Shape } from '../layout.ts';
import type { Draw, Generator } from '../random.ts';
import { record } from '../recording.ts';
import { checkFloating, empty, emptyLike } from '../tensor.ts';
import type { Tensor } from '../tensor.ts';
import { aligned } from './apply.ts';
import { linearGroups } from './grid.ts';
import { hasHalf, narrowed, widened } from './half.ts';
import { storedLike } from './stored-like.ts';

export interface DropoutOptions {
  /** What the mask is drawn from; each call takes a stream, and so does each replay of a captured one. */
  readonly generator: Generator;
  /** Otherwise nothing is dropped; default true. */
  readonly training?: boolean;
}

/** A probability in 31 bits, so that 1 is among them. */
const thresholdOf = (p: number): number => Math.round(p * 2 ** 31);

/**
 * Each element 0 with probability p, else divided by 1 - p, so that the expectation stays (Srivastava et al., "Dropout", 2014). Without `training`,
 * or with p = 0, it gives `x` itself. The mask depends on seed, stream and the order in which `x` is stored; the derivatives of all orders have the
 * same one. A captured step drops others at every replay, those that the eager step would drop. An infinity or NaN that is dropped becomes NaN, as
 * times 0. The result has the type of `x`. PyTorch: `torch.nn.functional.dropout`.
 * @param p in [0, 1)
 * @throws ConfigError, DTypeError unless float32 or float16
 */
export function dropout(x: Tensor, p: number, { generator, training = true }: DropoutOptions): Tensor {
  checkFloating('dropout', x);
  if (!(p >= 0 && p < 1)) throw new ConfigError(`dropout: expected a probability in [0, 1), got ${p}`);
  if (!training || p === 0) return x;
  if (hasHalf(x)) return narrowed(dropout(widened(x), p, { generator }), x);
  const [source = x] = aligned([x]);
  return drop(x, source, p, generator.draw(), true);
}

/** @param order a dense tensor of the shape, in whose order of memory elements are counted @param first whether the stream is still to be taken */
function drop(x: Tensor, order: Tensor, p: number, draw: Draw, first: boolean): Tensor {
  const source = storedLike(order, x);
  const out = emptyLike(source);
  const quads = Math.ceil(x.size / 4);
  x.device.dispatch(kernel, {
    entry: 'drop',
    buffers: { x: source.binding, y: out.binding },
    params: () => ({ quads, threshold: thresholdOf(p), key: draw.key, stream: first ? draw.renew() : draw.current, scale: 1 / (1 - p) }),
    groups: linearGroups(quads, 64),
  });
  return record(out, 'dropout', [x], (g) => [drop(g, order, p, draw, false)]);
}

/**
 * 1 with probability p, else 0, float32. PyTorch: `torch.bernoulli`.
 * @param p in [0, 1], kept to 31 bits
 * @throws ConfigError, ShapeError
 */
export function bernoulli(device: Device, shape: Shape, p: number, generator: Generator): Tensor {
  checkShape(shape);
  if (!(p >= 0 && p <= 1)) throw new ConfigError(`bernoulli: expected a probability in [0, 1], got ${p}`);
  const out = empty(device, shape);
  const quads = Math.ceil(out.size / 4);
  const draw = generator.draw();
  device.dispatch(kernel, {
    entry: 'mark',
    buffers: { y: out.binding },
    params: () => ({ quads, threshold: thresholdOf(p), key: draw.key, stream: draw.renew(), scale: 1 }),
    groups: linearGroups(quads, 64),
  });
  return out;
}
