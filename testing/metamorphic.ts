/** Properties that compare two runs of the same optimizer. */
import { LazygradError } from '../engine/index.ts';
import { snapshot } from './invariants.ts';
import type { Snapshot } from './invariants.ts';
import type { MaskedOptimizer } from './masked-optimizer.ts';
import type { Script } from './scripts.ts';

/** Two runs that should agree and do not. */
export class DifferenceError extends LazygradError {}

async function trace(optimizer: MaskedOptimizer, { events }: Script): Promise<Snapshot[]> {
  const snapshots: Snapshot[] = [];
  for (const event of events) {
    if (event === 'endEpoch') await optimizer.endEpoch();
    else await optimizer.step(event.task, event.gradient);
    snapshots.push(await snapshot(optimizer));
  }
  return snapshots;
}

function compare(runs: readonly [readonly Snapshot[], readonly Snapshot[]], { initial }: Script, withBits: boolean, reason: string): void {
  const [first, second] = runs;
  for (const [n, a] of first.entries()) {
    const b = second[n];
    for (let i = 0; i < initial.length; i++) {
      if (withBits && a.bits[i] !== b?.bits[i]) throw new DifferenceError(`${reason} has other bits in parameter ${i} after event ${n}`);
      for (const [task, mask] of a.masks.byTask) {
        if (mask[i] !== b?.masks.byTask.get(task)?.[i]) throw new DifferenceError(`${reason} differs in whether parameter ${i} belongs to ${task} after event ${n}`);
      }
    }
  }
}

/** Two fresh optimizers go through the script with the same bits. @param make one of the script's initial parameters @throws DifferenceError */
export async function checkRepeatable(make: () => MaskedOptimizer, script: Script): Promise<void> {
  compare([await trace(make(), script), await trace(make(), script)], script, true, 'the second run');
}

/**
 * Who claims what does not change when all gradients are multiplied by a factor: thresholds that are relative, as APO's, do not know how a
 * loss is scaled; with a negative factor, that they go by magnitudes. A power of two keeps it exact.
 * @param make one of the script's initial parameters
 * @throws DifferenceError
 */
export async function checkScaling(make: () => MaskedOptimizer, script: Script, factor: number): Promise<void> {
  const events = script.events.map((event) => event === 'endEpoch' ? event : { ...event, gradient: event.gradient.map((g) => g * factor) });
  compare([await trace(make(), script), await trace(make(), { ...script, events })], script, false, `the run with gradients times ${factor}`);
}
