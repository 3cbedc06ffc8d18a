/** A mixture of linear experts, of which each input takes a few: `[..., in]` to `[..., out]`. */
import { ConfigError, add, affine, cast, concat, div, groupedLinear, linear, matmul, mul, randn, reshape, scatterAdd, sizeOf, softmax, softplus, sum, topK, zeros } from '../../engine/index.ts';
import type { ParameterSpec, Tensor } from '../../engine/index.ts';
import { allZeros, kaimingUniform } from '../init.ts';
import type { DenseLayer, Layer } from './layer.ts';

export interface MixtureOptions {
  /** Number of experts; default 8. */
  readonly experts?: number;
  /** How many of them an input takes; default 4. */
  readonly top?: number;
  /** One router for all tasks, or one for each, which starts from zeros; default `shared`. */
  readonly router?: 'shared' | 'perTask';
  /** Whether the probabilities of the chosen experts are scaled to a sum of 1; default false. */
  readonly renormalise?: boolean;
  /** Whether normal noise is added to the router's logits in training, its deviation learnt by the router; default false. */
  readonly noise?: boolean;
  /**
   * `dense`: every expert computes every input. `sparse`: an expert computes the inputs that chose it, so the work is `top` of `experts`, after a sort by
   * expert on the device. The numbers differ by rounding alone. Default: `sparse` where an input takes fewer than half of the experts.
   */
  readonly dispatch?: 'dense' | 'sparse';
}

/** Keeps the noise from being learnt away (Shazeer et al.). */
const LEAST_NOISE = 0.01;

/**
 * `sum of p_i E_i(x)` over the `top` largest of `p = softmax(router x)`. Of equal probabilities the one of the lower expert wins. What was
 * not chosen has a gradient of exactly 0. Parameters: `NAME.experts.I.weight`
 * `[out, in]` and `.bias` for each expert, `NAME.router.weight` `[experts, in]`, with noise `NAME.noise.weight`; those of the router are each task's own
 * where it is `perTask`. All probabilities, `[..., experts]`, are observed as `NAME.probabilities`.
 * Sources: Shazeer et al., "Outrageously Large Neural Networks", 2017; Chen et al., "Mod-Squad", 2023.
 * @throws ConfigError unless top is from 1 to the number of experts
 * @example multiTaskCNN({ input: [1, 28, 28], dense: mixtureOfExperts({ experts: 8, top: 4, router: 'perTask' }) })
 */
export function mixtureOfExperts(options: MixtureOptions = {}): DenseLayer {
  const { experts = 8, top = 4 } = options;
  if (!Number.isInteger(experts) || !Number.isInteger(top) || top < 1 || top > experts) throw new ConfigError(`mixtureOfExperts: expected top from 1 to the number of experts, got ${top} of ${experts}`);
  return (name, inFeatures, outFeatures) => mixture(name, inFeatures, outFeatures, { router: 'shared', renormalise: false, noise: false, dispatch: 2 * top < experts ? 'sparse' : 'dense', ...options, experts, top });
}

function mixture(name: string, inFeatures: number, outFeatures: number, { experts, top, router, renormalise, noise, dispatch }: Required<MixtureOptions>): Layer {
  const init = kaimingUniform(inFeatures);
  const names = Array.from({ length: experts }, (_, i) => `${name}.experts.${i}`);
  const each: ParameterSpec[] = names.flatMap((expert) => [{ name: `${expert}.weight`, shape: [outFeatures, inFeatures], init }, { name: `${expert}.bias`, shape: [outFeatures], init }]);
  const own = router === 'perTask';
  const gate = (part: string): ParameterSpec => ({ name: `${name}.${part}.weight`, shape: [experts, inFeatures], init: own || part === 'noise' ? allZeros : init });
  const gates = noise ? [gate('router'), gate('noise')] : [gate('router')];
  return {
    specs: own ? each : [...each, ...gates],
    ownSpecs: own ? gates : [],
    forward(x, parameters, mode) {
      const rows = sizeOf(x.shape.slice(0, -1));
      const input = reshape(x, [rows, inFeatures]); // [n, in]
      const routing = own ? mode.own : parameters;
      let logits = linear(input, routing.get(`${name}.router.weight`)); // [n, experts]
      if (noise && mode.training) logits = add(logits, noiseOf(linear(input, routing.get(`${name}.noise.weight`)), (shape) => randn(x.device, shape, mode.generator)));
      const probabilities = softmax(logits);
      mode.observe?.(`${name}.probabilities`, reshape(probabilities, [...x.shape.slice(0, -1), experts]));
      const weight = reshape(concat(names.map((expert) => parameters.get(`${expert}.weight`))), [experts, outFeatures, inFeatures]);
      const bias = reshape(concat(names.map((expert) => parameters.get(`${expert}.bias`))), [experts, outFeatures]);
      const y = (dispatch === 'sparse' ? sparse : dense)(input, weight, bias, chosenOf(probabilities, top, renormalise)); // [n, out]
      return reshape(y, [...x.shape.slice(0, -1), outFeatures]); // [..., out]
    },
  };
}

function noiseOf(raw: Tensor, draw: (shape: readonly number[]) => Tensor): Tensor {
  return mul(draw(raw.shape), affine(softplus(raw), 1, LEAST_NOISE));
}

/** What each input chose: the experts, int32 `[n, top]`; their weights in the same order; and these among 0 for all others, `[n, experts]`. */
type Chosen = Readonly<Record<'experts' | 'weights' | 'all', Tensor>>;

function chosenOf(probabilities: Tensor, top: number, renormalise: boolean): Chosen {
  const { values, indices } = topK(probabilities, top);
  const weights = renormalise ? div(values, sum(values, { axes: [1], keepDims: true })) : values;
  return { experts: indices, weights, all: scatterAdd(zeros(probabilities.device, probabilities.shape), 1, indices, weights) };
}

/** x `[n, in]`, weight `[experts, out, in]`, bias `[experts, out]` to `[n, out]`. */
type Dispatch = (x: Tensor, weight: Tensor, bias: Tensor, chosen: Chosen) => Tensor;

/** Every expert computes every input, and what was not chosen counts with weight 0. */
const dense: Dispatch = (x, weight, bias, { all }) => {
  const [experts = 0, out = 0, width = 0] = weight.shape;
  const [n = 0] = x.shape;
  const values = reshape(linear(x, reshape(weight, [experts * out, width]), reshape(bias, [experts * out])), [n, experts, out]);
  return sum(mul(values, reshape(all, [n, experts, 1])), { axes: [1] });
};

/** An expert computes the inputs that chose it. The biases are few, so that of all experts the weighted sum is taken. */
const sparse: Dispatch = (x, weight, bias, { experts, weights, all }) => {
  const values = groupedLinear(cast(x, 'float32'), weight, experts); // [n, top, out]
  return add(sum(mul(values, reshape(weights, [...weights.shape, 1])), { axes: [1] }), matmul(all, bias));
};
