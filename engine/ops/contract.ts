/**
 * The one contraction behind matrix products and convolutions: C[row][col] = sum over k of A[row][k] B[k][col].
 * Rows, columns and k are up to three nested indices each; see `kernels/parts/contract_operands.wgsl`.
 */
import subgroupHalfKernel from '../../kernels/contract_subgroup_f16.wgsl';
import subgroupKernel from '../../kernels/contract_subgroup_f32.wgsl';
import tileHalfKernel from '../../kernels/contract_tile_f16.wgsl';
import tileKernel from '../../kernels/contract_tile_f32.wgsl';
import { lanesOf, tileOf } from '../device/variants.ts';
import type { Variants } from '../device/variants.ts';
import { empty } from '../tensor.ts';
import type { Tensor } from '../tensor.ts';
import { cast } from './cast.ts';
import { activate, activationNumber } from './fused.ts';
import type { Activation } from './fused.ts';
import { linearGroups } from './grid.ts';
import { matrixProduct } from './matrix-product.ts';
import { reach } from './reach.ts';
import { fold } from './reduce.ts';

/** An index that is up to three nested ones, outermost first. */
export type Extents = readonly [number, number, number];
export type Strides = readonly [number, number, number];

export interface Operand {
  readonly tensor: Tensor;
  /** Strides in elements by the nested row (or column) index, and by the nested k index. */
  readonly outer: Strides;
  readonly k: Strides;
  readonly batch?: number;
}

/**
 * Batches that depend on numbers which only the device knows, uint32. `matrix`: batch i of A meets the batch of B that `table[i]` names; all ones in it
 * names none, and nothing is stored. `depth`: batch i sums over the k0 from `table[i]` to below `table[i + 1]`.
 */
export interface Grouping {
  readonly by: 'matrix' | 'depth';
  readonly table: Tensor;
}

/** Both operands are float32, or both float16. Sums are taken in float32 and rounded once; the bias is float32. */
export interface Contraction {
  readonly rows: Extents;
  readonly columns: Extents;
  readonly k: Extents;
  readonly batches?: number;
  readonly a: Operand;
  readonly b: Operand;
  /** One value per column, of every batch: `[batches * columns]`, contiguous. */
  readonly bias?: Tensor | null;
  /** Applied to every value, after the bias. */
  readonly activation?: Activation | undefined;
  /** See `Grouping`; without bias, activation and `interleaved`. */
  readonly grouping?: Grouping;
  /** Puts the batches of a row side by side: the result is `[rows, batches, columns]`. */
  readonly interleaved?: boolean;
  /** Where the result goes, of float32; without activation and `interleaved`. */
  readonly into?: Tensor | null;
}

const product = ([x, y, z]: Extents): number => x * y * z;
/** Numbers inside `kernels/parts/contract_operands.wgsl`. */
const GROUPINGS: Readonly<Record<Grouping['by'], number>> = { matrix: 1, depth: 2 };

function multiplesOfFour(...values: readonly number[]): boolean {
  return values.every((value) => value % 4 === 0);
}

/** 1: vec4 along k, 2: vec4 along rows, 0: scalars. */
function accessA({ a, k, rows }: Contraction): number {
  const shared = [a.tensor.offset, a.outer[0], a.outer[1], a.k[0], a.k[1], a.batch ?? 0];
  if (a.k[2] === 1 && multiplesOfFour(k[2], a.outer[2], ...shared)) return 1;
  if (a.outer[2] === 1 && multiplesOfFour(rows[2], a.k[2], ...shared)) return 2;
  return 0;
}

/** 1: vec4 along columns, 2: vec4 along k, 0: scalars. */
function accessB({ b, k, columns }: Contraction): number {
  const shared = [b.tensor.offset, b.outer[0], b.outer[1], b.k[0], b.k[1], b.batch ?? 0];
  if (b.outer[2] === 1 && multiplesOfFour(columns[2], b.k[2], ...shared)) return 1;
  if (b.k[2] === 1 && multiplesOfFour(k[2], b.outer[2], ...shared)) return 2;
  return 0;
}

/** How many slices of k0 run side by side where rows and columns alone would leave the device idle. */
function splitCount({ k }: Contraction, groups: number, { splitBelow, shortestSlice }: Variants): number {
  if (k[0] === 0) return 1;
  const wanted = Math.ceil(splitBelow / groups);
  const allowed = Math.floor(product(k) / shortestSlice);
  const slices = Math.max(1, Math.min(wanted, allowed, k[0]));
  return Math.ceil(k[0] / Math.ceil(k[0] / slices));
}

