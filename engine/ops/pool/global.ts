/** Pooling whole images: one value for each channel. */
import { ShapeError } from '../../errors.ts';
import { formatShape } from '../../layout.ts';
import type { Tensor } from '../../tensor.ts';
import { max } from '../max-min.ts';
import { mean } from '../reduce.ts';

const PIXELS = { axes: [2, 3], keepDims: true } as const;

function checkImages(operation: string, x: Tensor): void {
  if (x.rank !== 4) throw new ShapeError(`${operation}: expected images [n, channels, height, width], got ${formatShape(x.shape)}`);
}

/** Mean of all pixels: `[n, c, h, w]` to `[n, c, 1, 1]`. PyTorch: `torch.mean`, or `adaptive_avg_pool2d(x, 1)`. @throws ShapeError, DTypeError */
export function globalAveragePool2d(x: Tensor): Tensor {
  checkImages('globalAveragePool2d', x);
  return mean(x, PIXELS);
}

/**
 * Largest of all pixels: `[n, c, h, w]` to `[n, c, 1, 1]`; a NaN wins. The gradient is shared evenly among equal largest ones.
 * PyTorch: `torch.amax`; its `adaptive_max_pool2d(x, 1)` gives the gradient to one of the equals.
 * @throws ShapeError, DTypeError
 */
export function globalMaxPool2d(x: Tensor): Tensor {
  checkImages('globalMaxPool2d', x);
  return max(x, PIXELS);
}
