/**
 * The promises of Algorithm 1 (Thakur et al., AISTATS 2025) to the tasks: who claims what, and what keeps its bits. They hold for any
 * learning rate, threshold or damping, so they can be asked of every variant, and of any other optimizer with masks.
 */
import { LazygradError } from '../engine/index.ts';
import type { MaskedOptimizer, Masks, StepReport } from './masked-optimizer.ts';
import type { Script } from './scripts.ts';

/**
 * - `union`: P is the union of all H^t.
 * - `exclusive`: no parameter belongs to two tasks.
 * - `claim`: a step makes parameters the stepping task's, and only ones that were nobody's; of those, all that it found sensitive.
 * - `permanent`: what is claimed stays so.
 * - `untouched`: what is nobody's has its initial bits.
 * - `insensitive`: what a step did not find sensitive keeps its bits.
 * - `epoch`: the end of an epoch changes neither parameters nor masks.
 */
export type Invariant = 'union' | 'exclusive' | 'claim' | 'permanent' | 'untouched' | 'insensitive' | 'epoch';

/** An invariant that does not hold; the message says of which parameter, and after which event. */
export class InvariantError extends LazygradError {
  readonly invariant: Invariant;

  constructor(invariant: Invariant, message: string) {
    super(`${invariant}: ${message}`);
    this.invariant = invariant;
  }
}

export interface Snapshot {
  /** Bits of the parameters: NaN equals itself, and 0 does not equal -0. */
  readonly bits: Uint32Array;
  readonly masks: Masks;
}

export async function snapshot(optimizer: MaskedOptimizer): Promise<Snapshot> {
  return { bits: new Uint32Array(Float32Array.from(await optimizer.parameters()).buffer), masks: await optimizer.masks() };
}

/**
 * Takes a fresh optimizer of the script's initial parameters through the script, and looks at it before and after every event.
 * @throws InvariantError
 */
export async function checkInvariants(optimizer: MaskedOptimizer, script: Script): Promise<void> {
  const start = await snapshot(optimizer);
  const exempt = (i: number): boolean => optimizer.exempt?.[i] ?? false;
  let before = start;
  for (const [n, event] of script.events.entries()) {
    let report: StepReport = {};
    if (event === 'endEpoch') await optimizer.endEpoch();
    else report = await optimizer.step(event.task, event.gradient) ?? {};
    const after = await snapshot(optimizer);
    const where = event === 'endEpoch' ? `event ${n}, the end of an epoch` : `event ${n}, a step of ${event.task}`;
    for (let i = 0; i < script.initial.length; i++) {
      const violate = (invariant: Invariant, what: string): never => {
        throw new InvariantError(invariant, `parameter ${i} ${what} after ${where}`);
      };
      ofMasks(after.masks, i, violate);
      if (event === 'endEpoch') ofEpochEnd(before, after, i, violate);
      else ofClaims(before, after, i, event.task, exempt(i) ? {} : report, violate);
      if (!after.masks.claimed[i] && !exempt(i) && after.bits[i] !== start.bits[i]) violate('untouched', 'is nobody\'s, and has other bits than at the start');
      if (report.sensitive?.[i] === false && !exempt(i) && after.bits[i] !== before.bits[i]) violate('insensitive', 'was not found sensitive and has other bits');
    }
    before = after;
  }
}

type Violate = (invariant: Invariant, what: string) => never;

function ownersOf({ byTask }: Masks, i: number): string[] {
  return [...byTask].flatMap(([task, mask]) => mask[i] ? [task] : []);
}

function ofMasks(masks: Masks, i: number, violate: Violate): void {
  const owners = ownersOf(masks, i);
  if (owners.length > 1) violate('exclusive', `belongs to ${owners.join(' and ')}`);
  if (owners.length > 0 && !masks.claimed[i]) violate('union', `belongs to ${owners.join()} and is not claimed`);
  if (owners.length === 0 && masks.claimed[i]) violate('union', 'is claimed and belongs to no task');
}

function ofEpochEnd(before: Snapshot, after: Snapshot, i: number, violate: Violate): void {
  if (after.bits[i] !== before.bits[i]) violate('epoch', 'has other bits');
  if (String(ownersOf(after.masks, i)) !== String(ownersOf(before.masks, i))) violate('epoch', 'has another owner');
}

function ofClaims(before: Snapshot, after: Snapshot, i: number, task: string, { sensitive }: StepReport, violate: Violate): void {
  const [was, is] = [ownersOf(before.masks, i)[0], ownersOf(after.masks, i)[0]];
  if (was !== undefined && is !== was) violate('permanent', `belonged to ${was} and belongs to ${is ?? 'nobody'}`);
  if (was === undefined && is !== undefined && is !== task) violate('claim', `was nobody's and belongs to ${is}`);
  if (was === undefined && is !== undefined && sensitive?.[i] === false) violate('claim', 'was not found sensitive and got claimed');
  if (is === undefined && sensitive?.[i]) violate('claim', 'was found sensitive and belongs to nobody');
}
