/** A small run of one method, as a user would start it. */
import { buildModel, findMethod, resolveHyperparameters, train } from 'lazygrad/methods';
import type { EndEvent, EpochEvent } from 'lazygrad/methods';
import { mlp } from 'lazygrad/models';
import type { MultiTaskModel } from 'lazygrad/models';
import type { Dataset } from 'lazygrad/data';
import type { Device } from 'lazygrad';
import { toyTask } from './support.ts';

export interface ToyRun {
  readonly dataset: Dataset;
  readonly epochs?: number;
  readonly lr?: number;
  readonly set?: Readonly<Record<string, string | number>>;
  /** In which the tasks are trained; default that of the data set. */
  readonly order?: readonly string[];
  readonly stopAfter?: number;
  readonly resume?: Uint8Array;
}

export type Bits = Readonly<Record<string, Uint32Array>>;

export interface ToyOutcome {
  readonly model: MultiTaskModel;
  /** The bits of the model before. */
  readonly start: Bits;
  readonly end: EndEvent | null;
  readonly epochs: readonly EpochEvent[];
  readonly checkpoint: Uint8Array;
}

/** One task whose batches are all full. */
export const alone: Dataset = { name: 'alone', tasks: [toyTask('plain', 100, 64)] };
/** Three tasks, the last steps of whose epochs are smaller. */
export const trio: Dataset = { name: 'trio', tasks: [toyTask('a', 100, 40), toyTask('b', 200, 35, true), toyTask('c', 300, 33)] };

export async function toyRun(device: Device, name: string, { dataset, epochs = 2, lr = 0.1, set = {}, order, stopAfter = Infinity, resume }: ToyRun): Promise<ToyOutcome> {
  const method = findMethod(name);
  const hyperparameters = resolveHyperparameters(method, set);
  const tasks = dataset.tasks.map(({ name: task, kind, classes }) => ({ name: task, kind, outputs: classes }));
  const model = buildModel(method, { device, trunk: () => mlp({ inputs: 64, widths: [9] }), tasks, seed: 5 }, hyperparameters);
  const start = await bitsOf(model);
  const stop = new AbortController();
  const seen: EpochEvent[] = [];
  let [steps, checkpoint] = [0, new Uint8Array()];
  const end = await train({
    device, dataset, model, method, hyperparameters, lr, epochs, batchSize: 16, seed: 3, signal: stop.signal, selection: 'last',
    onEvent(event) {
      if (event.type === 'epoch') seen.push(event);
      if (event.type === 'progress' && ++steps === stopAfter) stop.abort();
    },
    onCheckpoint: (bytes) => (checkpoint = bytes),
    ...(order && { taskOrder: { first: order } }),
    ...(resume && { resume: { bytes: resume, file: 'checkpoint' } }),
  });
  return { model, start, end, epochs: seen, checkpoint };
}

/** The trunk's values and each head's, bit by bit. */
export async function bitsOf({ shared, heads }: MultiTaskModel): Promise<Bits> {
  const all = await Promise.all([['shared', shared] as const, ...heads].map(async ([name, { values }]) => [name, new Uint32Array((await values.read()).slice().buffer)] as const));
  return Object.fromEntries(all);
}
