/** Sums by destination, in a fixed order and without atomics: the destinations are sorted, then each run of equal ones is added up. */
import segmentSum from '../../../kernels/segment_sum.wgsl';
import segmentSumVec4 from '../../../kernels/segment_sum_vec4.wgsl';
import { empty } from '../../tensor.ts';
import type { Tensor } from '../../tensor.ts';
import { linearGroups } from '../grid.ts';
import { sortedPairs } from '../sorted.ts';
import type { Picks } from './picks.ts';

/** Pairs whose sum one invocation takes in a step. */
const BLOCK = 64;

/**
 * The sums, `[outer, size, inner]`, of `x` contiguous.
 * @param destinations of single elements with `each`, else of rows
 * @param out zeros, that become the result
 */
export function sumInRuns(x: Tensor, destinations: Tensor, { each, outer, size, inner }: Picks, out: Tensor): Tensor {
  const pairs = destinations.size;
  const sorted = sortedPairs(destinations, 1, pairs);
  const unit = !each && inner % 4 === 0 ? 4 : 1;
  const shape = each ? { outer: 1, size: out.size, inner: 1 } : { outer, size, inner: inner / unit };
  const elements = shape.outer * pairs * shape.inner;
  let from = x;
  for (let step = 1; step === 1 || step < pairs; step *= BLOCK) {
    const span = step * BLOCK;
    const to = span >= pairs ? out : empty(x.device, x.shape);
    x.device.dispatch(unit === 4 ? segmentSumVec4 : segmentSum, {
      buffers: { sorted: sorted.binding, x: from.binding, y: to.extent },
      params: { elements, inner: shape.inner, pairs, size: shape.size, step, span },
      groups: linearGroups(elements, 64),
    });
    from = to;
  }
  return out;
}
