/** Sinusoids that tell the steps of a sequence apart. */
import { ShapeError, add, tensor } from '../../engine/index.ts';
import type { Tensor } from '../../engine/index.ts';
import type { Layer } from './layer.ts';

/**
 * Adds to `[n, steps, width]` at step t and element 2 i the sine of `t / 10000^(2 i / width)`, at element 2 i + 1 its cosine. No parameters.
 * Source: Vaswani et al., "Attention Is All You Need", NeurIPS 2017.
 * @throws ShapeError unless x has three dimensions
 */
export const positionalEncoding: Layer = {
  specs: [],
  forward(x: Tensor): Tensor {
    const [, steps, width] = x.shape;
    if (x.rank !== 3 || steps === undefined || width === undefined) throw new ShapeError(`positionalEncoding: expected [n, steps, width], got [${x.shape.join(', ')}]`);
    return add(x, tensor(x.device, sinusoids(steps, width), [steps, width]));
  },
};

/** `[steps, width]`, computed in float64 and rounded once. */
function sinusoids(steps: number, width: number): Float32Array {
  return Float32Array.from({ length: steps * width }, (_, at) => {
    const element = at % width;
    const angle = Math.floor(at / width) / 10_000 ** ((element - element % 2) / width);
    return element % 2 === 0 ? Math.sin(angle) : Math.cos(angle);
  });
}
