/** How the kernels of a recurrent layer are dispatched: how much of it at a time. */
import type { Device } from '../../device/device.ts';
import type { Binding } from '../../device/stream.ts';
import { lanesOf } from '../../device/variants.ts';
import type { Cell } from './cell.ts';

/** Parameters of `kernels/parts/recurrent.wgsl` that all dispatches of a sequence share. */
export interface Extent {
  readonly rows: number;
  /** Hidden units / 4. */
  readonly quads: number;
  readonly time: number;
  readonly planes: number;
  readonly reverse: 0 | 1;
  readonly has_lengths: 0 | 1;
}

interface Common {
  readonly weight: Binding;
  readonly lengths: Binding;
  readonly moving: Binding;
  readonly sums: Binding;
}

/** What a direction reads and writes, by the names in the kernels. */
export type Pass =
  | { readonly entry: 'forward'; readonly buffers: Common & { readonly projected: Binding; readonly bias: Binding } }
  | { readonly entry: 'backward'; readonly buffers: Common & { readonly upstream: Binding; readonly gates: Binding; readonly states: Binding; readonly d_projected: Binding } };

/** Rows of a workgroup. */
const ROWS = 16;
/** Products of two numbers that a workgroup may compute in one dispatch: under half a second on the slowest adapter. */
const LONGEST = 2 ** 28;

/**
 * Runs all steps. Where a dispatch costs as much as a step of a small layer, on software adapters, a workgroup computes all units of its rows,
 * and so many steps at a time. Elsewhere units are spread over workgroups, and a dispatch is one step.
 */
export function runSteps(device: Device, cell: Cell, extent: Extent, { entry, buffers }: Pass): void {
  const lanes = lanesOf(device.variants, device.variants.recurrent);
  const many = lanes !== null;
  const blocks = Math.ceil(extent.quads / (lanes ?? 16));
  const count = entry === 'forward' ? extent.time : extent.time + 1;
  const each = many ? Math.max(1, Math.floor(LONGEST / (ROWS * cell.gates * (4 * extent.quads) ** 2))) : 1;
  const groups: [number, number] = [many ? 1 : blocks, Math.ceil(extent.rows / ROWS)];
  for (let done = 0; done < count; done += each) {
    const params = { ...extent, blocks: many ? blocks : 1, first: entry === 'forward' ? done : extent.time - done, steps: Math.min(each, count - done) };
    if (many) device.dispatch(cell.kernels.subgroup, { entry, buffers, params, groups, overrides: { SUBGROUP: lanes } });
    else device.dispatch(cell.kernels.tile, { entry, buffers, params, groups });
  }
}
