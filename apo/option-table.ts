/** Every option of APO: its kind, its range, what it means. Validation, `lazygrad methods` and the table in `docs/apo.md` all read this. */
import type { Choices } from './options.ts';

export interface NumberOption {
  readonly range: readonly [number, number];
  /** Whole numbers only. */
  readonly whole?: true;
  readonly summary: string;
}
export interface WordOption {
  readonly words: readonly string[];
  readonly summary: string;
}
export type OptionSpec = NumberOption | WordOption;

export const OPTIONS: { readonly [Name in keyof Choices]: Choices[Name] extends number ? NumberOption : WordOption } = {
  k: { range: [-10, 10], summary: 'threshold: sensitive where |G| > mean + k std' },
  beta: { range: [0, 0.999999], summary: 'decay of the gradient accumulator G' },
  mu: { range: [0, 1e6], summary: 'pull of protected parameters towards the anchor' },
  damping: { range: [1, 1e9], summary: 'protected parameters move with lr / damping' },
  statistic: { words: ['magnitude', 'signed'], summary: 'mean and deviation of |G|, or of G as printed' },
  correction: { range: [0, 1], whole: true, summary: 'the variance divides by n - correction' },
  accumulator: { words: ['shared', 'perTask'], summary: 'one G for all tasks, or one for each' },
  anchor: { words: ['epochEnd', 'taskStart', 'initial'], summary: 'when the anchor of the pull is taken: after all tasks of an epoch, when a task\'s turn starts, once' },
  thresholdFrom: { words: ['after', 'before'], summary: 'threshold from G after or before this batch is added; the mask is always from after' },
  warmupEpochs: { range: [0, 1e6], whole: true, summary: 'epochs with a fixed threshold instead' },
  warmupThreshold: { range: [0, 1e9], summary: 'that fixed threshold' },
  granularity: { words: ['tensor', 'model'], summary: 'what one threshold is for' },
  oneElement: { words: ['exempt', 'literal'], summary: 'a group of one element: trained by every task and claimed by none, or as the formula says' },
  protectedSteps: { range: [1, 2], whole: true, summary: 'how often a protected parameter takes its gradient; the pull counts once' },
  plainStep: { words: ['none', 'added'], summary: 'a plain SGD step on every parameter besides' },
  claimBudget: { range: [0, 1], summary: 'share of each tensor that one task may own; 1 for no limit' },
  releaseAfter: { range: [0, 65_534], whole: true, summary: 'a claim ends after so many whole epochs in which its owner was not sensitive; 0 for never' },
  claimDecay: { range: [0, 1], summary: 'damping - 1 shrinks by this factor for each such epoch; 1 for no decay' },
  floor: { range: [0, 1e30], summary: 'nothing is sensitive with |G| up to this' },
  idle: { words: ['claim', 'skip'], summary: 'whether anything is sensitive in a tensor whose gradient is all zero' },
};
