/** Images that are varied while they are trained on. */
import { describe, expect, test } from 'vitest';
import { findMethod, resolveHyperparameters, train } from 'lazygrad/methods';
import type { Augmentations, EndEvent, UpdateRule } from 'lazygrad/methods';
import { MultiTaskModel, mlp } from 'lazygrad/models';
import { batches } from '../../data/index.ts';
import type { Task } from '../../data/index.ts';
import { ConfigError, SGD, reshape } from '../../engine/index.ts';
import { Augmenter } from '../../methods/augmentation.ts';
import { descend } from '../../methods/descend.ts';
import { Steps } from '../../methods/steps.ts';
import { testDevice } from '../support/device.ts';
import { expectRejection } from '../support/errors.ts';
import { kindTask } from './kinds-support.ts';
import { toyDataset } from './support.ts';

const device = await testDevice();
const [plain, inverted] = toyDataset.tasks as [Task, Task];
const modelFor = (tasks: readonly Task[]): MultiTaskModel => new MultiTaskModel(device, mlp({ inputs: 64, widths: [12] }), tasks.map(({ name, classes }) => ({ name, outputs: classes })), 1);
const both: Augmentations = { plain: { padding: 2, flip: true }, inverted: { flip: true } };

interface Outcome {
  readonly end: EndEvent | null;
  readonly last: Uint8Array;
  readonly state: unknown;
}

async function learn(augmentation?: Augmentations, { seed = 3, stopAfter = Infinity, resume }: { seed?: number; stopAfter?: number; resume?: Uint8Array } = {}): Promise<Outcome> {
  const model = modelFor(toyDataset.tasks);
  const method = findMethod('alternating-sgd');
  const stop = new AbortController();
  let [steps, last] = [0, new Uint8Array()];
  const end = await train({
    device, dataset: toyDataset, model, method, hyperparameters: resolveHyperparameters(method, {}), lr: 0.2, epochs: 2, batchSize: 8, seed, schedule: { kind: 'interleaved' }, signal: stop.signal,
    ...(augmentation ? { augmentation } : {}),
    onEvent: (event) => {
      if (event.type === 'progress' && ++steps === stopAfter) stop.abort();
    },
    onCheckpoint: (bytes) => (last = bytes),
    ...(resume ? { resume: { bytes: resume, file: 'checkpoint' } } : {}),
  });
  return { end: end && { ...end, seconds: 0 }, last, state: await model.shared.stateDict() };
}

describe('augmentation of a run', () => {
  test('the same seed gives the same bits, another seed or no augmentation others', async () => {
    using _scope = device.scope();
    const first = await learn(both);
    expect((await learn(both)).state).toEqual(first.state);
    expect((await learn()).state).not.toEqual(first.state);
    expect((await learn({ plain: both.plain! })).state).not.toEqual(first.state);
    // Varied by nothing, images are what they were.
    expect((await learn({ plain: {}, inverted: { padding: 0 } })).state).toEqual((await learn()).state);
  });

  test.each([3, 11])('a run that stops after %d steps goes on with the same bits', async (stopAfter) => {
    using _scope = device.scope();
    const whole = await learn(both);
    const part = await learn(both, { stopAfter });
    expect(part.end).toBeNull();
    const rest = await learn(both, { resume: part.last });
    expect(rest.end).toEqual(whole.end);
    expect(rest.state).toEqual(whole.state);
  });

  test('in the middle of an epoch it goes on with the same augmentation only', async () => {
    using _scope = device.scope();
    const { last } = await learn(both, { stopAfter: 3 });
    await expect(learn(undefined, { resume: last })).rejects.toThrow(/of other steps/);
  });

  test('refuses a task that is not there, and inputs that are no images', async () => {
    using _scope = device.scope();
    await expectRejection(learn({ gone: {} }), ConfigError, 'augmentation: there is no task gone; there are plain, inverted');
    await expectRejection(learn({ plain: { padding: -1 } }), ConfigError, /task plain: padding: expected a whole number from 0 to 32768, got -1/);
    expect(() => new Augmenter({ binary: {} }, [kindTask('binary', 1)], 1)).toThrow(/task binary: expected images \[channels, height, width\]/);
  });
});

describe('steps with augmentation', () => {
  /** Parameters after all batches of both tasks. @param halves the descent is made after the host saw the losses */
  async function after(full: number, halves: boolean): Promise<unknown> {
    const tasks = [plain, inverted];
    const model = modelFor(tasks);
    const optimizer = new SGD(model.shared, { lr: 0.2 });
    const move: UpdateRule['step'] = ([term]) => {
      descend(model, term);
      optimizer.step();
      return undefined;
    };
    const seen: number[] = [];
    const rule: UpdateRule = halves ? { step: ([term]) => reshape(term!.loss(), [1]), decide: ([loss]) => seen.push(loss!), apply: move } : { step: move };
    const steps = new Steps({ device, model, rule, lossSums: new Map([['plain', 0], ['inverted', 0]]), targetCounts: new Map(), augmenter: new Augmenter(both, tasks, 1) });
    for (const task of [...tasks, plain]) for (const batch of batches(task.train, 64, { batchSize: 8, seed: 1, epoch: 0, dropLast: true })) await steps.run([{ task, batch }], full);
    const found = await model.shared.stateDict();
    steps.dispose();
    return found;
  }

  test('eager and replayed steps see the same variants, and both halves of a step do', async () => {
    using _scope = device.scope();
    const replayed = await after(8, false);
    // Batches that are not full run eagerly.
    expect(await after(9, false)).toEqual(replayed);
    expect(await after(8, true)).toEqual(replayed);
    expect(await after(9, true)).toEqual(replayed);
  });
});
