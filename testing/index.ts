/**
 * lazygrad/testing: pieces for property-based tests of your own operations, losses and optimizers. Needs the npm package `fast-check`,
 * which lazygrad itself does not install.
 */
export { broadcastPairs, shapes, sizes } from './shapes.ts';
export { arrays, hostTensors } from './arrays.ts';
export type { HostTensor, HostTensorOptions } from './arrays.ts';
export { FINITE_KINDS, seededValues, VALUE_KINDS } from './values.ts';
export type { ValueKind } from './values.ts';
export { scripts } from './scripts.ts';
export type { Script, ScriptEvent, ScriptOptions } from './scripts.ts';
export { masksOf } from './masked-optimizer.ts';
export type { MaskedOptimizer, Masks, StepReport } from './masked-optimizer.ts';
export { checkInvariants, InvariantError } from './invariants.ts';
export type { Invariant } from './invariants.ts';
export { checkRepeatable, checkScaling, DifferenceError } from './metamorphic.ts';
export { NAIVE_DEFAULTS, NaiveAPO } from './naive-apo.ts';
export type { NaiveOptions, NaiveStep } from './naive-apo.ts';
export { maskedOptimizer, scriptArena } from './arena.ts';
export type { OwningOptimizer } from './arena.ts';
export { gradcheck } from '../engine/index.ts';
export type { GradcheckOptions } from '../engine/index.ts';
