/** A captured training step beside the eager one. */
import { describe, expect, test } from 'vitest';
import { APO } from 'lazygrad/apo';
import { MultiTaskModel, mlp, multiTaskCNN } from 'lazygrad/models';
import type { Trunk } from 'lazygrad/models';
import { Adam, ConfigError, Generator, ParameterArena, SGD, TensorError, accumulate, add, affine, backward, crossEntropy, mul, rand, randn, relu, sum, tensor, zeros } from '../../engine/index.ts';
import type { Device, Optimizer, Tensor } from '../../engine/index.ts';
import { random32 } from '../../data/index.ts';
import { testDevice } from '../support/device.ts';

const device = await testDevice();
const BATCH = 6;
const TASKS = ['a', 'b'];

interface Training {
  readonly step: (task: string) => void;
  readonly feed: (i: number) => void;
  readonly model: MultiTaskModel;
  readonly losses: Tensor;
  readonly endEpoch: () => void;
}

/** A model, its optimizers, and a step that reads its batch from fixed tensors. */
function training(d: Device, trunk: Trunk, method: 'sgd' | 'apo'): Training {
  const model = new MultiTaskModel(d, trunk, TASKS.map((name) => ({ name, outputs: 3 })), 2);
  const inputs = zeros(d, [BATCH, 1, 8, 8]);
  const targets = zeros(d, [BATCH], { dtype: 'int32' });
  const losses = zeros(d, [1]);
  const apo = method === 'apo' ? new APO(model.shared, TASKS, { lr: 0.2 }) : null;
  const sgd = method === 'sgd' ? new SGD(model.shared, { lr: 0.2, momentum: 0.5 }) : null;
  const heads = new Map([...model.heads].map(([name, arena]) => [name, new SGD(arena, { lr: 0.2 })]));
  return {
    model, losses,
    endEpoch: () => apo?.endEpoch(),
    feed(i) {
      inputs.write(Float32Array.from({ length: inputs.size }, (_, p) => (random32(i, p) % 1000) / 1000));
      targets.write(Int32Array.from({ length: BATCH }, (_, p) => random32(i + 1000, p) % 3));
    },
    step(task) {
      using _scope = d.scope();
      model.zeroGrad();
      const loss = crossEntropy(model.forward(inputs, task), targets);
      backward(loss);
      accumulate(losses, affine(loss.detach(), 1, 0).view({ shape: [1], strides: [1], offset: 0 }));
      apo?.step(task);
      sgd?.step();
      heads.get(task)?.step();
      d.submit();
    },
  };
}

async function state({ model, losses }: Training): Promise<unknown> {
  return { shared: await model.shared.stateDict(), heads: await Promise.all([...model.heads.values()].map((arena) => arena.stateDict())), loss: await losses.read() };
}

describe.each([
  ['multi-task-cnn', multiTaskCNN({ input: [1, 8, 8], channels: [4, 8], features: 12 }), 'sgd'],
  ['multi-task-cnn', multiTaskCNN({ input: [1, 8, 8], channels: [4, 8], features: 12 }), 'apo'],
  ['mlp', mlp({ inputs: 64, widths: [20, 9] }), 'apo'],
] as const)('%s with %#', (_name, trunk, method) => {
  test(`${method}: the same bits as the eager step over 100 steps, with one submit each`, async () => {
    using _scope = device.scope();
    const eager = training(device, trunk, method);
    const captured = training(device, trunk, method);
    const steps = new Map(TASKS.map((task) => [task, device.capture(() => captured.step(task))]));
    for (let i = 0; i < 100; i++) {
      const task = TASKS[(i >> 2) % 2]!;
      eager.feed(i);
      eager.step(task);
      captured.feed(i);
      const before = device.counters.submits;
      steps.get(task)!.replay();
      expect(device.counters.submits - before).toBe(1);
      if (i % 40 === 39) for (const t of [eager, captured]) t.endEpoch();
    }
    expect(await state(captured)).toEqual(await state(eager));
    for (const step of steps.values()) {
      expect(step.plannedBytes).toBeLessThan(step.eagerBytes * 0.9);
      step.dispose();
    }
  });
});

