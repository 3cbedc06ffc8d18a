import { describe, expect, test } from 'vitest';
import { findMethod, resolveHyperparameters, train } from 'lazygrad/methods';
import type { EndEvent, TrainEvent } from 'lazygrad/methods';
import { MultiTaskModel, multiTaskCNN } from 'lazygrad/models';
import { CheckpointError, ConfigError, NumericsError, readSafetensors } from '../../engine/index.ts';
import { testDevice } from '../support/device.ts';
import { toyDataset } from './support.ts';

const device = await testDevice();

interface Outcome {
  readonly end: EndEvent | null;
  readonly events: TrainEvent[];
  readonly checkpoints: Uint8Array[];
}

interface Wishes {
  readonly method?: string;
  readonly epochs?: number;
  /** Interrupt after so many steps. */
  readonly stopAfter?: number;
  readonly resume?: Uint8Array;
  readonly set?: Record<string, number | string>;
  readonly lr?: number;
}

async function run({ method: name = 'apo', epochs = 2, stopAfter = Infinity, resume, set = {}, lr = 0.3 }: Wishes): Promise<Outcome> {
  using _scope = device.scope();
  const model = new MultiTaskModel(device, multiTaskCNN({ input: [1, 8, 8], channels: [4, 8], features: 16 }), toyDataset.tasks.map((task) => ({ name: task.name, outputs: task.classes })), 1);
  const events: TrainEvent[] = [];
  const checkpoints: Uint8Array[] = [];
  const stop = new AbortController();
  let steps = 0;
  const method = findMethod(name);
  const end = await train({
    device, dataset: toyDataset, model, method, hyperparameters: resolveHyperparameters(method, set), lr, epochs, batchSize: 8, seed: 4, signal: stop.signal,
    onEvent(event) {
      events.push(event);
      if (event.type === 'progress' && ++steps === stopAfter) stop.abort();
    },
    onCheckpoint: (bytes) => checkpoints.push(bytes),
    ...(resume ? { resume: { bytes: resume, file: 'checkpoint' } } : {}),
  });
  return { end, events, checkpoints };
}

/** What must be equal between two runs: everything but the clock. */
const withoutTime = (events: readonly TrainEvent[]): unknown[] => events.filter((e) => e.type === 'epoch' || e.type === 'end').map((e) => ({ ...e, seconds: 0 }));

describe.each(['apo', 'alternating-sgd'])('%s', (method) => {
  test('the same seed gives the same bits, twice', async () => {
    const [a, b] = [await run({ method }), await run({ method })];
    expect(withoutTime(b.events)).toEqual(withoutTime(a.events));
    expect(b.checkpoints.at(-1)).toEqual(a.checkpoints.at(-1));
  });

  test('an interrupted run, resumed, equals one without interruption, bit for bit', async () => {
    const whole = await run({ method });
    // In the middle of the second task of the first epoch, and at its very end.
    for (const stopAfter of [9, 12]) {
      const first = await run({ method, stopAfter });
      expect(first.end).toBeNull();
      const second = await run({ method, resume: first.checkpoints.at(-1)! });
      expect(second.checkpoints.at(-1)).toEqual(whole.checkpoints.at(-1));
      expect(withoutTime(second.events)).toEqual(withoutTime(whole.events).slice(-(second.events.filter((e) => e.type === 'epoch').length + 1)));
    }
  });

  test('learns', async () => {
    const { end, events } = await run({ method, epochs: 12 });
    const losses = events.flatMap((e) => (e.type === 'epoch' ? [e.tasks.map((task) => task.loss)] : []));
    expect(losses.at(-1)![0]).toBeLessThan(losses[0]![0]! * 0.8);
    expect(end!.average.test).toBeGreaterThan(0.6);
  });
});

test('shares are reported for APO and add up; a method without ownership reports none', async () => {
  const apo = await run({});
  const epochs = apo.events.filter((e) => e.type === 'epoch');
  expect(epochs).toHaveLength(2);
  for (const { ownership } of epochs) {
    const { owned, protected: guarded, unclaimed } = ownership!;
    owned.forEach((share, t) => expect(share + guarded[t]! + unclaimed).toBeCloseTo(1, 12));
    expect(owned.every((share) => share > 0)).toBe(true);
  }
  expect((await run({ method: 'alternating-sgd' })).end!.ownership).toBeNull();
});

test('APO with everything sensitive, no pull and no damping is alternating SGD, bit for bit', async () => {
  const parameters = ({ checkpoints }: Outcome): Map<string, unknown> => new Map([...readSafetensors(checkpoints.at(-1)!, 'x').tensors].filter(([name]) => !name.startsWith('method.')));
  const apo = await run({ set: { k: -10, mu: 0, damping: 1 } });
  expect(parameters(apo)).toEqual(parameters(await run({ method: 'alternating-sgd' })));
});

test('progress counts every step of every task', async () => {
  const { events } = await run({ epochs: 1 });
  const steps = events.flatMap((e) => (e.type === 'progress' ? [`${e.task} ${e.step}/${e.steps}`] : []));
  expect(steps).toHaveLength(7 + 5);
  expect(steps[0]).toBe('plain 1/7');
  expect(steps.at(-1)).toBe('inverted 5/5');
});

test('memory stays flat over the steps of a run', async () => {
  await run({ epochs: 1 });
  const before = device.memory;
  await run({ epochs: 3 });
  expect(device.memory.liveBuffers).toBe(before.liveBuffers);
  expect(device.memory.liveBytes).toBe(before.liveBytes);
  expect(device.memory.pooledBytes).toBeLessThanOrEqual(before.pooledBytes * 1.1);
});

describe('what is refused', () => {
  test('unknown methods and options, values out of range', () => {
    expect(() => findMethod('magic')).toThrow(/no method magic; there are: .*apo, apo-moe/);
    expect(() => resolveHyperparameters(findMethod('apo'), { kk: '1' })).toThrow(/no option kk; there are: k, beta/);
    expect(() => resolveHyperparameters(findMethod('apo'), { beta: '1.5' })).toThrow(/option beta: expected a number from 0 to 0.999999, got 1.5/);
    expect(() => resolveHyperparameters(findMethod('apo'), { k: '' })).toThrow(ConfigError);
    expect(() => resolveHyperparameters(findMethod('apo'), { statistic: 'x' })).toThrow(/magnitude or signed, got x/);
    expect(resolveHyperparameters(findMethod('apo'), { k: '0.75' }).k).toBe(0.75);
  });

  test("another method's checkpoint, and a damaged one", async () => {
    const sgd = await run({ method: 'alternating-sgd', epochs: 1 });
    await expect(run({ resume: sgd.checkpoints[0]! })).rejects.toThrow(CheckpointError);
    await expect(run({ method: 'alternating-sgd', resume: sgd.checkpoints[0]!.subarray(0, 500) })).rejects.toThrow(/truncated|covers|bytes/);
  });

  test('a model that has run away', async () => {
    await expect(run({ method: 'alternating-sgd', lr: 1e30 })).rejects.toThrow(NumericsError);
  });
});

test('the initial head of a task does not depend on the other tasks', async () => {
  using _scope = device.scope();
  const trunk = multiTaskCNN({ input: [1, 8, 8], channels: [4, 8], features: 16 });
  const heads = async (names: string[]): Promise<unknown> => {
    const model = new MultiTaskModel(device, trunk, names.map((name) => ({ name, outputs: 4 })), 5);
    return (await model.heads.get('b')!.stateDict()).get('head.weight')!.data;
  };
  expect(await heads(['a', 'b'])).toEqual(await heads(['b']));
});
