/** One method trained on a data set that is there already, for experiments that look into the model. */
import { DATASETS } from '../data/index.ts';
import type { Dataset } from '../data/index.ts';
import { ConfigError } from '../engine/index.ts';
import type { Device } from '../engine/index.ts';
import { buildModel, findMethod, resolveHyperparameters, train } from '../methods/index.ts';
import type { EndEvent, EpochEvent } from '../methods/index.ts';
import { channelAdapter, modelInfo } from '../models/index.ts';
import type { MultiTaskModel } from '../models/index.ts';

export interface TrainingPlan {
  readonly method: string;
  readonly model: string;
  /** Of the model's channels. */
  readonly width: number;
  readonly epochs: number;
  readonly batchSize: number;
  readonly lr: number;
  /** Epochs between two re-orderings of the tasks by their losses. */
  readonly orderEvery: number;
  readonly set?: Readonly<Record<string, string | number>>;
}

export interface Trained {
  /** That of the best epoch; it belongs to the scope in which it was trained. */
  readonly model: MultiTaskModel;
  readonly epochs: readonly EpochEvent[];
  readonly end: EndEvent;
}

/** @throws ConfigError for a model that does not suit the data or the method, NumericsError when training diverges */
export async function trainMethod(device: Device, dataset: Dataset, plan: TrainingPlan, seed: number, onProgress?: (text: string) => void): Promise<Trained> {
  const [first] = dataset.tasks;
  if (!first) throw new ConfigError(`data set ${dataset.name} has no tasks`);
  const { width, epochs, batchSize, lr, orderEvery: every, set = {} } = plan;
  const method = findMethod(plan.method);
  const hyperparameters = resolveHyperparameters(method, set, DATASETS.find(({ name }) => name === dataset.name)?.group);
  const { trunk } = modelInfo(plan.model);
  const tasks = dataset.tasks.map(({ name, kind, classes, inputShape }) => ({ name, kind, outputs: classes, adapter: channelAdapter(inputShape, first.inputShape) }));
  const model = buildModel(method, { device, trunk: (dense) => trunk(first.inputShape, width, dense), tasks, seed, inputShape: first.inputShape }, hyperparameters);
  const events: EpochEvent[] = [];
  const end = await train({
    device, dataset, model, method, hyperparameters, lr, epochs, batchSize, seed, schedule: { kind: 'sequential' }, taskOrder: { kind: 'dynamic', every },
    onEvent(event) {
      if (event.type !== 'epoch') return;
      events.push(event);
      onProgress?.(`${method.name}: epoch ${event.epoch}/${epochs}`);
    },
  });
  if (!end) throw new ConfigError('training ended early without being told to');
  return { model, epochs: events, end };
}
