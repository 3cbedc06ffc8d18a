/** lazygrad/apo: Adaptive Parameter Optimisation. */
export { APO } from './apo.ts';
export { OPTIONS } from './option-table.ts';
export { PRESETS } from './presets.ts';
export type { APOOptions, Choices, ResolvedOptions } from './options.ts';
export type { PresetName } from './presets.ts';
export type { Group } from './groups.ts';
export type { LayerOwnership, Ownership, Shares, TensorOwnership } from './ownership.ts';
export type { Counts, GroupTally, LayerTally, TaskTally } from './tally.ts';
export { canNeverTrain, conflictFraction, expectedFraction, largestFraction, selectedFraction } from './diagnostics/selection.ts';
export { shareSeries } from './diagnostics/shares.ts';
export type { ShareSeries } from './diagnostics/shares.ts';
export { alignmentMatrix, factorsOf, maskedAlignment, stepFactors } from './diagnostics/alignment.ts';
export type { Alignment, StepFacts } from './diagnostics/alignment.ts';
export { compareLossChange, harmlessRate, helpfulRate, largestChange, predictedChange, proximalFactor } from './diagnostics/bounds.ts';
export type { LossComparison } from './diagnostics/bounds.ts';
export { diagnose, incomparableLosses, monopoly, neverTrains, saturation, unstablePull } from './diagnostics/warnings.ts';
export type { Facts, Warning } from './diagnostics/warnings.ts';
