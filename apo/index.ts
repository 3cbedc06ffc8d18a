/** lazygrad/apo: Adaptive Parameter Optimisation. */
export { APO } from './apo.ts';
export { DEFAULTS } from './options.ts';
export type { APOOptions, ResolvedOptions } from './options.ts';
export type { Ownership, TensorOwnership } from './ownership.ts';
