import { isSource } from '../../data/index.ts';
import type { InputArray, Split } from '../../data/index.ts';

/** The inputs of a split that holds them in memory. */
export function arrayOf({ inputs }: Pick<Split, 'inputs'>): InputArray {
  if (isSource(inputs)) throw new Error('these inputs are read on demand');
  return inputs;
}
