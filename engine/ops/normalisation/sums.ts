/** Statistics of groups, and the sums that derivatives need: one dispatch for sums of up to 256 terms, a second or third for longer ones. */
import kernel from '../../../kernels/normalise_groups.wgsl';
import kernelVec4 from '../../../kernels/normalise_groups_vec4.wgsl';
import { empty } from '../../tensor.ts';
import type { Tensor } from '../../tensor.ts';
import { LONGEST_CHUNK, chunksOf, linearGroups } from '../grid.ts';
import { fold } from '../reduce.ts';
import { ONE } from './grouping.ts';
import type { Dimension, Grouped, Key } from './grouping.ts';

const product = (dimensions: readonly Dimension[]): number => dimensions.reduce((size, d) => size * d.size, 1);
const pair = (dimensions: readonly Dimension[]): Dimension[] => [ONE, ONE, ...dimensions].slice(-2);

/** One result for each group, or for each weight: the kernel's parameters, and its workgroups. */
function plan({ dimensions, lane, width }: Grouped, key: Key) {
  const [over, members] = [dimensions.filter((d) => d[key] !== 0), dimensions.filter((d) => d[key] === 0)];
  const four = [...pair(over), ...pair(members)];
  const [columns, count] = [product(over), product(members)];
  const chunks = chunksOf(count);
  const inner = four[3]?.size ?? 1;
  return {
    params: {
      size: four.map((d) => d.size), position: four.map((d) => d.position), group: four.map((d) => d.group), parameter: four.map((d) => d.parameter),
      place: four.slice(0, 2).map((d) => d[key]),
      step: [Math.floor(chunks / inner), chunks % inner],
      lane: [lane.group, lane.parameter, lane[key], 0],
      results: columns * (lane[key] === 0 ? 1 : width), chunks, count,
      across: four[1]?.position === 1 ? 1 : 0,
      weighted: 0, epsilon: 0, invalid: NaN,
    },
    groups: linearGroups(columns * chunks, 64),
  };
}

/** `[groups, 4]`: near, shift, 1 / sqrt(variance + eps), variance; near + shift is the mean. */
export function momentsOf(group: Grouped, eps: number): Tensor {
  const { source: { device, binding: x }, width } = group;
  const { params: base, groups } = plan(group, 'group');
  const params = { ...base, epsilon: eps };
  const { results } = params;
  let found = empty(device, [params.chunks, results, 4]);
  const call = { entry: 'moments', buffers: { x, found: found.binding }, params, groups } as const;
  if (width === 4) device.dispatch(kernelVec4, call);
  else device.dispatch(kernel, call);
  for (let count = params.chunks; count > 1; ) {
    const chunks = chunksOf(count, LONGEST_CHUNK);
    const merged = empty(device, [chunks, results, 4]);
    device.dispatch(kernel, { entry: 'merge', buffers: { statistics: found.binding, found: merged.binding }, params: { ...params, count, chunks }, groups: linearGroups(results * chunks, 64) });
    found = merged;
    count = chunks;
  }
  return found;
}

/** `[groups or weights, 2]`: the sum of `v = g * weight`, and of v times the normalised input. `g` is stored like the source. */
export function sumsOf(group: Grouped, g: Tensor, statistics: Tensor, weight: Tensor | null, key: Key): Tensor {
  const { source: { device, binding: x }, width } = group;
  const { params: base, groups } = plan(group, key);
  const params = { ...base, weighted: weight ? 1 : 0 };
  const { results, chunks } = params;
  const totals = empty(device, [chunks, results, 2]);
  const call = { entry: 'sums', buffers: { x, g: g.binding, weight: (weight ?? statistics).binding, statistics: statistics.binding, totals: totals.binding }, params, groups } as const;
  if (width === 4) device.dispatch(kernelVec4, call);
  else device.dispatch(kernel, call);
  return chunks === 1 ? totals : fold(totals, 'sum', 1, chunks, 2 * results);
}
