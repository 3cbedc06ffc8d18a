/** The fully connected layer's operation. */
import { ShapeError } from '../errors.ts';
import { contiguousStrides, formatShape, sizeOf } from '../layout.ts';
import { record } from '../recording.ts';
import { checkDevices, checkFloating, zeros } from '../tensor.ts';
import type { Tensor } from '../tensor.ts';
import { cast } from './cast.ts';
import { contract } from './contract.ts';
import { add } from './elementwise.ts';
import { activate, activationGradient, checkActivation } from './fused.ts';
import type { ActivationOptions } from './fused.ts';
import { matmul, product } from './matmul.ts';
import { columnSums } from './reduce.ts';
import { reshape, transpose } from './shape.ts';
import { contiguous } from './strided.ts';

/**
 * `x weightᵀ + bias` for x `[..., in]`, weight `[out, in]`, bias `[out]`, and an activation of it if one is named: one dispatch (more where
 * the sum is long and the result small). Of float16 as in `matmul`; the bias is added in float32, whatever its type.
 * PyTorch: `torch.nn.functional.linear`.
 * @throws ShapeError, DTypeError unless all are floats, TensorError, ConfigError
 */
export function linear(x: Tensor, weight: Tensor, bias: Tensor | null = null, { activation }: ActivationOptions = {}): Tensor {
  const [outFeatures = 0, inFeatures = 0] = weight.shape;
  if (weight.rank !== 2 || x.rank < 1 || x.shape.at(-1) !== inFeatures) throw new ShapeError(`linear: the last dimension of ${formatShape(x.shape)} must be the second of the weight ${formatShape(weight.shape)}`);
  if (bias && (bias.rank !== 1 || bias.shape[0] !== outFeatures)) throw new ShapeError(`linear: expected a bias [${outFeatures}], got ${formatShape(bias.shape)}`);
  const operands = bias ? [x, weight, bias] : [x, weight];
  checkDevices('linear', ...operands);
  for (const operand of operands) checkFloating('linear', operand);
  checkActivation('linear', activation);
  if (x.dtype !== weight.dtype) return linear(cast(x, 'float32'), cast(weight, 'float32'), bias, activation ? { activation } : {});
  const shape = [...x.shape.slice(0, -1), outFeatures];
  if (sizeOf(shape) === 0 || inFeatures === 0) {
    const nothing = zeros(x.device, shape, { dtype: x.dtype });
    return activate(activation, bias ? add(nothing, cast(bias, x.dtype)) : nothing);
  }
  const rows = reshape(x, [sizeOf(shape) / outFeatures, inFeatures]);
  const [xRow = 0, xK = 0] = rows.strides;
  const [wRow = 0, wK = 0] = weight.strides;
  const out = contract({
    rows: [1, 1, rows.shape[0] ?? 0], columns: [1, 1, outFeatures], k: [1, 1, inFeatures],
    a: { tensor: rows, outer: [0, 0, xRow], k: [0, 0, xK] },
    b: { tensor: weight, outer: [0, 0, wRow], k: [0, 0, wK] },
    bias: bias ? contiguous(cast(bias.detach(), 'float32')) : null, activation,
  });
  const result = out.view({ shape, strides: contiguousStrides(shape), offset: 0 });
  return record(result, 'linear', operands, (gradient, place) => {
    const flat = reshape(activationGradient(activation, gradient, result), [rows.shape[0] ?? 0, outFeatures]);
    return [
      x.requiresGrad ? reshape(matmul(flat, weight), x.shape) : null,
      weight.requiresGrad ? product(transpose(flat), rows, place(1)) : null,
      bias?.requiresGrad ? columnSums(cast(flat, bias.dtype), place(2)) : null,
    ];
  }, { attributes: { activation } });
}
