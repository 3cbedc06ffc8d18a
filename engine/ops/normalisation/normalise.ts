/** Normalisation by the statistics of groups, then weight and bias; with its derivative, fused. */
import kernel from '../../../kernels/normalise.wgsl';
import { contiguousStrides, sameOrder } from '../../layout.ts';
import type { Shape } from '../../layout.ts';
import { isRecording, record } from '../../recording.ts';
import { emptyLike, zeros } from '../../tensor.ts';
import type { Tensor } from '../../tensor.ts';
import { linearGroups } from '../grid.ts';
import { reshape } from '../shape.ts';
import { contiguous, move } from '../strided.ts';
import { compositeGradients } from './composite.ts';
import { ONE } from './grouping.ts';
import type { Grouped } from './grouping.ts';
import { EPS } from './options.ts';
import type { NormalisationOptions } from './options.ts';
import { sumsOf } from './sums.ts';

/** What the kernel is told about where elements belong, and how it is called. */
function callFor({ source, dimensions }: Grouped) {
  const four = [ONE, ONE, ONE, ONE, ...dimensions].slice(-4);
  return {
    params: { size: four.map((d) => d.size), group: four.map((d) => d.group), parameter: four.map((d) => d.parameter), elements: source.size },
    groups: linearGroups(Math.ceil(source.size / 4), 64),
  };
}

/** The values of `g` stored like `source`, off the tape. */
function storedLike(source: Tensor, g: Tensor): Tensor {
  if (sameOrder(g.shape, g.strides, source.strides) && g.offset % 64 === 0) return g.detach();
  const out = emptyLike(source);
  move(g.detach(), out);
  return out;
}

/** One column of a contiguous table, seen in the given shape. */
function column(table: Tensor, columns: number, which: number, shape: Shape): Tensor {
  return table.view({ shape, strides: contiguousStrides(shape).map((stride) => stride * columns), offset: which });
}

/**
 * `(x - mean) / sqrt(variance + eps) * weight + bias`, with the statistics as `momentsOf` gives them; `fixed` if they do not depend on the input.
 * The options are checked by the caller.
 */
export function normalise(operation: string, x: Tensor, group: Grouped, statistics: Tensor, { weight = null, bias = null, eps = EPS }: NormalisationOptions, fixed = false): Tensor {
  const { source, dimensions, grouping } = group;
  const { params, groups } = callFor(group);
  const scale = weight && contiguous(weight.detach());
  const shift = bias && contiguous(bias.detach());
  const shared = { x: source.binding, weight: (scale ?? statistics).binding, statistics: statistics.binding };
  const flags = { weighted: scale ? 1 : 0, biased: shift ? 1 : 0 };
  // Where each group has a weight of its own, as in batch normalisation, the sums for weight and bias are those for the input.
  const ownWeights = dimensions.every((d) => d.group === d.parameter);

  function gradientByInput(g: Tensor, parameterSums: Tensor | null): Tensor {
    const ofGroups = (): Tensor => ownWeights ? parameterSums ?? sumsOf(group, g, statistics, null, 'group') : sumsOf(group, g, statistics, scale, 'group');
    const totals = fixed ? statistics : ofGroups();
    const result = emptyLike(source);
    const share = fixed ? 0 : statistics.size / 4 / source.size;
    source.device.dispatch(kernel, { entry: 'gradient', buffers: { ...shared, g: g.binding, totals: totals.binding, y: result.binding }, params: { ...params, ...flags, outside: ownWeights ? 1 : 0, share }, groups });
    return result;
  }

  const out = emptyLike(source);
  source.device.dispatch(kernel, { entry: 'apply', buffers: { ...shared, bias: (shift ?? statistics).binding, y: out.binding }, params: { ...params, ...flags, outside: 0, share: 0 }, groups });
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
