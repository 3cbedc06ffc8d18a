/** Running sums. */
import kernel from '../../kernels/cumsum.wgsl';
import reduceKernel from '../../kernels/reduce.wgsl';
import { record } from '../recording.ts';
import { checkDType, empty } from '../tensor.ts';
import type { Tensor } from '../tensor.ts';
import { linearGroups } from './grid.ts';
import { hasHalf, narrowed, widened } from './half.ts';
import { lanes } from './lanes.ts';
import { flip } from './slice.ts';
import { contiguous } from './strided.ts';

const CHUNK = 128;

/** `[outer, count, inner]`, contiguous. Long axes are summed in chunks, whose sums are summed likewise: work in proportion to the size. */
function scan(x: Tensor, outer: number, count: number, inner: number): Tensor {
  const length = count <= 2 * CHUNK ? count : CHUNK;
  const chunks = Math.ceil(count / length);
  const before = chunks > 1 ? scan(chunkSums(x, outer, count, inner, chunks), outer, chunks, inner) : null;
  const out = empty(x.device, x.shape);
  const items = outer * chunks * inner;
  x.device.dispatch(kernel, {
    overrides: { OFFSETS: before ? 1 : 0 },
    // Without offsets `before` is not read.
    buffers: { x: x.binding, before: (before ?? x).binding, y: out.binding },
    params: { items, inner, count, length, chunks },
    groups: linearGroups(items, 64),
  });
  return out;
}

function chunkSums(x: Tensor, outer: number, count: number, inner: number, chunks: number): Tensor {
  const out = empty(x.device, [outer, chunks, inner]);
  const [WX, WY] = inner >= 32 ? [64, 1] : [8, 8];
  const [y, z] = linearGroups(outer * chunks, WY);
  x.device.dispatch(reduceKernel, {
    overrides: { OP: 0, WX, WY },
    buffers: { x: x.binding, y: out.binding },
    params: { inner, count, length: CHUNK, chunks, outer, scale: 1 },
    groups: [Math.ceil(inner / WX), y, z],
  });
  return out;
}

/**
 * Sums of all values up to each place along an axis, itself included, in a fixed order. From a NaN on, all are NaN. Of
 * float16 they are taken in float32, and each is rounded. PyTorch: `torch.cumsum`.
 * @throws ShapeError when the axis is out of range, DTypeError unless float32 or float16
 */
export function cumsum(x: Tensor, axis: number): Tensor {
  if (hasHalf(x)) return narrowed(cumsum(widened(x), axis), x);
  checkDType('cumsum', x, 'float32');
  const { axis: along, outer, count, inner } = lanes('cumsum', x, axis);
  const out = x.size === 0 ? empty(x.device, x.shape) : scan(contiguous(x.detach()), outer, count, inner);
  // Each value is in all sums from its place on.
  return record(out, 'cumsum', [x], (g) => [flip(cumsum(flip(g, [along]), along), [along])], { attributes: { axis: along } });
}
