/** Kernel modulation: the weights of a trunk, multiplied by factors that small networks make of the batch at hand. */
import { ConfigError, DTypeError, affine, cast, eq, linear, mean, mul, oneHot, pad, reshape, sigmoid, sizeOf, slice, sub, where } from '../engine/index.ts';
import type { ParameterSpec, Tensor } from '../engine/index.ts';
import { allZeros, linear as linearLayer } from '../models/index.ts';
import type { Parameters, Parametrization, Trunk } from '../models/index.ts';

export const FORMS = ['full', 'rank-one'] as const;

export interface ModulationOptions {
  /** `full`: a factor for each weight. `rank-one`: one for each row of the kernel `[out, ...]` times one for each column. */
  readonly form: (typeof FORMS)[number];
  /** Width of the embedding of a batch. */
  readonly embedding: number;
  /** Width of the generators' hidden layers. */
  readonly hidden: number;
}

/** How many numbers of a sample the encoder sees. */
const BINS = 64;

/**
 * `[n, ...]` to `[n, 64]`: each sample, flattened and filled with zeros to 64 stretches of equal length, of each the mean. So inputs of any shape have a code
 * of one width. What is NaN, such as padding, counts as 0. The numbers of tokens, int32 from 0, say nothing by their size: of them it is the share of each remainder by 64.
 * @throws DTypeError for other types
 */
export function binned(x: Tensor): Tensor {
  const n = x.shape[0] ?? 0;
  const size = sizeOf(x.shape) / n;
  if (x.dtype === 'int32') {
    const tokens = reshape(cast(x, 'float32'), [n, size]);
    const quotients = cast(cast(affine(tokens, 1 / BINS, 0), 'int32'), 'float32');
    return mean(oneHot(cast(sub(tokens, affine(quotients, BINS, 0)), 'int32'), BINS), { axes: [1] });
  }
  if (x.dtype !== 'float32') throw new DTypeError(`kml: the encoder of batches takes float32 inputs or int32 tokens, got ${x.dtype}`);
  const length = Math.ceil(size / BINS);
  const flat = reshape(where(eq(x, x), x, 0), [n, size]);
  return mean(reshape(pad(flat, [[0, 0], [0, length * BINS - size]]), [n, BINS, length]), { axes: [2] });
}

/** Logits to factors in (0, 2); 1 for 0. */
export const factors = (logits: Tensor): Tensor => affine(sigmoid(logits), 2, 0);

/** `weight ⊙ v uᵀ`, the weight `[out, ...]` taken as a matrix `[out, rest]`. @param v `[out]` @param u `[rest]` */
export function modulatedByRows(weight: Tensor, v: Tensor, u: Tensor): Tensor {
  const [out = 0] = weight.shape;
  const matrix = reshape(weight, [out, weight.size / out]);
  return reshape(mul(mul(matrix, reshape(v, [out, 1])), u), weight.shape);
}

const ENCODER = 'modulation.encoder';
const parts = (kernel: string): { readonly hidden: string; readonly out: string } => ({ hidden: `modulation.${kernel}.hidden`, out: `modulation.${kernel}.out` });

/**
 * All weights of the trunk with two dimensions and more are modulated; biases, normalisation and tables of embeddings are not. The embedding of a batch is the mean over its samples of a dense
 * layer with relu of their `binned` values; for each kernel, two dense layers with relu between make logits of it. The last starts from zeros: at first
 * nothing is changed.
 * @throws ConfigError for a trunk without such weights
 */
export function kernelModulation(trunk: Trunk, { form, embedding, hidden }: ModulationOptions): Parametrization {
  const kernels = new Map(trunk.layers.flatMap(({ specs }) => specs).filter(({ shape, lookup }) => shape.length >= 2 && !lookup).map((spec) => [spec.name, spec]));
  if (kernels.size === 0) throw new ConfigError(`kml: the trunk ${trunk.name} has no weights with two dimensions or more, nothing to modulate`);
  const logits = ({ shape }: ParameterSpec): number => form === 'full' ? sizeOf(shape) : (shape[0] ?? 0) + sizeOf(shape.slice(1));
  const dense = (p: Parameters, name: string, x: Tensor, activation?: 'relu'): Tensor => linear(x, p.get(`${name}.weight`), p.get(`${name}.bias`), activation ? { activation } : {});

  function modulated(p: Parameters, kernel: ParameterSpec, code: Tensor): Tensor {
    const { hidden: first, out } = parts(kernel.name);
    const all = reshape(factors(dense(p, out, dense(p, first, code, 'relu'))), [logits(kernel)]);
    const weight = p.get(kernel.name);
    if (form === 'full') return mul(weight, reshape(all, kernel.shape));
    const rows = kernel.shape[0] ?? 0;
    return modulatedByRows(weight, slice(all, [{ end: rows }]), slice(all, [{ start: rows }]));
  }

  return {
    specs: [
      ...linearLayer(ENCODER, BINS, embedding).specs,
      ...[...kernels.values()].flatMap((kernel) => [
        ...linearLayer(parts(kernel.name).hidden, embedding, hidden).specs,
        ...linearLayer(parts(kernel.name).out, hidden, logits(kernel), { init: allZeros }).specs,
      ]),
    ],
    ownSpecs: [],
    view(shared, _own, x) {
      const code = mean(dense(shared, ENCODER, binned(x), 'relu'), { axes: [0], keepDims: true }); // [1, embedding]
      const made = new Map<string, Tensor>();
      return {
        get(name) {
          const kernel = kernels.get(name);
          if (!kernel) return shared.get(name);
          const weight = made.get(name) ?? modulated(shared, kernel, code);
          made.set(name, weight);
          return weight;
        },
      };
    },
  };
}
