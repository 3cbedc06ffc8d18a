/** Normalisation by the statistics of groups, then weight and bias; with its derivative, fused. */
import kernel from '../../../kernels/normalise.wgsl';
import kernelVec4 from '../../../kernels/normalise_vec4.wgsl';
import { contiguousStrides } from '../../layout.ts';
import type { Shape } from '../../layout.ts';
import { isRecording, record } from '../../recording.ts';
import { emptyLike, zeros } from '../../tensor.ts';
import type { Tensor } from '../../tensor.ts';
import { reshape } from '../shape.ts';
import { storedLike } from '../stored-like.ts';
import { contiguous } from '../strided.ts';
import { compositeGradients } from './composite.ts';
import { ONE } from './grouping.ts';
import type { Grouped } from './grouping.ts';
import { EPS } from './options.ts';
import type { NormalisationOptions } from './options.ts';
import { sumsOf } from './sums.ts';

/** From so many Values on, an invocation takes several, at most so many. */
const BUSY = 8192;
const LONGEST = 16;

/** The kernel that fits, its parameters, and its workgroups: the innermost index along x, the outermost in chunks. */
function plan({ dimensions, width, lane }: Grouped) {
  const inner = dimensions.at(-1) ?? ONE;
  const [first = ONE, ...middle] = dimensions.slice(0, -1);
  const four = [first, ...[ONE, ONE, ...middle].slice(-2), inner];
  const values = four.reduce((size, d) => size * d.size, 1);
  const chunks = Math.ceil(first.size / Math.min(LONGEST, Math.max(1, Math.floor(values / BUSY))));
  const [WX, WY] = inner.size >= 32 ? [64, 1] : inner.size >= 4 ? [8, 8] : [1, 64];
  const rows = Math.ceil((chunks * values) / (first.size * inner.size) / WY);
  const y = Math.min(rows, 32_768);
  return {
    variant: width === 4 ? kernelVec4 : kernel,
    overrides: { WX, WY },
    params: { size: four.map((d) => d.size), position: four.map((d) => d.position), group: four.map((d) => d.group), parameter: four.map((d) => d.parameter), lane: [lane.group, lane.parameter], chunks },
    groups: [Math.ceil(inner.size / WX), y, Math.ceil(rows / y)] as [number, number, number],
  };
}

/** One column of a contiguous table, seen in the given shape. */
export function column(table: Tensor, columns: number, which: number, shape: Shape): Tensor {
  return table.view({ shape, strides: contiguousStrides(shape).map((stride) => stride * columns), offset: which });
}

/**
 * `(x - mean) / sqrt(variance + eps) * weight + bias`, with the statistics as `momentsOf` gives them; `fixed` if they do not depend on the input.
 * The options are checked by the caller.
 */
export function normalise(operation: string, x: Tensor, group: Grouped, statistics: Tensor, { weight = null, bias = null, eps = EPS }: NormalisationOptions, fixed = false): Tensor {
  const { source, dimensions, lane, grouping } = group;
  const { variant, params, ...call } = plan(group);
  const scale = weight && contiguous(weight.detach());
  const shift = bias && contiguous(bias.detach());
  const shared = { x: source.binding, weight: (scale ?? statistics).binding, statistics: statistics.binding };
  const flags = { weighted: scale ? 1 : 0, biased: shift ? 1 : 0 };
  // Where each group has a weight of its own, as in batch normalisation, the sums for weight and bias are those for the input.
  const ownWeights = [lane, ...dimensions].every((d) => d.group === d.parameter);

  function gradientByInput(g: Tensor, parameterSums: Tensor | null): Tensor {
    const ofGroups = (): Tensor => ownWeights ? parameterSums ?? sumsOf(group, g, statistics, null, 'group') : sumsOf(group, g, statistics, scale, 'group');
    const totals = fixed ? statistics : ofGroups();
    const result = emptyLike(source);
    const share = fixed ? 0 : statistics.size / 4 / source.size;
    source.device.dispatch(variant, { ...call, entry: 'gradient', buffers: { ...shared, g: g.binding, totals: totals.binding, y: result.binding }, params: { ...params, ...flags, outside: ownWeights ? 1 : 0, share } });
    return result;
  }

  const out = emptyLike(source);
  source.device.dispatch(variant, { ...call, entry: 'apply', buffers: { ...shared, bias: (shift ?? statistics).binding, y: out.binding }, params: { ...params, ...flags, outside: 0, share: 0 } });
  const parents = [x, ...weight ? [weight] : [], ...bias ? [bias] : []];
  return record(out, operation, parents, (g) => {
    if (isRecording()) {
      const constants = fixed ? { mean: column(statistics, 4, 0, grouping.parameters), scale: column(statistics, 4, 2, grouping.parameters) } : null;
      const all = compositeGradients(x, g, weight, grouping, eps, constants);
      return [all.input, ...weight ? [reshape(all.weight, weight.shape)] : [], ...bias ? [reshape(all.bias, bias.shape)] : []];
    }
    const stored = storedLike(source, g);
    const sums = weight?.requiresGrad || bias?.requiresGrad ? sumsOf(group, stored, statistics, null, 'parameter') : null;
    return [
      x.requiresGrad ? gradientByInput(stored, sums) : null,
      ...weight ? [sums && column(sums, 2, 1, weight.shape)] : [],
      ...bias ? [sums && column(sums, 2, 0, bias.shape)] : [],
    ];
  });
}

/** The result for an input of no elements: nothing, and gradients of 0. */
export function normaliseNothing(operation: string, x: Tensor, { weight, bias }: NormalisationOptions): Tensor {
  const parents = [x, ...weight ? [weight] : [], ...bias ? [bias] : []];
  return record(zeros(x.device, x.shape), operation, parents, () => parents.map((parent) => zeros(parent.device, parent.shape)));
}
