/** What a model was made by: enough to make one of the same parts again, into which its state fits. */
import type { TaskInfo } from '../data/index.ts';
import { ConfigError } from '../engine/index.ts';
import type { Device } from '../engine/index.ts';
import { channelAdapter, modelInfo } from '../models/index.ts';
import type { MultiTaskModel } from '../models/index.ts';
import { buildModel } from './method.ts';
import type { HyperparameterValues } from './method.ts';
import { findMethod } from './registry.ts';

export interface ModelRecipe {
  /** Name of an architecture of the registry. */
  readonly model: string;
  /** By how much its layers are scaled; 1 is the source's. */
  readonly width: number;
  /** Name of the method, which decides the parts of the model. */
  readonly method: string;
  /** All of the method's. */
  readonly hyperparameters: HyperparameterValues;
  readonly seed: number;
  /** The trunk takes the inputs of the first; where those of another differ in their channels, it has an adapter. */
  readonly tasks: readonly TaskInfo[];
}

/** The model as it is before training. @throws ConfigError for unknown names, no tasks, and inputs that the model does not take */
export function modelOf(device: Device, { model, width, method, hyperparameters, seed, tasks: infos }: ModelRecipe): MultiTaskModel {
  const [first] = infos;
  if (!first) throw new ConfigError('a model needs at least one task');
  const { trunk } = modelInfo(model);
  const tasks = infos.map(({ name, kind, classes, inputShape }) => ({ name, kind, outputs: classes, adapter: channelAdapter(inputShape, first.inputShape) }));
  return buildModel(findMethod(method), { device, trunk: (dense) => trunk(first.inputShape, width, dense), tasks, seed, inputShape: first.inputShape }, hyperparameters);
}
