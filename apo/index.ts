/** lazygrad/apo: Adaptive Parameter Optimisation. */
export { APO } from './apo.ts';
export { OPTIONS } from './option-table.ts';
export { PRESETS } from './presets.ts';
export type { APOOptions, Choices, ResolvedOptions } from './options.ts';
export type { PresetName } from './presets.ts';
export type { Group } from './groups.ts';
export type { LayerOwnership, Ownership, Shares, TensorOwnership } from './ownership.ts';
export type { Counts, TaskTally, GroupTally } from './tally.ts';
