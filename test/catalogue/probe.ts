/** What an operation can do, found out by doing it. */
import type { Device, DType } from '../../engine/index.ts';
import { DTypeError, grad, mul, sum } from '../../engine/index.ts';
import { dtypeOf, make } from './entry.ts';
import type { Entry } from './entry.ts';

export interface Abilities {
  /** Types of the data inputs that it accepts; of float16 nothing is known on an adapter without it. */
  readonly dtypes: readonly DType[];
  readonly gradient: boolean;
  readonly secondGradient: boolean;
}

const DTYPES: readonly DType[] = ['float32', 'float16', 'int32', 'uint32', 'bool'];

export function probe(device: Device, { inputs, run }: Entry): Abilities {
  using _scope = device.scope();
  const takes = (dtype: DType): boolean => {
    try {
      run(inputs.map((input) => make(device, input, dtype)), device);
      return true;
    } catch (error) {
      if (error instanceof DTypeError) return false;
      throw error;
    }
  };
  const varied = inputs.some(({ kind }) => kind === 'data');
  const dtypes = varied ? DTYPES.filter(takes) : [...new Set(inputs.map((input) => dtypeOf(input, 'float32')))];
  const leaves = inputs.map((input) => make(device, input, 'float32'));
  const wanted = leaves.filter((leaf) => leaf.dtype === 'float32');
  for (const leaf of wanted) leaf.requiresGrad = true;
  const y = run(leaves, device);
  if (!y.requiresGrad) return { dtypes, gradient: false, secondGradient: false };
  const cotangent = make(device, { shape: y.shape, kind: 'float32' }, 'float32');
  cotangent.requiresGrad = true;
  const first = grad(y, wanted, { gradient: cotangent, createGraph: true });
  const gradient = first.some((g) => g !== null);
  const slope = first.flatMap((g) => g?.requiresGrad ? [sum(mul(g, g))] : [])[0];
  return { dtypes, gradient, secondGradient: slope !== undefined && grad(slope, [...wanted, cotangent]).some((g) => g !== null) };
}
