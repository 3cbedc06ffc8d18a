/** Tasks of four kinds in one model: each learns, captured steps have the bits of eager ones, a resumed run those of an uninterrupted one. */
import { describe, expect, test } from 'vitest';
import { findMethod, inputsOf, resolveHyperparameters, targetsOf, taskLoss, train } from 'lazygrad/methods';
import type { EndEvent, EpochEvent, TrainEvent, UpdateRule } from 'lazygrad/methods';
import { MultiTaskModel, mlp } from 'lazygrad/models';
import { batches, targetsPerSample } from '../../data/index.ts';
import type { Dataset, Task } from '../../data/index.ts';
import { ConfigError, DataError, SGD } from '../../engine/index.ts';
import { descend } from '../../methods/descend.ts';
import { Steps } from '../../methods/steps.ts';
import { testDevice } from '../support/device.ts';
import { KINDS, kindTask, kindsDataset } from './kinds-support.ts';

const device = await testDevice();

const keepEpochs = (epochs: EpochEvent[]) => (event: TrainEvent): void => {
  if (event.type === 'epoch') epochs.push(event);
};

const modelFor = (tasks: readonly Task[]): MultiTaskModel => new MultiTaskModel(device, mlp({ inputs: 6, widths: [16] }), tasks.map(({ name, kind, classes }) => ({ name, kind, outputs: classes })), 1);

interface Outcome {
  readonly end: EndEvent | null;
  readonly epochs: EpochEvent[];
  readonly last: Uint8Array | undefined;
}

interface Wishes {
  readonly dataset?: Dataset;
  readonly epochs?: number;
  readonly lr?: number;
  readonly stopAfter?: number;
  readonly resume?: Uint8Array | undefined;
  readonly model?: MultiTaskModel;
}

async function run({ dataset = kindsDataset({ missing: 0.3 }), epochs = 2, lr = 0.2, stopAfter = Infinity, resume, model = modelFor(dataset.tasks) }: Wishes): Promise<Outcome> {
  const method = findMethod('alternating-sgd');
  const epochsSeen: EpochEvent[] = [];
  const stop = new AbortController();
  let [steps, last]: [number, Uint8Array | undefined] = [0, undefined];
  const end = await train({
    device, dataset, model, method, hyperparameters: resolveHyperparameters(method, {}), lr, epochs, batchSize: 8, seed: 3, signal: stop.signal, schedule: { kind: 'proportional' },
    onEvent(event) {
      if (event.type === 'epoch') epochsSeen.push({ ...event, seconds: 0 });
      if (event.type === 'progress' && ++steps === stopAfter) stop.abort();
    },
    onCheckpoint: (bytes) => (last = bytes),
    ...(resume ? { resume: { bytes: resume, file: 'checkpoint' } } : {}),
  });
  return { end: end && { ...end, seconds: 0 }, epochs: epochsSeen, last };
}

test('four kinds at once, each learns, with three tenths of the targets missing', async () => {
  using _scope = device.scope();
  const { end, epochs } = await run({ dataset: kindsDataset({ missing: 0.3, train: 80 }), epochs: 15, lr: 0.3 });
  expect(end!.tasks.map(({ name, metric }) => [name, metric])).toEqual([['multiclass', 'accuracy'], ['binary', 'auroc'], ['multilabel', 'auroc'], ['regression', 'rmse']]);
  const [classes, label, labels, numbers] = end!.tasks.map(({ test: value }) => value);
  expect(classes).toBeGreaterThan(0.75);
  expect(label).toBeGreaterThan(0.93);
  expect(labels).toBeGreaterThan(0.9);
  // The numbers' own deviation is 1.
  expect(numbers).toBeLessThan(0.5);
  expect(end!.tasks[3]!.metrics.test.r2).toBeGreaterThan(0.7);
  expect(end!.tasks[1]!.metrics.test.accuracy).toBeGreaterThan(0.8);
  for (const [i] of KINDS.entries()) expect(epochs.at(-1)!.tasks[i]!.loss).toBeLessThan(epochs[0]!.tasks[i]!.loss);
  expect(epochs[end!.selected - 1]!.tasks.map(({ validation }) => validation)).toEqual(end!.tasks.map(({ validation }) => validation));
  // Accuracy, AUROC and RMSE have no mean.
  expect(end!.average).toEqual({ validation: NaN, test: NaN });
});

