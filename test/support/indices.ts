/** Tensors of indices, drawn with repetitions. */
import type { Device, Tensor } from '../../engine/index.ts';
import { permute, tensor } from '../../engine/index.ts';
import { build, position } from '../reference/array.ts';
import type { NDArray } from '../reference/array.ts';
import { uniforms } from './values.ts';

/** Whole numbers from 0 up to but without `below`. */
export function drawnIndices(shape: readonly number[], below: number, seed: number): NDArray {
  const next = uniforms(seed);
  return build(shape, () => Math.floor(next() * below));
}

/** int32; `turned` ones are stored with their axes in reverse. */
export function indexTensor(device: Device, x: NDArray, turned = false): Tensor {
  if (!turned) return tensor(device, Int32Array.from(x.data), x.shape);
  const reversed = [...x.shape].reverse();
  const stored = build(reversed, (index) => x.data[position(x.shape, [...index].reverse())]!);
  return permute(tensor(device, Int32Array.from(stored.data), reversed), x.shape.map((_, d) => x.shape.length - 1 - d));
}
