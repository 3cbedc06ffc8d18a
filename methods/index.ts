/** lazygrad/methods: multi-task methods behind one interface, and the trainer. */
export { train } from './trainer.ts';
export type { TrainOptions } from './train-options.ts';
export { SCHEDULES, resolveSchedule, stepsInEpoch, turnsOf } from './schedule.ts';
export type { EpochFacts, ResolvedSchedule, ScheduleKind, ScheduleOptions, Turn } from './schedule.ts';
export { TASK_ORDERS, nextOrder, resolveTaskOrder } from './task-order.ts';
export type { Losses, ResolvedTaskOrder, TaskOrderKind, TaskOrderOptions } from './task-order.ts';
export { evaluate } from './evaluate.ts';
export { taskLoss } from './losses.ts';
export type { LossTask, TaskLoss } from './losses.ts';
export { inputsOf, targetsOf } from './batch-tensors.ts';
export type { EndEvent, EpochEvent, LayerShares, OwnershipShares, ProgressEvent, SensitivityShares, StartEvent, TaskResult, TrainEvent } from './events.ts';
export { METHODS, findMethod } from './registry.ts';
export { resolveHyperparameters } from './method.ts';
export type { Hyperparameter, HyperparameterValues, Method, MethodContext, UpdateRule } from './method.ts';
export { loadCheckpoint, saveCheckpoint } from './checkpoint.ts';
export type { Position } from './checkpoint.ts';
