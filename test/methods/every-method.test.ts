/** What holds of every method: it trains, captured as eager; it goes on where it was interrupted; it reduces to SGD where it should. */
import { describe, expect, test } from 'vitest';
import { METHODS, buildModel, resolveHyperparameters, train } from 'lazygrad/methods';
import type { EndEvent, EpochEvent, Method, TrainEvent } from 'lazygrad/methods';
import { mlp } from 'lazygrad/models';
import type { MultiTaskModel } from 'lazygrad/models';
import type { Dataset } from 'lazygrad/data';
import { testDevice } from '../support/device.ts';
import { expectClose } from '../support/close.ts';
import { toyDataset, toyTask } from './support.ts';

const device = await testDevice();
const EPOCHS = 2;

interface Outcome {
  readonly model: MultiTaskModel;
  readonly end: EndEvent | null;
  readonly epochs: readonly EpochEvent[];
  readonly checkpoint: Uint8Array;
}

interface Request {
  readonly epochs?: number;
  readonly lr?: number;
  readonly dataset?: Dataset;
  readonly set?: Readonly<Record<string, string | number>>;
  readonly stopAfter?: number;
  readonly resume?: Uint8Array;
}

/** How methods learn whose defaults are meant for longer runs or smaller rates. */
const SHORT_RUN: Readonly<Record<string, Request>> = {
  reptile: { set: { alpha: 0.5 } },
  imaml: { set: { innerSteps: 3, cgSteps: 2, outerLr: 0.3 } },
  // Probabilities of half of the experts make what goes through two layers of them smaller.
  moe: { lr: 1 },
  'apo-moe': { lr: 1, set: { renormalise: 'on', noise: 'off' } },
  'cross-stitch': { set: { stitchScale: 1 } },
};

async function run(method: Method, { dataset = toyDataset, epochs: count = EPOCHS, lr = 0.1, set = {}, stopAfter = Infinity, resume }: Request = {}): Promise<Outcome> {
  const hyperparameters = resolveHyperparameters(method, set);
  const tasks = dataset.tasks.map(({ name, kind, classes }) => ({ name, kind, outputs: classes }));
  const model = buildModel(method, { device, trunk: (dense) => mlp({ inputs: 64, widths: [12, 7], ...(dense && { dense }) }), tasks, seed: 5, inputShape: [1, 8, 8] }, hyperparameters);
  const stop = new AbortController();
  const epochs: EpochEvent[] = [];
  let [steps, checkpoint] = [0, new Uint8Array()];
  const end = await train({
    device, dataset, model, method, hyperparameters, lr, epochs: count, batchSize: 16, seed: 3, signal: stop.signal,
    onEvent(event: TrainEvent) {
      if (event.type === 'epoch') epochs.push(event);
      if (event.type === 'progress' && ++steps === stopAfter) stop.abort();
    },
    onCheckpoint: (bytes) => (checkpoint = bytes),
    ...(resume && { resume: { bytes: resume, file: 'checkpoint' } }),
  });
  return { model, end, epochs, checkpoint };
}

const method = (name: string): Method => METHODS.find((candidate) => candidate.name === name)!;
const bits = async ({ shared, heads }: MultiTaskModel): Promise<Uint32Array[]> => Promise.all([shared, ...heads.values()].map(async ({ values }) => new Uint32Array((await values.read()).slice().buffer)));

describe.each(METHODS.map((method) => [method.name, method] as const))('%s', (name, method) => {
  const set = SHORT_RUN[name]?.set ?? {};

  test('trains without a number that is none, the same twice, and goes on where it was stopped', async () => {
    using _scope = device.scope();
    const whole = await run(method, { set });
    expect(whole.end?.tasks.every(({ validation, test: measured }) => Number.isFinite(validation) && Number.isFinite(measured))).toBe(true);
    for (const { tasks } of whole.epochs) for (const { loss } of tasks) expect(loss).not.toBe(Infinity);
    // In the middle of an epoch: after it, some captured and some eager steps are left.
    const stopped = await run(method, { set, stopAfter: 3 });
    expect(stopped.end).toBeNull();
    const resumed = await run(method, { set, resume: stopped.checkpoint });
    expect(resumed.end).toEqual({ ...whole.end, seconds: expect.any(Number) as number });
    expect(await bits(resumed.model)).toEqual(await bits(whole.model));
  });
});

describe('goes on where it was stopped, in later phases too', () => {
  // Steps of one epoch: 4 and 3, or 50 of single samples.
  test.each([
    ['ewc', {}, 20], ['ewc', { penalty: 'online', fisher: 'empirical' }, 61], ['skill', {}, 12], ['taps', { warmup: 1 }, 11], ['taps', { warmup: 1 }, 18],
  ] as const)('%s %o: step %i', async (name, set, stopAfter) => {
    using _scope = device.scope();
    const whole = await run(method(name), { set });
    const stopped = await run(method(name), { set, stopAfter });
    expect(stopped.end).toBeNull();
    const resumed = await run(method(name), { set, resume: stopped.checkpoint });
    expect(resumed.epochs.at(-1)).toEqual({ ...whole.epochs.at(-1), seconds: expect.any(Number) as number });
    expect(await bits(resumed.model)).toEqual(await bits(whole.model));
  });
});

/** One task, and batches that are all full. */
const alone: Dataset = { name: 'alone', tasks: [toyTask('plain', 100, 64)] };
/** Two tasks that agree. */
const easy: Dataset = { name: 'easy', tasks: [toyTask('plain', 100, 64), toyTask('other', 300, 48)] };

test.each(METHODS.map((each) => [each.name, each] as const))('%s learns', async (_name, each) => {
  using _scope = device.scope();
  const { end } = await run(each, { dataset: easy, epochs: 30, lr: 0.3, ...SHORT_RUN[each.name] });
  // Of four classes.
  expect(end!.average.test).toBeGreaterThan(0.7);
});

describe('with one task, plain SGD', () => {
  test.each([['equal-weights', {}], ['dwa', {}], ['pcgrad', {}], ['mgda', {}], ['imtl-g', {}], ['cagrad', { c: 0 }], ['gradnorm', {}], ['graddrop', {}], ['famo', {}], ['ewc', {}]] as const)('%s', async (name, set) => {
    using _scope = device.scope();
    const plain = await run(method('alternating-sgd'), { dataset: alone });
    const found = await run(method(name), { dataset: alone, set });
    expectClose(await found.model.shared.values.read(), await plain.model.shared.values.read(), { rtol: 1e-5, atol: 1e-6 });
    expectClose(await found.model.heads.get('plain')!.values.read(), await plain.model.heads.get('plain')!.values.read(), { rtol: 1e-5, atol: 1e-6 });
  });
});

test('APO with everything sensitive, no pull and no damping is alternating SGD, bit by bit', async () => {
  using _scope = device.scope();
  const plain = await run(method('alternating-sgd'));
  const found = await run(method('apo'), { set: { k: -10, mu: 0, damping: 1 } });
  expect(await bits(found.model)).toEqual(await bits(plain.model));
});
