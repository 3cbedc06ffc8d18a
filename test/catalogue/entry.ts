/** What the catalogue says of an operation: how to call it on small valid inputs. Its documentation and its fuzz tests are made from that. */
import type { Device, DType, Tensor } from '../../engine/index.ts';
import { tensor } from '../../engine/index.ts';
import { count } from '../reference/array.ts';
import { uniforms } from '../support/values.ts';

export interface Input {
  readonly shape: readonly number[];
  /** `data`: of the type under test; `index`: int32 from 0 to below `limit`; `bool`: a condition; `float32`: data that is always of this type. */
  readonly kind: 'data' | 'index' | 'bool' | 'float32';
  readonly limit?: number;
}

export interface Entry {
  readonly inputs: readonly Input[];
  /** Gives the result, or the one of several that depends on the data. */
  readonly run: (inputs: readonly Tensor[], device: Device) => Tensor;
}

export const data = (...shape: number[]): Input => ({ shape, kind: 'data' });
export const float = (...shape: number[]): Input => ({ shape, kind: 'float32' });
export const condition = (...shape: number[]): Input => ({ shape, kind: 'bool' });
export const index = (limit: number, ...shape: number[]): Input => ({ shape, kind: 'index', limit });

export function dtypeOf({ kind }: Input, dtype: DType): DType {
  return kind === 'data' ? dtype : kind === 'index' ? 'int32' : kind;
}

/** An input of the given type, with values between 0.2 and 1 (whole numbers for integers), which every operation accepts. */
export function make(device: Device, input: Input, dtype: DType, seed = 1): Tensor {
  const next = uniforms(seed);
  const type = dtypeOf(input, dtype);
  const value = type === 'float32' ? () => 0.2 + 0.8 * next() : () => Math.floor(next() * (input.limit ?? 2));
  return tensor(device, Array.from({ length: count(input.shape) }, value), input.shape, { dtype: type });
}
