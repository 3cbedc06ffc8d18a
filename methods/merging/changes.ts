/** What fine-tuning changed, on the host. */
import type { Experts } from './fine-tuning.ts';

export interface Changes {
  /** Values of the common trunk, laid out as its arena. */
  readonly base: Float32Array;
  /** `theta_t - theta_0` of each task, in the order of the tasks. */
  readonly changes: readonly Float32Array[];
}

export async function changesOf({ base, tuned }: Experts): Promise<Changes> {
  const start = await base.values.read() as Float32Array;
  const ends = await Promise.all(tuned.map(async ({ values }) => await values.read() as Float32Array));
  return { base: start, changes: ends.map((end) => end.map((value, i) => value - (start[i] ?? 0))) };
}
