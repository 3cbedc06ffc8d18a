/** Schedules and task orders in the trainer: a run in pieces is the whole run, and what the method is told. */
import { describe, expect, test } from 'vitest';
import { SCHEDULES, TASK_ORDERS, findMethod, resolveHyperparameters, train } from 'lazygrad/methods';
import type { EndEvent, EpochEvent, Method, TrainEvent } from 'lazygrad/methods';
import { MultiTaskModel, mlp } from 'lazygrad/models';
import { readSafetensors } from '../../engine/index.ts';
import type { Dataset } from '../../data/index.ts';
import { CheckpointError, ConfigError, NumericsError } from '../../engine/index.ts';
import type { TrainOptions } from '../../methods/train-options.ts';
import { testDevice } from '../support/device.ts';
import { toyTask } from './support.ts';

const device = await testDevice();
// 3, 6 and 5 batches of 8. The tasks differ in what they ask, so that their losses do.
const trio: Dataset = { name: 'trio', tasks: [toyTask('short', 300, 20), toyTask('long', 400, 48, true), toyTask('middle', 500, 37)] };
const STEPS = 14;

interface Outcome {
  readonly end: EndEvent | null;
  readonly epochs: EpochEvent[];
  /** Task and step of every progress event. */
  readonly steps: string[];
  readonly last: Uint8Array | undefined;
}

interface Wishes extends Partial<Pick<TrainOptions, 'schedule' | 'taskOrder' | 'dataset' | 'method' | 'epochs' | 'seed' | 'checkEvery'>> {
  /** Interrupt after so many steps. */
  readonly stopAfter?: number;
  readonly resume?: Uint8Array | undefined;
  readonly onCheckpoint?: () => void;
  readonly onStep?: () => void;
  readonly set?: Readonly<Record<string, string>>;
}

async function run({ dataset = trio, method = findMethod('apo'), epochs = 3, seed = 6, stopAfter = Infinity, resume, schedule, taskOrder, checkEvery, onCheckpoint, onStep, set = {} }: Wishes): Promise<Outcome> {
  using _scope = device.scope();
  const model = new MultiTaskModel(device, mlp({ inputs: 64, widths: [6] }), dataset.tasks.map(({ name, classes }) => ({ name, outputs: classes })), 1);
  const events: TrainEvent[] = [];
  const stop = new AbortController();
  let last: Uint8Array | undefined;
  const end = await train({
    device, dataset, model, method, hyperparameters: resolveHyperparameters(method, set), lr: 0.3, epochs, batchSize: 8, seed, signal: stop.signal,
    ...(checkEvery === undefined ? {} : { checkEvery }), ...(schedule ? { schedule } : {}), ...(taskOrder ? { taskOrder } : {}), ...(resume ? { resume: { bytes: resume, file: 'checkpoint' } } : {}),
    onEvent(event) {
      events.push(event);
      if (event.type === 'progress') onStep?.();
      if (event.type === 'progress' && events.filter((e) => e.type === 'progress').length === stopAfter) stop.abort();
    },
    onCheckpoint(bytes) {
      onCheckpoint?.();
      last = bytes;
    },
  });
  return {
    end: end && { ...end, seconds: 0 }, last,
    epochs: events.filter((event) => event.type === 'epoch').map((event) => ({ ...event, seconds: 0 })),
    steps: events.flatMap((event) => event.type === 'progress' ? [`${event.task} ${event.step}/${event.steps}`] : []),
  };
}

/** The same run, interrupted after each of these numbers of further steps. */
async function inPieces(pieces: readonly number[], wishes: Wishes): Promise<Outcome> {
  const all: Outcome[] = [];
  for (const stopAfter of [...pieces, Infinity]) all.push(await run({ ...wishes, stopAfter, resume: all.at(-1)?.last }));
  return { end: all.at(-1)!.end, last: all.at(-1)!.last, epochs: all.flatMap((part) => part.epochs), steps: all.flatMap((part) => part.steps) };
}

describe.each(SCHEDULES)('%s', (kind) => {
  test.each(TASK_ORDERS)('%s order: a run interrupted four times equals one without interruption, bit for bit', async (order) => {
    const wishes: Wishes = { schedule: { kind, cycle: order === 'relative', stepsPerTask: order === 'dynamic' ? 4 : Infinity }, taskOrder: { kind: order, every: 1 } };
    const whole = await run(wishes);
    const perEpoch = order === 'dynamic' ? 3 + 4 + 4 : order === 'relative' ? 18 : STEPS;
    expect(whole.steps).toHaveLength(3 * perEpoch);
    // Within the first epoch, at its very end, and twice within the second.
    expect(await inPieces([5, perEpoch - 5, 2, 6], wishes)).toEqual(whole);
  });
});

