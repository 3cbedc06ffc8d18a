/** Three readings of one paper, as plain objects of options. */
import type { Choices } from './options.ts';

export type PresetName = 'default' | 'paper-literal' | 'official-2025-03';

const standard: Choices = {
  k: 0.5, beta: 0.99, mu: 1, damping: 100,
  statistic: 'magnitude', correction: 1, accumulator: 'shared', anchor: 'epochEnd', thresholdFrom: 'after', warmupEpochs: 0, warmupThreshold: 1e-4,
  granularity: 'tensor', oneElement: 'exempt', protectedSteps: 1, plainStep: 'none',
  claimBudget: 1, releaseAfter: 0, claimDecay: 1, floor: 0, idle: 'claim',
};

export const PRESETS: Readonly<Record<PresetName, Choices>> = {
  /** What we recommend: Algorithm 1 with the statistic of |G| and the damping of the paper's appendix D. */
  default: standard,
  /** Algorithm 1 as it is printed: the statistic of the signed G, no damping, tensors of one element never train. */
  'paper-literal': { ...standard, damping: 1, statistic: 'signed', oneElement: 'literal' },
  /**
   * What the optimizer does that the authors released in March 2025: a plain step on everything, on top of it a second one where the task is
   * sensitive, and two damped ones where it is protected; the pull is towards the initial parameters.
   */
  'official-2025-03': {
    ...standard, beta: 0.9, damping: 200, anchor: 'initial', thresholdFrom: 'before', warmupEpochs: 6, oneElement: 'literal', protectedSteps: 2, plainStep: 'added',
  },
};
