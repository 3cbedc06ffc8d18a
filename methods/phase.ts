/** A run in one or several stretches, in each of which the method takes its batches alike. */
import { ConfigError } from '../engine/index.ts';

export interface Phase {
  /** What is done in it: `train`, for example, or `fisher`. */
  readonly name: string;
  readonly tasks: readonly string[];
  /** `alternating`: each step has a batch of one task, as the schedule says. `joint`: each step has a batch of every task; who has fewer goes through them again. */
  readonly mode: 'alternating' | 'joint';
  readonly epochs: number;
  /** Default: the run's. */
  readonly batchSize?: number;
  /** Steps of each task in an epoch, at most. Default: as the schedule says. */
  readonly stepsPerTask?: number;
}

/** One epoch of a run, in its phase. */
export interface PhaseEpoch {
  readonly phase: Phase;
  /** Within the phase, from 0. */
  readonly epoch: number;
}

/** One phase, of all tasks. */
export const alternating = (tasks: readonly string[], epochs: number): readonly Phase[] => [{ name: 'train', tasks, mode: 'alternating', epochs }];
export const joint = (tasks: readonly string[], epochs: number): readonly Phase[] => [{ name: 'train', tasks, mode: 'joint', epochs }];
/** A phase for each task, one after the other. */
export const oneByOne = (tasks: readonly string[], epochs: number): readonly Phase[] => tasks.map((task) => ({ name: 'train', tasks: [task], mode: 'alternating', epochs }));

/** All epochs of a run, in their order. @throws ConfigError for a phase that has none */
export function epochsOf(phases: readonly Phase[]): readonly PhaseEpoch[] {
  for (const { name, epochs } of phases) if (!(Number.isSafeInteger(epochs) && epochs >= 1)) throw new ConfigError(`phase ${name}: expected a whole number of epochs from 1, got ${epochs}`);
  return phases.flatMap((phase) => Array.from({ length: phase.epochs }, (_, epoch) => ({ phase, epoch })));
}
