/** The numbers of one step, as `kernels/apo.wgsl` wants them. */
import type kernel from '../kernels/apo.wgsl';
import type { ParamsOf } from '../engine/device/kernel.ts';
import type { ResolvedOptions } from './options.ts';

const FLAGS = { signed: 1, lagged: 2, skipIdle: 4, refresh: 8, rest: 16 } as const;
const LARGEST = 2 ** 127 * (2 - 2 ** -23);

/** All but the blocks of a dispatch. */
export type StepParams = Omit<ParamsOf<typeof kernel>, 'first' | 'end'>;

export interface StepFacts {
  readonly lr: number;
  /** Number of the task, from 1. */
  readonly task: number;
  readonly serial: number;
  readonly epoch: number;
  /** The parameters of before this step become the anchor. */
  readonly refresh: boolean;
  readonly groups: number;
}

export function stepParams(o: ResolvedOptions, { lr, task, serial, epoch, refresh, groups }: StepFacts): StepParams {
  const rest = o.plainStep === 'added' ? lr : 0;
  return {
    keep: o.beta, add: 1 - o.beta, k: o.k, correction: o.correction,
    fixed_threshold: epoch < o.warmupEpochs ? o.warmupThreshold : -1,
    floor: o.floor > 0 ? o.floor : -LARGEST,
    rate: rest + lr, rest_rate: rest, gentle_rate: (o.protectedSteps * lr) / o.damping, pull_rate: pullRate(o, lr),
    damping: o.damping, decay: o.claimDecay,
    task, serial, groups,
    flags: (o.statistic === 'signed' ? FLAGS.signed : 0) | (o.thresholdFrom === 'before' ? FLAGS.lagged : 0) | (o.idle === 'skip' ? FLAGS.skipIdle : 0) | (refresh ? FLAGS.refresh : 0) | (rest > 0 ? FLAGS.rest : 0),
  };
}

/** 2 μ η_p, the share of its distance to the anchor that a protected parameter goes back in one step. */
export function pullRate({ mu, damping }: Pick<ResolvedOptions, 'mu' | 'damping'>, lr: number): number {
  return (2 * mu * lr) / damping;
}
