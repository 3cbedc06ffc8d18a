/** Runs of several phases: what the trainer asks of a method, and when. */
import { expect, test } from 'vitest';
import { buildModel, findMethod, train } from 'lazygrad/methods';
import type { EpochEvent, Method, TrainEvent } from 'lazygrad/methods';
import { mlp } from 'lazygrad/models';
import { ConfigError } from '../../engine/index.ts';
import { epochsOf, joint, oneByOne } from '../../methods/phase.ts';
import { testDevice } from '../support/device.ts';
import { expectError } from '../support/errors.ts';
import { toyDataset } from './support.ts';

const device = await testDevice();

/** Alternating SGD that writes down what it is asked. */
function listening(log: string[]): Method {
  const plain = findMethod('alternating-sgd');
  return {
    ...plain,
    phases: ([a = '', b = '']) => [
      { name: 'first', tasks: [a], mode: 'alternating', epochs: 2 },
      { name: 'single', tasks: [b], mode: 'alternating', epochs: 1, batchSize: 1, stepsPerTask: 3 },
      { name: 'once more', tasks: [a], mode: 'alternating', epochs: 1 },
      { name: 'both', tasks: [a, b], mode: 'joint', epochs: 1 },
    ],
    create(context) {
      const rule = plain.create(context);
      return {
        step(terms) {
          log.push(`step ${terms.map(({ task, size }) => `${task}:${size}`).join(' ')}`);
          for (const term of terms) rule.step([term]);
          return undefined;
        },
        startPhase: (phase, resumed) => void log.push(`start ${phase.name}${resumed ? ' again' : ''}`),
        endEpoch: (losses) => void log.push(`epoch of ${[...losses.keys()].join(' ')}`),
        endPhase: (phase) => void log.push(`end ${phase.name}`),
      };
    },
  };
}

async function run(log: string[], stopAfter = Infinity, resume?: Uint8Array): Promise<{ epochs: EpochEvent[]; checkpoint: Uint8Array }> {
  using _scope = device.scope();
  const method = listening(log);
  const model = buildModel(method, { device, trunk: () => mlp({ inputs: 64, widths: [6] }), tasks: toyDataset.tasks.map(({ name, classes }) => ({ name, outputs: classes })), seed: 1 }, {});
  const epochs: EpochEvent[] = [];
  const stop = new AbortController();
  let [steps, checkpoint] = [0, new Uint8Array()];
  await train({
    device, dataset: toyDataset, model, method, hyperparameters: {}, lr: 0.1, epochs: 1, batchSize: 32, seed: 2, signal: stop.signal,
    onEvent(event: TrainEvent) {
      if (event.type === 'epoch') epochs.push(event);
      if (event.type === 'progress' && ++steps === stopAfter) stop.abort();
    },
    onCheckpoint: (bytes) => (checkpoint = bytes),
    ...(resume && { resume: { bytes: resume, file: 'checkpoint' } }),
  });
  return { epochs, checkpoint };
}

test('each phase begins and ends once, with its tasks, batches and steps; its steps are captured anew', async () => {
  const log: string[] = [];
  const { epochs } = await run(log);
  // `plain` has 50 samples, `inverted` 37, so the last batches are short; a full one is captured at its first step and then replayed.
  expect(log).toEqual([
    'start first', 'step plain:32', 'step plain:18', 'epoch of plain', 'step plain:18', 'epoch of plain', 'end first',
    'start single', 'step inverted:1', 'epoch of inverted', 'end single',
    'start once more', 'step plain:32', 'step plain:18', 'epoch of plain', 'end once more',
    'start both', 'step plain:32 inverted:32', 'step plain:18 inverted:5', 'epoch of plain inverted', 'end both',
  ]);
  expect(epochs.map(({ epoch, phase }) => [epoch, phase])).toEqual([[1, 'first'], [2, 'first'], [3, 'single'], [4, 'once more'], [5, 'both']]);
  // A task that had no step has no loss.
  expect(epochs.map(({ tasks }) => tasks.map(({ loss }) => Number.isFinite(loss)))).toEqual([[true, false], [true, false], [false, true], [true, false], [true, true]]);
});

test('gone on with in the middle of a phase, it is told so; between two, it is not', async () => {
  const first = await run([], 3);
  const again: string[] = [];
  await run(again, Infinity, first.checkpoint);
  expect(again.slice(0, 2)).toEqual(['start first again', 'step plain:18']);
  const between = await run([], 4);
  const next: string[] = [];
  await run(next, Infinity, between.checkpoint);
  expect(next[0]).toBe('start single');
});

test('a joint phase and one task after the other', () => {
  expect(epochsOf(joint(['a', 'b'], 2)).map(({ phase, epoch }) => [phase.mode, epoch])).toEqual([['joint', 0], ['joint', 1]]);
  expect(epochsOf(oneByOne(['a', 'b'], 2)).map(({ phase, epoch }) => [phase.tasks[0], epoch])).toEqual([['a', 0], ['a', 1], ['b', 0], ['b', 1]]);
  expectError(() => epochsOf(joint(['a'], 0)), ConfigError, 'phase train: expected a whole number of epochs from 1, got 0');
});
