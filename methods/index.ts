/** lazygrad/methods: multi-task methods behind one interface, and the trainer. */
export { train } from './trainer.ts';
export type { TrainOptions } from './trainer.ts';
export { evaluateAccuracy } from './evaluate.ts';
export type { EndEvent, EpochEvent, OwnershipShares, ProgressEvent, StartEvent, TrainEvent } from './events.ts';
export { METHODS, findMethod } from './registry.ts';
export { resolveHyperparameters } from './method.ts';
export type { Hyperparameter, HyperparameterValues, Method, MethodContext, UpdateRule } from './method.ts';
export { loadCheckpoint, saveCheckpoint } from './checkpoint.ts';
export type { Position } from './checkpoint.ts';
