/** What networks put between their layers; float32. @throws DTypeError */
import { ConfigError } from '../errors.ts';
import type { Tensor } from '../tensor.ts';
import { binary, unary } from './apply.ts';
import { add, affine, mul } from './arithmetic.ts';
import { gt } from './compare.ts';
import { exp } from './exponential.ts';
import { clamp } from './bounds.ts';
import { where } from './where.ts';

/** `max(x, 0)`; NaN stays NaN; the derivative at 0 is 0. PyTorch: `torch.relu`. */
export function relu(x: Tensor): Tensor {
  return unary('relu', x, reluGradient);
}

/** The derivative of `relu` by its result: `g` where `y > 0`, else 0. */
export function reluGradient(g: Tensor, y: Tensor): Tensor {
  return binary('reluBackward', g, y.detach(), (gg) => [reluGradient(gg, y), null]);
}

/** `x` above 0, else `slope * x`; the derivative at 0 is the slope. PyTorch: `torch.nn.functional.leaky_relu`. */
export function leakyRelu(x: Tensor, slope = 0.01): Tensor {
  return unary('leakyRelu', x, (g) => where(gt(x, 0), g, affine(g, slope, 0)), slope);
}

/** `1 / (1 + e^-x)`, relatively accurate for negative x too. PyTorch: `torch.sigmoid`. */
export function sigmoid(x: Tensor): Tensor {
  return unary('sigmoid', x, sigmoidGradient);
}

/** The derivative of `sigmoid` by its result. */
export function sigmoidGradient(g: Tensor, y: Tensor): Tensor {
  return mul(g, mul(y, affine(y, -1, 1)));
}

/** `x sigmoid(x)`, also called swish. PyTorch: `torch.nn.functional.silu`. */
export function silu(x: Tensor): Tensor {
  return mul(x, sigmoid(x));
}

/** `log(1 + e^x)`, without overflow. PyTorch: `torch.nn.functional.softplus`. */
export function softplus(x: Tensor): Tensor {
  return unary('softplus', x, (g) => mul(g, sigmoid(x)));
}

export interface GeluOptions {
  /** `none` (default): by the error function; `tanh`: the usual approximation, off by 5e-4 at most. */
  readonly approximate?: 'none' | 'tanh';
}

/**
 * `x` times the share of the standard normal distribution below x. PyTorch: `torch.nn.functional.gelu`.
 * @throws ConfigError for an unknown approximation
 */
export function gelu(x: Tensor, { approximate = 'none' }: GeluOptions = {}): Tensor {
  const choice: string = approximate;
  if (choice !== 'none' && choice !== 'tanh') throw new ConfigError(`gelu: approximate is 'none' or 'tanh', got '${choice}'`);
  return approximate === 'none' ? unary('gelu', x, (g) => geluGradient(g, x)) : mul(x, normalShareByTanh(x));
}

/** The derivative of exact `gelu`, whose own one is `(2 - x^2)` times the density of the standard normal distribution. */
function geluGradient(g: Tensor, x: Tensor): Tensor {
  return binary('geluBackward', g, x, (gg) => {
    const squares = mul(x, x);
    const density = affine(exp(affine(squares, -0.5, 0)), 1 / Math.sqrt(2 * Math.PI), 0);
    return [geluGradient(gg, x), mul(gg, mul(g, mul(density, affine(squares, -1, 2))))];
  });
}

/** `(1 + tanh(u)) / 2 = sigmoid(2 u)`, `u = sqrt(2 / pi) (x + 0.044715 x^3)`. Beyond 20 it is 0 or 1, and the cube need not overflow. */
function normalShareByTanh(x: Tensor): Tensor {
  const v = clamp(x, -20, 20);
  return sigmoid(affine(add(v, affine(mul(v, mul(v, v)), 0.044715, 0)), 2 * Math.sqrt(2 / Math.PI), 0));
}
