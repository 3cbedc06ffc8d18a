/** The same values in differently laid out storage: what is not an element is NaN, so that reading beside the view shows. */
import type { Device, Tensor } from '../../engine/index.ts';
import { tensor } from '../../engine/index.ts';
import { build } from '../reference/array.ts';
import type { NDArray } from '../reference/array.ts';
import { shuffledIndices, uniforms } from './values.ts';

/** `permuted`: dimensions stored in another order; `padded`: so too, and the innermost runs filled up to a multiple of 4. */
export type Layout = 'plain' | 'permuted' | 'padded' | 'offset 3' | 'offset 4' | 'offset 64' | 'gaps';
export const LAYOUTS: readonly Layout[] = ['plain', 'permuted', 'padded', 'offset 3', 'offset 4', 'offset 64', 'gaps'];

/** A leaf that wants a gradient, of the given values, as a view of a storage that is laid out otherwise. */
export function leaf(device: Device, x: NDArray, layout: Layout = 'plain', seed = 0): Tensor {
  const out = constant(device, x, layout, seed);
  out.requiresGrad = true;
  return out;
}

export function constant(device: Device, x: NDArray, layout: Layout = 'plain', seed = 0): Tensor {
  if (layout === 'plain') return tensor(device, Float32Array.from(x.data), x.shape);
  const rank = x.shape.length;
  const offset = layout.startsWith('offset') ? Number(layout.slice(7)) : 0;
  const order = layout === 'permuted' || layout === 'padded' ? shuffledIndices(rank, uniforms(seed)) : Array.from({ length: rank }, (_, d) => d);
  const strides = new Array<number>(rank);
  let stride = layout === 'gaps' ? 2 : 1;
  for (const d of [...order].reverse()) {
    strides[d] = stride;
    stride *= x.shape[d]!;
    if (layout === 'padded') stride = Math.ceil(stride / 4) * 4;
  }
  const host = new Float32Array(offset + stride + 5).fill(NaN);
  build(x.shape, (index, at) => (host[index.reduce((to, i, d) => to + i * strides[d]!, offset)] = x.data[at]!));
  return tensor(device, host).view({ shape: x.shape, strides, offset });
}
