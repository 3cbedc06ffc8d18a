/** What an experiment works with, for tests: trains on the data set that is given, and keeps nothing but what is asked for. */
import { DATASETS } from '../../data/index.ts';
import type { Dataset } from '../../data/index.ts';
import type { Device } from '../../engine/index.ts';
import type { ComparisonPlan, ComparisonRow } from '../../experiments/comparison.ts';
import type { Laboratory, Trained } from '../../experiments/experiment.ts';
import { findMethod, modelOf, resolveHyperparameters, train } from '../../methods/index.ts';
import type { EpochEvent } from '../../methods/index.ts';

/** A laboratory in which nothing can be asked for but what is given. */
export function laboratoryOf(device: Device, given: Partial<Laboratory>): Laboratory {
  const not = (what: string) => (): Promise<never> => Promise.reject(new Error(`${what} is not asked for`));
  return { device, scale: 'smoke', seed: 2, open: not('open'), compare: not('compare'), train: not('train'), keep: (_name, work) => work({ saved: null, save: () => undefined }), ...given };
}

/** One of the plan's methods or variants on the data set, in the scope that is open. */
export async function trainOn(device: Device, dataset: Dataset, { variants = {}, model = '', width, epochs, batchSize, lr, orderEvery = 1, seeds: [seed = 0], set = {} }: ComparisonPlan, name: string): Promise<Trained> {
  const { method: methodName, taskOrder = 'dynamic' } = variants[name] ?? { method: name };
  const method = findMethod(methodName);
  const hyperparameters = resolveHyperparameters(method, set[methodName] ?? {}, DATASETS.find((known) => known.name === dataset.name)?.group);
  const made = modelOf(device, { model, width, method: methodName, hyperparameters, seed, tasks: dataset.tasks });
  const found: EpochEvent[] = [];
  const end = await train({
    device, dataset, model: made, method, hyperparameters, lr, epochs, batchSize, seed, schedule: { kind: 'sequential' }, taskOrder: { kind: taskOrder, every: orderEvery },
    onEvent: (event) => { if (event.type === 'epoch') found.push(event); },
  });
  return { model: made, epochs: found, end: end! };
}

/** Trains for real, but in memory. */
export function realLaboratory(device: Device, dataset: Dataset, given: Partial<Laboratory> = {}): Laboratory {
  return laboratoryOf(device, {
    open: () => Promise.resolve(dataset),
    async train(plan) {
      const found = new Map<string, Trained>();
      for (const name of plan.methods) found.set(name, await trainOn(device, dataset, plan, name));
      return found;
    },
    async compare(plan) {
      const rows: ComparisonRow[] = [];
      for (const method of plan.methods) {
        using _scope = device.scope();
        const { end } = await trainOn(device, dataset, plan, method);
        rows.push({ method, tasks: Object.fromEntries(end.tasks.map((each) => [each.name, { mean: each.test, sd: NaN, versusSingleTask: null }])), average: { mean: end.average.test, sd: NaN }, versusSingleTask: null, passes: end.passes, seconds: end.seconds });
      }
      return { rows, failures: [] };
    },
    ...given,
  });
}