test.each(['dynamic', 'relative'] as const)('%s: every second epoch goes by the losses of the one before', async (kind) => {
  const { epochs } = await run({ taskOrder: { kind, every: 2, first: ['middle', 'short', 'long'] }, epochs: 5 });
  expect(epochs.slice(0, 2).map(({ order }) => order)).toEqual([['middle', 'short', 'long'], ['middle', 'short', 'long']]);
  const of = (epoch: EpochEvent, task: string): number => epoch.tasks.find(({ name }) => name === task)!.loss;
  for (const at of [2, 4]) {
    const weight = (task: string): number => of(epochs[at - 1]!, task) / (kind === 'relative' ? of(epochs[0]!, task) : 1);
    expect(epochs[at]!.order).toEqual(['short', 'long', 'middle'].sort((a, b) => weight(b) - weight(a)));
  }
  expect(epochs[3]!.order).toEqual(epochs[2]!.order);
  expect(new Set(epochs.map(({ order }) => String(order))).size).toBeGreaterThan(1);
});

test.each(SCHEDULES)('%s: the data set may list its tasks otherwise: then the results are listed otherwise, and nothing else', async (kind) => {
  const wishes: Wishes = { schedule: { kind }, taskOrder: { kind: 'dynamic', every: 1, first: ['long', 'short', 'middle'] } };
  const permuted: Dataset = { ...trio, tasks: [2, 0, 1].map((i) => trio.tasks[i]!) };
  const [a, b] = [await run(wishes), await run({ ...wishes, dataset: permuted })];
  expect(b.steps).toEqual(a.steps);
  expect(b.epochs.map(({ order }) => order)).toEqual(a.epochs.map(({ order }) => order));
  const parameters = ({ last }: Outcome): unknown => new Map([...readSafetensors(last!, 'x').tensors].filter(([name]) => !name.startsWith('method.')));
  expect(parameters(b)).toEqual(parameters(a));
  expect(b.end!.tasks).toEqual([2, 0, 1].map((i) => a.end!.tasks[i]));
  for (const share of ['owned', 'protected'] as const) expect(b.end!.ownership![share]).toEqual([2, 0, 1].map((i) => a.end!.ownership![share][i]));
});

test('a step of all tasks at once is captured once, whatever their order', async () => {
  let captures = 0;
  const counting: Method = {
    ...findMethod('equal-weights'),
    create(context) {
      const rule = findMethod('equal-weights').create(context);
      return { ...rule, step: (terms) => (captures++, rule.step(terms)) };
    },
  };
  const wholeBatches: Dataset = { name: 'whole', tasks: [toyTask('short', 300, 16), toyTask('long', 400, 32, true), toyTask('middle', 500, 24)] };
  const { epochs } = await run({ method: counting, dataset: wholeBatches, taskOrder: { kind: 'dynamic', every: 1 }, epochs: 6 });
  expect(new Set(epochs.map(({ order }) => String(order))).size).toBeGreaterThan(1);
  expect(captures).toBe(1);
});

test('losses are means over the samples that were seen', async () => {
  const { epochs: [whole] } = await run({ epochs: 1 });
  const { epochs: [capped] } = await run({ epochs: 1, schedule: { stepsPerTask: 100 } });
  expect(capped).toEqual(whole);
  // Before anything is learned every loss is near log 4.
  const { epochs: [first] } = await run({ epochs: 1, schedule: { stepsPerTask: 1, kind: 'interleaved' } });
  for (const { loss } of first!.tasks) expect(Math.abs(loss - Math.log(4))).toBeLessThan(0.6);
});

