/** What a source of one task's samples holds, before the program's own splits are made. */
import type { InputArray } from '../input-source.ts';
import type { Split } from '../task.ts';

/** A training and a test part kept apart by the source, or one pool that still has to be divided. */
export type Parts = { readonly train: Split<InputArray>; readonly test: Split<InputArray> } | { readonly pool: Split<InputArray> };

export interface Source {
  /** The folder that the samples come from. */
  readonly path: string;
  load(): Promise<Parts>;
}
