/** Convolution of images. */
import type { Tensor } from '../../tensor.ts';
import { cast } from '../cast.ts';
import type { Call } from '../images.ts';
import { convGeometry } from './geometry.ts';
import type { ConvOptions } from './geometry.ts';
import { checkOperands, correlate } from './operations.ts';

/**
 * Cross-correlation of images with windows. x `[n, in, h, w]`, weight `[out, in / groups, kh, kw]`, bias `[out]` or null; gives
 * `[n, out, (h + 2 padding - dilation (kh - 1) - 1) / stride + 1, ...]`. Of float16 as in `matmul`; the bias is added in float32,
 * whatever its type. PyTorch: `torch.nn.functional.conv2d`.
 * @throws ShapeError, DTypeError, TensorError, ConfigError
 * @example conv2d(x, weight, bias, { padding: 'same', activation: 'relu' })
 */
export function conv2d(x: Tensor, weight: Tensor, bias: Tensor | null = null, options: ConvOptions = {}): Tensor {
  return convolve({ operation: 'conv2d', axes: 2 }, x, weight, bias, options);
}

/** As `conv2d`, on behalf of `call`. */
export function convolve(call: Call, x: Tensor, weight: Tensor, bias: Tensor | null, options: ConvOptions): Tensor {
  const g = convGeometry(call, x.shape, weight.shape, options);
  const finish = { bias, activation: options.activation };
  checkOperands(call.operation, x, weight, finish, g.outputs);
  return x.dtype === weight.dtype ? correlate(x, weight, g, finish) : correlate(cast(x, 'float32'), cast(weight, 'float32'), g, finish);
}