test('a run interrupted within epochs equals one without interruption, bit for bit', async () => {
  using _scope = device.scope();
  const whole = await run({});
  const first = await run({ stopAfter: 5 });
  const second = await run({ stopAfter: 40, resume: first.last });
  const third = await run({ resume: second.last });
  expect([first.end, second.end]).toEqual([null, null]);
  expect([third.end, third.last, [...second.epochs, ...third.epochs]]).toEqual([whole.end, whole.last, whole.epochs]);
});

describe.each(KINDS)('%s', (kind) => {
  test.each([0, 0.5])('captured steps have the bits of eager ones, with a share of %f missing', async (missing) => {
    using _scope = device.scope();
    const task = kindTask(kind, 7, { missing, train: 48 });
    const state = async (full: number): Promise<unknown> => {
      const model = modelFor([task]);
      const [shared, head] = [new SGD(model.shared, { lr: 0.2 }), new SGD(model.heads.get(kind)!, { lr: 0.2 })];
      const rule: UpdateRule = {
        step([term]) {
          descend(model, term);
          for (const optimizer of [shared, head]) optimizer.step();
          return undefined;
        },
      };
      // Batches that are not full run eagerly.
      const steps = new Steps({ device, model, rule, lossSums: new Map([[kind, 0]]), targetCounts: new Map() });
      for (const batch of batches(task.train, 6, { batchSize: 8, seed: 1, epoch: 0, targetSize: targetsPerSample(task) })) await steps.run([{ task, batch }], full);
      const found = [await model.shared.stateDict(), await model.heads.get(kind)!.stateDict(), await steps.lossSums(), steps.targetCounts];
      steps.dispose();
      return found;
    };
    expect(await state(8)).toEqual(await state(9));
  });
});

test('the loss of an epoch is the mean over the targets that were there', async () => {
  using _scope = device.scope();
  const dataset: Dataset = { name: 'one', tasks: [kindTask('multilabel', 9, { missing: 0.6, train: 21 })] };
  const [task] = dataset.tasks as [Task];
  // With a learning rate of nothing to speak of, every batch sees the same model.
  const still = findMethod('alternating-sgd');
  const epochs: EpochEvent[] = [];
  await train({ device, dataset, model: modelFor(dataset.tasks), method: still, hyperparameters: {}, lr: 1e-30, epochs: 1, batchSize: 8, seed: 3, onEvent: keepEpochs(epochs) });
  const all = { inputs: task.train.inputs as Float32Array, targets: task.train.targets, size: 21 };
  const { mean } = taskLoss(task, modelFor(dataset.tasks).forward(inputsOf(device, task, all), task.name), targetsOf(device, task, all));
  expect(epochs[0]!.tasks[0]!.loss).toBeCloseTo(await mean.item(), 6);
});

test('a task all of whose targets are missing changes nothing, and has no loss', async () => {
  using _scope = device.scope();
  const dataset: Dataset = { name: 'one', tasks: [kindTask('binary', 9, { missing: 1, train: 20 })] };
  const model = modelFor(dataset.tasks);
  const before = [await model.shared.stateDict(), await model.heads.get('binary')!.stateDict()];
  const epochs: EpochEvent[] = [];
  await train({ device, dataset, model, method: findMethod('alternating-sgd'), hyperparameters: {}, lr: 0.5, epochs: 1, batchSize: 8, seed: 3, onEvent: keepEpochs(epochs) });
  expect([await model.shared.stateDict(), await model.heads.get('binary')!.stateDict()]).toEqual(before);
  expect(epochs[0]!.tasks).toEqual([{ name: 'binary', loss: NaN, validation: NaN }]);
});

test('a head that does not suit its task, and a target out of range, are refused before anything is trained', async () => {
  using _scope = device.scope();
  const dataset: Dataset = { name: 'one', tasks: [kindTask('binary', 9)] };
  const [task] = dataset.tasks as [Task];
  const wide = new MultiTaskModel(device, mlp({ inputs: 6, widths: [4] }), [{ name: 'binary', kind: 'multilabel', outputs: 2 }], 1);
  await expect(run({ dataset, model: wide })).rejects.toThrow(new ConfigError('task binary needs a head of kind binary with 1 outputs; the model has one of kind multilabel with 2'));
  const other = new MultiTaskModel(device, mlp({ inputs: 6, widths: [4] }), [{ name: 'other', outputs: 2 }], 1);
  await expect(run({ dataset, model: other })).rejects.toThrow(/the model has none/);
  const broken: Dataset = { name: 'one', tasks: [{ ...task, train: { ...task.train, targets: task.train.targets.map((t, i) => i === 5 ? 2 : t) } }] };
  await expect(run({ dataset: broken })).rejects.toThrow(DataError);
});