/** Divides a plain k into k0 slices of equal length, so that it can be split. */
function divided(c: Contraction, groups: number, { splitBelow, shortestSlice }: Variants): Contraction {
  if (c.k[0] !== 1 || c.k[1] !== 1) return c;
  const wanted = Math.min(Math.ceil(splitBelow / groups), Math.floor(c.k[2] / shortestSlice));
  for (let parts = wanted; parts > 1; parts--) {
    if (c.k[2] % (4 * parts) !== 0) continue;
    const length = c.k[2] / parts;
    return { ...c, k: [parts, 1, length], a: { ...c.a, k: [length * c.a.k[2], 0, c.a.k[2]] }, b: { ...c.b, k: [length * c.b.k[2], 0, c.b.k[2]] } };
  }
  return c;
}

/** Gives a contiguous `[batches, rows, columns]` of the operands' type, unless `interleaved`; or `into`. */
export function contract(contraction: Contraction): Tensor {
  return matrixProduct(contraction) ?? strided(contraction);
}

function strided(contraction: Contraction): Tensor {
  const { rows, columns, batches = 1, activation, grouping, interleaved = false, into = null } = contraction;
  const device = contraction.a.tensor.device;
  const { variants } = device;
  const lanes = lanesOf(variants, variants.contraction);
  const m = product(rows);
  const n = product(columns);
  const [tileRows, tileColumns] = tileOf(variants);
  const tiles = Math.ceil(n / tileColumns) * Math.ceil(m / tileRows) * batches;
  const byDepth = grouping?.by === 'depth';
  const c = byDepth ? contraction : divided(contraction, tiles, variants);
  const splits = byDepth ? 1 : splitCount(c, tiles, variants);
  const partial = into && splits === 1 ? into : empty(device, [splits, batches, m, n]);
  const bias = c.bias ?? null;
  const [a, b] = [reach(c.a.tensor), reach(c.b.tensor)];
  const call = {
    buffers: { a: a.binding, a4: a.binding, b: b.binding, b4: b.binding, bias: bias ? bias.binding : b.binding, table: grouping ? grouping.table.binding : b.binding, c: partial === into ? into.extent : partial.binding },
    params: {
      m, n, batches, splits,
      k_size: [...c.k, Math.ceil(c.k[0] / splits)],
      row_size: rows.slice(1),
      col_size: columns.slice(1),
      a_row: [...c.a.outer, c.a.batch ?? 0],
      a_k: [...c.a.k, a.offset],
      b_col: [...c.b.outer, c.b.batch ?? 0],
      b_k: [...c.b.k, b.offset],
      c_row: interleaved ? batches * n : n,
      c_batch: interleaved ? n : m * n,
      split_stride: batches * m * n,
      has_bias: bias ? 1 : 0,
      // Where the sum is split, it follows the last addition.
      activation: splits === 1 ? activationNumber(activation) : 0,
      grouping: grouping ? GROUPINGS[grouping.by] : 0,
    },
    groups: linearGroups(tiles * splits, 1),
    // Batches that sum over stretches of their own share the depth.
    flops: 2 * m * n * product(c.k) * (byDepth ? 1 : batches),
  };
  const access = { A_ACCESS: accessA(c), B_ACCESS: accessB(c) };
  const half = c.a.tensor.dtype === 'float16';
  if (lanes !== null) device.dispatch(half ? subgroupHalfKernel : subgroupKernel, { ...call, overrides: { ...access, SUBGROUP: lanes } });
  else device.dispatch(half ? tileHalfKernel : tileKernel, { ...call, overrides: access });
  if (into) return splits === 1 ? into : fold(partial, 'sum', 1, splits, batches * m * n, 1, into);
  const view = interleaved ? { shape: [m, batches, n], strides: [batches * n, n, 1], offset: 0 } : { shape: [batches, m, n], strides: [m * n, n, 1], offset: 0 };
  const sums = splits === 1 ? partial.view(view) : activate(activation, fold(partial, 'sum', 1, splits, batches * m * n).view(view));
  return cast(sums, c.a.tensor.dtype);
}