describe('capture', () => {
  test('has no effect until the replay; what is kept holds the values of the last one', async () => {
    using _scope = device.scope();
    const x = tensor(device, [1, -2, 3]);
    const total = zeros(device, [3]);
    const out: Tensor[] = [];
    const step = device.capture(() => {
      const y = relu(add(x, tensor(device, [10, 1, 0])));
      accumulate(total, y);
      out.push(sum(y).keep());
    });
    expect([...await total.read()]).toEqual([0, 0, 0]);
    step.replay();
    expect([...await total.read()]).toEqual([11, 0, 3]);
    expect(await out[0]!.item()).toBe(14);
    x.write([0, 0, 1]);
    step.replay();
    expect([...await total.read()]).toEqual([21, 1, 4]);
    expect(await out[0]!.item()).toBe(12);
    step.dispose();
  });

  test('eager work between replays does not disturb it, nor it the eager work', async () => {
    using _scope = device.scope();
    const x = rand(device, [500], new Generator(1));
    const out: Tensor[] = [];
    const step = device.capture(() => out.push(sum(add(affine(x, 2, 1), affine(x, 3, 0))).keep()));
    step.replay();
    const first = await out[0]!.item();
    const between = affine(x, 7, 0);
    const noise = affine(between, 1, 5);
    step.replay();
    expect(await out[0]!.item()).toBe(first);
    expect([...await noise.read()]).toEqual([...await affine(affine(x, 7, 0), 1, 5).read()]);
    step.dispose();
  });

  test('gives its memory back', () => {
    const before = device.memory.liveBytes;
    {
      using _scope = device.scope();
      const x = zeros(device, [1000]);
      device.capture(() => void affine(add(x, tensor(device, [1])), 2, 0)).dispose();
    }
    expect(device.memory.liveBytes).toBe(before);
  });

  test('refuses what it cannot replay, and says so', async () => {
    using _scope = device.scope();
    const x = zeros(device, [4]);
    let reading: Promise<unknown> = Promise.resolve();
    const step = device.capture(() => void (reading = affine(x, 2, 0).read().catch((error: unknown) => error)));
    expect(await reading).toBeInstanceOf(TensorError);
    expect(String(await reading)).toMatch(/captured cannot read back/);
    step.dispose();
    expect(() => device.capture(() => x.write([1, 2, 3, 4]))).toThrow(/cannot write host data/);
    expect(() => device.capture(() => void device.capture(() => undefined))).toThrow(/being captured already/);
    expect(() => x.write([1, 2])).toThrow(/expected 4 values .* got 2/);
    // A failed capture leaves the device as it was.
    expect([...await affine(x, 1, 3).read()]).toEqual([3, 3, 3, 3]);
  });

  test('every replay draws new random numbers, the ones of the eager run', async () => {
    using _scope = device.scope();
    const [eager, captured] = [new Generator(9), new Generator(9)];
    const numbers: Tensor[] = [];
    const step = device.capture(() => numbers.push(add(rand(device, [70], captured), randn(device, [70], captured)).keep()));
    expect(captured.state).toBe(0);
    const seen = new Set<string>();
    for (let i = 0; i < 4; i++) {
      step.replay();
      const found = await numbers[0]!.read();
      expect(found).toEqual(await add(rand(device, [70], eager), randn(device, [70], eager)).read());
      seen.add(String(found));
    }
    expect(seen.size).toBe(4);
    expect(captured.state).toBe(8);
    step.dispose();
  });

  test.each([['Adam', (arena: ParameterArena) => new Adam(arena, { lr: 0.1 })], ['SGD', (arena: ParameterArena) => new SGD(arena, { lr: 0.1, momentum: 0.9 })]] as const)('%s counts the replays, and takes the learning rate of each', async (_name, make) => {
    using _scope = device.scope();
    const start = (): { arena: ParameterArena; optimizer: Optimizer } => {
      const arena = new ParameterArena(device, [{ name: 'p', shape: [70], init: (d, shape, generator) => randn(d, shape, generator) }], new Generator(1));
      return { arena, optimizer: make(arena) };
    };
    const [eager, captured] = [start(), start()];
    const body = ({ arena, optimizer }: typeof eager): void => {
      using _step = device.scope();
      arena.zeroGrad();
      backward(sum(mul(arena.get('p'), arena.get('p'))));
      optimizer.step();
    };
    const step = device.capture(() => body(captured));
    for (let i = 0; i < 6; i++) {
      eager.optimizer.lr = captured.optimizer.lr = 0.1 / (i + 1);
      body(eager);
      step.replay();
      expect(await captured.arena.values.read()).toEqual(await eager.arena.values.read());
    }
    expect(await captured.optimizer.stateDict()).toEqual(await eager.optimizer.stateDict());
    captured.optimizer.lr = -1;
    expect(() => step.replay()).toThrow(ConfigError);
    step.dispose();
  });

  test('a replay after something it uses was freed throws', () => {
    using _scope = device.scope();
    const x = zeros(device, [4]);
    const total = zeros(device, [4]);
    const step = device.capture(() => accumulate(total, x));
    x.dispose();
    expect(() => step.replay()).toThrow(/used after it was freed/);
    step.dispose();
  });
});
