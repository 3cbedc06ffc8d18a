/**
 * The two linear maps that all indexing is made of: `take` copies what indices name, `put` adds back to where it came from. Each is the
 * derivative of the other, so every order of differentiation is exact.
 */
import gather from '../../../kernels/gather.wgsl';
import gatherVec4 from '../../../kernels/gather_vec4.wgsl';
import scatter from '../../../kernels/scatter.wgsl';
import { record } from '../../recording.ts';
import { empty, zeros } from '../../tensor.ts';
import type { DType, Tensor } from '../../tensor.ts';
import { cast } from '../cast.ts';
import { linearGroups } from '../grid.ts';
import { contiguous } from '../strided.ts';
import type { Picks } from './picks.ts';
import { sumInRuns } from './runs.ts';

/** The bits that stand for what an index out of range would have given: NaN where there is one. */
const MISSING: Record<Exclude<DType, 'float16'>, number> = { float32: 0x7fc00000, int32: 0, uint32: 0, bool: 0 };

/**
 * `[outer, size, inner]` to `[outer, count, inner]`, of any type. An index out of range is reported and gives NaN, or 0 where the type has none.
 * @param back the same picks, or some of them skipped: what the derivative adds up
 */
export function take(x: Tensor, picks: Picks, back: Picks = picks): Tensor {
  if (x.dtype === 'float16') return cast(take(cast(x, 'float32'), picks, back), 'float16');
  const { index, each, outer, size, count, inner } = picks;
  const { faults } = x.device;
  const out = empty(x.device, [outer, count, inner], x.dtype);
  const unit = !each && inner % 4 === 0 ? 4 : 1;
  const elements = out.size / unit;
  x.device.dispatch(unit === 4 ? gatherVec4 : gather, {
    overrides: { EACH: each ? 1 : 0 },
    buffers: { x: contiguous(x.detach()).binding, index: index.binding, y: out.binding, faults: faults.binding },
    params: { elements, inner: inner / unit, size, count, skipped: picks.skipped ?? size, missing: MISSING[x.dtype], code: faults.code(picks.expectation) },
    groups: linearGroups(elements, 64),
  });
  return record(out, picks.operation, [x], (g, place) => [put(g, back, place(0))], { others: [index], attributes: { role: 'take', each } });
}

/** Looking at every index from every result is cheaper than sorting, and its sums are short, up to here. */
const FEW_INDICES = 8;
const FEW_PLACES = 64;
const MANY_INDICES = 256;

/** `[outer, count, inner]` to `[outer, size, inner]`, float32: sums of what goes to the same place. An index out of range is reported and adds nothing. @param into where they go, off the tape */
export function put(x: Tensor, picks: Picks, into: Tensor | null = null): Tensor {
  const { outer, size, count, inner } = picks;
  const source = contiguous(x.detach());
  const scans = size > 0 && (count <= FEW_INDICES || (count <= MANY_INDICES && size <= FEW_PLACES));
  const nothing = (): Tensor => into ? cleared(into) : zeros(x.device, [outer, size, inner]);
  const out = x.size === 0 ? nothing() : scans ? scan(source, picks, into) : sumInRuns(source, destinations(picks), picks, nothing());
  return into ?? record(out, picks.operation, [x], (g) => [take(g, picks)], { others: [picks.index], attributes: { role: 'put', each: picks.each, size } });
}

function cleared(x: Tensor): Tensor {
  x.device.clear(x.extent);
  return x;
}

function scan(x: Tensor, picks: Picks, into: Tensor | null): Tensor {
  const out = into ?? empty(x.device, [picks.outer, picks.size, picks.inner]);
  x.device.dispatch(scatter, { entry: 'scan', ...call(picks, out.size), buffers: { x: x.binding, index: picks.index.binding, y: out.extent, faults: x.device.faults.binding } });
  return out;
}

/** Where every index points, uint32, in the order of the indices; all ones for those that are skipped or, which is reported, out of range. */
export function destinations(picks: Picks): Tensor {
  const { index } = picks;
  const out = empty(index.device, [index.size], 'uint32');
  index.device.dispatch(scatter, { entry: 'destinations', ...call(picks, index.size), buffers: { index: index.binding, destination: out.binding, faults: index.device.faults.binding } });
  return out;
}

function call({ index, each, size, count, inner, skipped, expectation }: Picks, elements: number) {
  return {
    overrides: { EACH: each ? 1 : 0 },
    params: { elements, inner, size, count, skipped: skipped ?? size, code: index.device.faults.code(expectation) },
    groups: linearGroups(elements, 64),
  };
}
