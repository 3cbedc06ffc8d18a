/** Adapters between the inputs of a task and those of a trunk. */
import { ConfigError } from '../engine/index.ts';
import { formatShape, sameShape } from '../engine/layout.ts';
import type { Shape } from '../engine/layout.ts';
import { conv2d } from './layers/conv2d.ts';
import type { Layer } from './layers/layer.ts';
import { linear } from './layers/linear.ts';

/**
 * The smallest learned map from samples of one shape to samples of another that differs in its channels alone: a 1x1 convolution from images
 * `[c, h, w]` to `[c', h, w]`, a linear map of each vector from `[..., f]` to `[..., f']`. None where the shapes are the same.
 * @throws ConfigError for other pairs of shapes
 */
export function channelAdapter(from: Shape, to: Shape): Layer | undefined {
  if (sameShape(from, to)) return undefined;
  const [c = 0, ...size] = from;
  const [wanted = 0, ...wantedSize] = to;
  if (from.length === 3 && sameShape(size, wantedSize)) return conv2d('adapter', c, wanted, 1);
  const [last, wantedLast] = [from.at(-1), to.at(-1)];
  if ((from.length === 1 || from.length === 2) && last && wantedLast && sameShape(from.slice(0, -1), to.slice(0, -1))) return linear('adapter', last, wantedLast);
  throw new ConfigError(`no adapter from inputs ${formatShape(from)} to inputs ${formatShape(to)}: they may differ in their channels (or features) alone`);
}