describe('what the method is told', () => {
  /** Plain SGD that can be asked. */
  const listening = (check: () => Promise<void>): Method => ({
    ...findMethod('alternating-sgd'),
    create(context) {
      const rule = findMethod('alternating-sgd').create(context);
      return { ...rule, step: (task) => rule.step(task), check };
    },
  });

  test('it is asked at the end of every epoch and before every checkpoint; what it refuses is not saved', async () => {
    let checks = 0;
    let saved = 0;
    const method = listening(() => ++checks === 3 ? Promise.reject(new NumericsError('a step had no finite gradient')) : Promise.resolve());
    const counted = { method, onCheckpoint: () => saved++ };
    await expect(run({ ...counted, epochs: 4 })).rejects.toThrow('no finite gradient');
    expect([checks, saved]).toEqual([3, 2]);
    checks = 2;
    await expect(run({ ...counted, stopAfter: 3 })).rejects.toThrow('no finite gradient');
    expect(saved).toBe(2);
  });

  const poisoned: Dataset = { ...trio, tasks: trio.tasks.map((task) => ({ ...task, train: { ...task.train, inputs: new Float32Array(task.train.length * 64).fill(NaN) } })) };

  test.each([['alternating-sgd', /loss of task short is NaN in epoch 1/], ['apo', /refused 3 steps: first the gradient of fc1.weight had a NaN in a batch of task short/]])('%s: a run that has lost its numbers does not save them when it is interrupted', async (name, message) => {
    let saved = 0;
    await expect(run({ dataset: poisoned, method: findMethod(name), stopAfter: 3, onCheckpoint: () => saved++ })).rejects.toThrow(message);
    expect(saved).toBe(0);
  });

  test('it is asked every so many steps, without waiting, and what it says ends the run within a few', async () => {
    const asked = async (checkEvery: number): Promise<number> => {
      let checks = 0;
      await run({ epochs: 2, checkEvery, method: listening(() => Promise.resolve(checks++).then(() => undefined)) });
      return checks;
    };
    expect([await asked(0), await asked(5), await asked(1), await asked(100)]).toEqual([2, 2 * 3, 2 * (STEPS + 1), 2]);
    let steps = 0;
    await expect(run({ dataset: poisoned, checkEvery: 2, onStep: () => steps++ })).rejects.toThrow(/refused \d steps: first the gradient of fc1.weight/);
    expect(steps).toBeGreaterThan(2);
    expect(steps).toBeLessThan(7);
    await expect(run({ checkEvery: -1 })).rejects.toThrow(/checkEvery: expected a whole number from 0, got -1/);
  });

  test('a refusal seen in the last steps of the last epoch is not lost', async () => {
    let checks = 0;
    const method = listening(() => ++checks === 1 ? Promise.reject(new NumericsError('the first look')) : Promise.resolve());
    await expect(run({ epochs: 1, checkEvery: STEPS, method })).rejects.toThrow('the first look');
  });

  test('looking changes nothing', async () => {
    expect(await run({ checkEvery: 1 })).toEqual(await run({ checkEvery: 0 }));
  });
});

describe("APO's anchor in the trainer", () => {
  /** A vector of a checkpoint, bit by bit. */
  const vector = ({ last }: Outcome, ...names: string[]): Uint32Array[] => names.map((name) => {
    const { data } = readSafetensors(last!, 'x').tensors.get(name)! as { data: Float32Array };
    return new Uint32Array(data.buffer, data.byteOffset, data.length);
  });
  const theta = (outcome: Outcome): number[] => vector(outcome, 'shared.fc1.weight', 'shared.fc1.bias').flatMap((part) => [...part]);
  /** The model has two tensors of whole rows of the arena but for the second's end. */
  const anchor = (outcome: Outcome): number[] => [...vector(outcome, 'method.anchor')[0]!].slice(0, 6 * 64 + 6);

  test.each([
    // 3, 6 and 5 steps: at the 8th, `long` began after 3; at the 12th `middle` after 9; interleaved each step is a turn of its own.
    ['sequential', 8, 3], ['sequential', 12, 9], ['interleaved', 8, 7],
  ] as const)('%s, anchor of the start of the turn: after %i steps what it was after %i', async (kind, after, began) => {
    const wishes: Wishes = { set: { anchor: 'taskStart' }, schedule: { kind } };
    const at = await run({ ...wishes, stopAfter: after });
    expect(anchor(at)).toEqual(theta(await run({ ...wishes, stopAfter: began })));
    // Interrupted within the turn, the anchor stays where it was.
    expect(anchor(await run({ ...wishes, resume: at.last, stopAfter: 1 }))).toEqual(kind === 'sequential' ? anchor(at) : theta(at));
  });
});

describe('what is refused', () => {
  test('other steps in the middle of an epoch; at its end they are welcome', async () => {
    const middle = await run({ stopAfter: 4 });
    await expect(run({ resume: middle.last, schedule: { kind: 'interleaved' } })).rejects.toThrow(CheckpointError);
    await expect(run({ resume: middle.last, seed: 7 })).rejects.toThrow(/middle of an epoch of other steps: expected .*"seed":7.* got .*"seed":6/);
    const end = await run({ epochs: 1 });
    expect((await run({ resume: end.last, epochs: 2, schedule: { kind: 'interleaved' } })).steps[1]).toBe('long 1/6');
  });

  test('a checkpoint of other tasks, options out of range', async () => {
    const { last } = await run({ epochs: 1 });
    const pair: Dataset = { ...trio, tasks: trio.tasks.slice(0, 2) };
    await expect(run({ resume: last, dataset: pair })).rejects.toThrow(/expected the tasks short, long, got short, long, middle/);
    await expect(run({ schedule: { stepsPerTask: -1 } })).rejects.toThrow(ConfigError);
    await expect(run({ taskOrder: { first: ['short'] } })).rejects.toThrow(ConfigError);
  });
});
