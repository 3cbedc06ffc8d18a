/** Small models and batches, for steps that a test takes itself. */
import type { Term } from 'lazygrad/methods';
import { buildModel, findMethod, resolveHyperparameters, termOf, train } from 'lazygrad/methods';
import type { MultiTaskModel, Trunk } from 'lazygrad/models';
import { mlp } from 'lazygrad/models';
import type { Dataset } from '../../data/index.ts';
import type { Device, ParameterArena, Tensor } from '../../engine/index.ts';
import { tensor } from '../../engine/index.ts';
import { toyDataset } from './support.ts';

export const TASKS: readonly string[] = toyDataset.tasks.map(({ name }) => name);

type Options = Readonly<Record<string, string | number>>;

/** A model of two tasks as a method builds it. */
export function builtFor(device: Device, name: string, set: Options = {}, dataset: Dataset = toyDataset, make: typeof mlp = mlp): MultiTaskModel {
  const method = findMethod(name);
  const trunk = (dense?: Parameters<typeof mlp>[0]['dense']): Trunk => make({ inputs: 64, widths: [12, 7], ...(dense && { dense }) });
  return buildModel(method, { device, trunk, tasks: dataset.tasks.map((task) => ({ name: task.name, kind: task.kind, outputs: task.classes })), seed: 5, inputShape: [1, 8, 8] }, resolveHyperparameters(method, set));
}

/** A batch of each task. */
export function toyTerms(device: Device, model: MultiTaskModel, size = 10, tasks: readonly string[] = TASKS): Term[] {
  return tasks.map((name, k) => termOf({
    model, task: { name, kind: 'multiclass' }, missing: false,
    inputs: inputsOf(device, size, k), targets: tensor(device, Int32Array.from({ length: size }, (_, i) => (i * 3 + k) % 4)),
  }));
}

export function inputsOf(device: Device, size: number, seed = 0): Tensor {
  return tensor(device, Float32Array.from({ length: size * 64 }, (_, i) => Math.sin(i * 1.7 + seed)), [size, 64]);
}

/** A short run, of the last model. */
export async function trainedBy(device: Device, name: string, { set = {}, dataset = toyDataset, lr = 0.1, epochs = 2 }: { set?: Options; dataset?: Dataset; lr?: number; epochs?: number } = {}): Promise<MultiTaskModel> {
  const method = findMethod(name);
  const model = builtFor(device, name, set, dataset);
  await train({ device, dataset, model, method, hyperparameters: resolveHyperparameters(method, set), lr, epochs, batchSize: 16, seed: 3, selection: 'last' });
  return model;
}

/** All values by name, without the places between. */
export async function valuesOf(arena: ParameterArena): Promise<Record<string, readonly number[]>> {
  return Object.fromEntries([...await arena.stateDict()].map(([name, { data }]) => [name, [...data]]));
}
