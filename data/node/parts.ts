/** What a source of one task's samples holds, before the program's own splits are made. */
import type { Split } from '../task.ts';

/** A training and a test part kept apart by the source, or one pool that still has to be divided. */
export type Parts = { readonly train: Split; readonly test: Split } | { readonly pool: Split };

export interface Source {
  /** The folder that the samples come from. */
  readonly path: string;
  load(): Promise<Parts>;
}
