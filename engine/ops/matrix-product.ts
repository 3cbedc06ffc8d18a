/** Matrix products on the adapter's matrix units, where the device was opened for them: `kernels/parts/matrix_product.wgsl`. */
import halfKernel from '../../kernels/matrix_product_f16.wgsl';
import kernel from '../../kernels/matrix_product_f32.wgsl';
import { bytesOf } from '../dtype.ts';
import { empty } from '../tensor.ts';
import type { Tensor } from '../tensor.ts';
import { cast } from './cast.ts';
import type { Contraction, Extents, Operand } from './contract.ts';
import { linearGroups } from './grid.ts';
import { reach } from './reach.ts';

/** Rows and columns of the result that a workgroup computes. */
const TILE = 32;

/** A row or column of matrices is one index, not nested ones. */
const isPlain = ([x, y]: Extents): boolean => x === 1 && y === 1;

/** What the kernel must know of an operand; null where its elements do not lie so that the units can load them. `side`: of the units' matrices. */
function operand({ tensor, outer, k, batch = 0 }: Operand, side: number) {
  const { binding, offset } = reach(tensor);
  const gapless = k[2] === 1 ? 'k' : outer[2] === 1 ? 'outer' : null;
  const stride = gapless === 'k' ? outer[2] : k[2];
  const loaded = 16 / bytesOf(tensor.dtype);
  if (gapless === null || stride < side || [offset, stride, batch].some((elements) => elements % loaded !== 0)) return null;
  return { binding, offset, gapless, stride, batch };
}

/** As `contract`, or null where the ordinary kernels must. */
export function matrixProduct(c: Contraction): Tensor | null {
  const { rows, columns, k, batches = 1, bias, activation, grouping, interleaved, into } = c;
  const { device, dtype } = c.a.tensor;
  const { matrixUnits } = device.variants;
  if (!matrixUnits || bias || activation || grouping || interleaved || ![rows, columns, k].every(isPlain)) return null;
  const half = dtype === 'float16';
  const [m, n, depth, side] = [rows[2], columns[2], k[2], half ? 16 : 8];
  if (!(half ? matrixUnits.float16 : matrixUnits.float32) || m % TILE !== 0 || n % TILE !== 0 || depth % side !== 0) return null;
  const [a, b] = [operand(c.a, side), operand(c.b, side)];
  if (!a || !b) return null;
  const result = into ?? empty(device, [batches, m, n]);
  device.dispatch(half ? halfKernel : kernel, {
    overrides: { LANES: matrixUnits.lanes, A_BY_COLUMN: a.gapless === 'k' ? 0 : 1, B_BY_COLUMN: b.gapless === 'k' ? 1 : 0 },
    buffers: { a: a.binding, b: b.binding, c: into ? into.extent : result.binding },
    params: { m, n, k: depth, batches, a_stride: a.stride, a_batch: a.batch, a_offset: a.offset, b_stride: b.stride, b_batch: b.batch, b_offset: b.offset },
    groups: linearGroups((m / TILE) * (n / TILE) * batches, 1),
    flops: 2 * m * n * depth * batches,
  });
  return into ?? cast(result, dtype);
}
