/** Statistics of groups, and the sums that derivatives need: one dispatch for sums of up to 256 elements, a second or third for longer ones. */
import kernel from '../../../kernels/normalise_groups.wgsl';
import { empty } from '../../tensor.ts';
import type { Tensor } from '../../tensor.ts';
import { linearGroups } from '../grid.ts';
import { fold } from '../reduce.ts';
import { ONE } from './grouping.ts';
import type { Dimension, Grouped, Key } from './grouping.ts';

const WHOLE = 256;
const SHORTEST = 32;
const LONGEST = 1024;

/** Into how many chunks so many terms are divided: one if they are few, else about as many as each then has terms. */
function chunksOf(count: number, few: number): number {
  return count <= few ? 1 : Math.ceil(count / Math.min(LONGEST, Math.max(SHORTEST, Math.ceil(Math.sqrt(count)))));
}

const product = (dimensions: readonly Dimension[]): number => dimensions.reduce((size, d) => size * d.size, 1);
const pair = (dimensions: readonly Dimension[]): Dimension[] => [ONE, ONE, ...dimensions].slice(-2);

/** The kernel's parameters for one result for each group, or for each weight. */
function plan(dimensions: readonly Dimension[], key: Key) {
  const [over, members] = [dimensions.filter((d) => d[key] !== 0), dimensions.filter((d) => d[key] === 0)];
  const four = [...pair(over), ...pair(members)];
  const [results, count] = [product(over), product(members)];
  const chunks = chunksOf(count, WHOLE);
  const inner = four[3]?.size ?? 1;
  return {
    size: four.map((d) => d.size), position: four.map((d) => d.position), group: four.map((d) => d.group), parameter: four.map((d) => d.parameter),
    place: four.slice(0, 2).map((d) => d[key]),
    step: [Math.floor(chunks / inner), chunks % inner],
    results, chunks, count,
    across: four[1]?.position === 1 ? 1 : 0,
    weighted: 0, epsilon: 0, invalid: NaN,
  };
}

/** `[groups, 4]`: near, shift, 1 / sqrt(variance + eps), variance; near + shift is the mean. */
export function momentsOf({ source, dimensions }: Grouped, eps: number): Tensor {
  const { device } = source;
  const params = { ...plan(dimensions, 'group'), epsilon: eps };
  const { results } = params;
  let found = empty(device, [params.chunks, results, 4]);
  device.dispatch(kernel, { entry: 'moments', buffers: { x: source.binding, found: found.binding }, params, groups: linearGroups(results * params.chunks, 64) });
  for (let count = params.chunks; count > 1; ) {
    const chunks = chunksOf(count, LONGEST);
    const merged = empty(device, [chunks, results, 4]);
    device.dispatch(kernel, { entry: 'merge', buffers: { statistics: found.binding, found: merged.binding }, params: { ...params, count, chunks }, groups: linearGroups(results * chunks, 64) });
    found = merged;
    count = chunks;
  }
  return found;
}

/** `[groups or weights, 2]`: the sum of `v = g * weight` and of v times the normalised input. `g` is stored like the source. */
export function sumsOf({ source, dimensions }: Grouped, g: Tensor, statistics: Tensor, weight: Tensor | null, key: Key): Tensor {
  const { device } = source;
  const params = { ...plan(dimensions, key), weighted: weight ? 1 : 0 };
  const { results, chunks } = params;
  const totals = empty(device, [chunks, results, 2]);
  device.dispatch(kernel, {
    entry: 'sums',
    buffers: { x: source.binding, g: g.binding, weight: (weight ?? statistics).binding, statistics: statistics.binding, totals: totals.binding },
    params,
    groups: linearGroups(results * chunks, 64),
  });
  return chunks === 1 ? totals : fold(totals, 'sum', 1, chunks, 2 * results);
}
