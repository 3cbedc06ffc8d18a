/** What the device says about refused steps: the first words of the buffer that `kernels/apo.wgsl` calls the verdict. */
import { NumericsError } from '../engine/errors.ts';

/** Words before the thresholds. */
export const VERDICT_HEAD = 8;

/** A NaN is a larger pattern of bits than infinity, and that than any number. */
const INFINITE = 0x7f80_0000;

/** @param blame the tensor of a block, the name of a task's number; null when no step was refused */
export function refusal(words: Uint32Array, blame: { readonly tensor: (block: number) => string; readonly task: (id: number) => string | null }): NumericsError | null {
  const [, count = 0, , where = 0, who = 0, what = 0] = words;
  if (count === 0) return null;
  const kind = what > INFINITE ? 'a NaN' : what === INFINITE ? 'an infinity' : 'numbers too large for its mean and deviation';
  const task = blame.task(who) ?? 'that was removed since';
  return new NumericsError(`APO refused ${count} ${count === 1 ? 'step' : 'steps'}: first the gradient of ${blame.tensor(~where >>> 0)} had ${kind} in a batch of task ${task}. Nothing was changed or claimed by it: lower the learning rate, or look for what the batch holds`);
}

/** As large as float32 goes, which is how the kernel says that nothing is above. */
const NOTHING = 3.4028234e38;

/** The thresholds behind the head, by group; Infinity where nothing could be sensitive. */
export function readThresholds(words: Uint32Array): number[] {
  return Array.from(new Float32Array(words.buffer, words.byteOffset + VERDICT_HEAD * 4), (value) => value >= NOTHING ? Infinity : value);
}
