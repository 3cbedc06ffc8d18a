/** Layer normalisation. */
import { ShapeError } from '../errors.ts';
import { formatShape, sameShape } from '../layout.ts';
import type { Shape } from '../layout.ts';
import { report } from '../reports.ts';
import type { Tensor } from '../tensor.ts';
import { hasHalf, narrowed, widened } from './half.ts';
import { grouped } from './normalisation/grouping.ts';
import { normalise, normaliseNothing } from './normalisation/normalise.ts';
import { EPS, checkOptions, widenedOptions } from './normalisation/options.ts';
import type { NormalisationOptions } from './normalisation/options.ts';
import { momentsOf } from './normalisation/sums.ts';

/**
 * Each row, over its last axes, to mean 0 and (biased) variance 1, times weight plus bias: `(x - mean) / sqrt(variance + eps) * weight + bias`
 * (Ba, Kiros and Hinton, "Layer Normalization", 2016). Accurate however large the mean is. Deviations from about 1e19, whose squares overflow,
 * give NaN. The result has the type of x; weight and bias may be float32 or float16. PyTorch: `torch.nn.functional.layer_norm`.
 * @param normalizedShape sizes of the last axes, which weight and bias have too; or how many they are
 * @throws ShapeError, DTypeError, ConfigError
 */
export function layerNorm(x: Tensor, normalizedShape: Shape | number, options: NormalisationOptions = {}): Tensor {
  if (hasHalf(x, options.weight, options.bias)) return narrowed(layerNorm(widened(x), normalizedShape, widenedOptions(options)), x);
  const count = typeof normalizedShape === 'number' ? normalizedShape : normalizedShape.length;
  const lead = x.rank - count;
  if (!Number.isInteger(count) || count < 1 || lead < 0) throw new ShapeError(`layerNorm: expected 1 to ${x.rank} axes to normalise over, got ${count} for ${formatShape(x.shape)}`);
  const shape = x.shape.slice(lead);
  if (typeof normalizedShape !== 'number' && !sameShape(shape, normalizedShape)) throw new ShapeError(`layerNorm: expected an input that ends with ${formatShape(normalizedShape)}, got ${formatShape(x.shape)}`);
  checkOptions('layerNorm', x, shape, options);
  if (x.size === 0) return normaliseNothing('layerNorm', x, options);
  const group = grouped(x, {
    shape: x.shape,
    axes: shape.map((_, d) => lead + d),
    parameters: x.shape.map((size, d) => d < lead ? 1 : size),
  });
  const eps = options.eps ?? EPS;
  const y = normalise('layerNorm', x, group, momentsOf(group, eps), options);
  report('layerNorm', [x, options.weight ?? null, options.bias ?? null], [y], { attributes: { axis: lead, eps } });
  return y;
}
