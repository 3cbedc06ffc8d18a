/** Transposed convolution of images: the gradient of a convolution by its images, as an operation of its own. */
import type { Tensor } from '../../tensor.ts';
import { cast } from '../cast.ts';
import type { Call } from '../images.ts';
import { convTransposeGeometry } from './geometry.ts';
import type { ConvTransposeOptions } from './geometry.ts';
import { checkOperands, inputGradient } from './operations.ts';

/**
 * Puts a window down at every pixel, times its value, and adds them up where they overlap. x `[n, in, h, w]`, weight
 * `[in, out / groups, kh, kw]`, bias `[out]` or null; gives
 * `[n, out, (h - 1) stride - 2 padding + dilation (kh - 1) + outputPadding + 1, ...]`. PyTorch: `torch.nn.functional.conv_transpose2d`.
 * @throws ShapeError, DTypeError, TensorError, ConfigError
 */
export function convTranspose2d(x: Tensor, weight: Tensor, bias: Tensor | null = null, options: ConvTransposeOptions = {}): Tensor {
  return convolveTransposed({ operation: 'convTranspose2d', axes: 2 }, x, weight, bias, options);
}

/** As `convTranspose2d`, on behalf of `call`. */
export function convolveTransposed(call: Call, x: Tensor, weight: Tensor, bias: Tensor | null, options: ConvTransposeOptions): Tensor {
  const g = convTransposeGeometry(call, x.shape, weight.shape, options);
  const finish = { bias, activation: options.activation };
  checkOperands(call.operation, x, weight, finish, g.inputs);
  return x.dtype === weight.dtype ? inputGradient(x, weight, g, finish) : inputGradient(cast(x, 'float32'), cast(weight, 'float32'), g, finish);
}
