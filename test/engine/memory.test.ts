import { beforeAll, describe, expect, test } from 'vitest';
import type { Tensor } from '../../engine/index.ts';
import { add, affine, backward, crossEntropy, Device, Generator, linear, matmul, ParameterArena, randn, relu, SGD, sum, tensor, TensorError, zeros } from '../../engine/index.ts';
import { sizeClass } from '../../engine/device/memory.ts';
import { testDevice } from '../support/device.ts';
import { expectError, expectRejection } from '../support/errors.ts';

let device: Device;
beforeAll(async () => {
  device = await testDevice();
});

describe('scopes', () => {
  test('free what was made inside', () => {
    const before = device.memory;
    let x: Tensor;
    {
      using _scope = device.scope();
      x = zeros(device, [1000]);
      expect(device.memory.liveBuffers).toBe(before.liveBuffers + 1);
      expect(device.memory.liveBytes).toBeGreaterThanOrEqual(before.liveBytes + 4000);
    }
    expect(device.memory.liveBuffers).toBe(before.liveBuffers);
    expect(device.memory.liveBytes).toBe(before.liveBytes);
    expect(x.storage.alive).toBe(false);
  });

  test('keep hands a tensor to the scope around, and out of the last one', async () => {
    const before = device.memory.liveBuffers;
    let x: Tensor;
    {
      using _outer = device.scope();
      {
        using _inner = device.scope();
        x = tensor(device, [1, 2]).keep();
      }
      expect([...await x.read()]).toEqual([1, 2]);
    }
    expect(x.storage.alive).toBe(false);
    {
      using _outer = device.scope();
      {
        using _inner = device.scope();
        x = affine(tensor(device, [3, 4]), 2, 0).keep().keep();
      }
    }
    expect([...await x.read()]).toEqual([6, 8]);
    x.dispose();
    expect(device.memory.liveBuffers).toBe(before);
  });

  test('keep works for what an outer scope owns', () => {
    let x: Tensor;
    {
      using _outer = device.scope();
      x = zeros(device, [1]);
      {
        using _inner = device.scope();
        x.keep();
      }
      expect(x.storage.alive).toBe(true);
    }
    expect(x.storage.alive).toBe(true);
    x.dispose();
  });

  test('must be closed in the reverse order of opening', () => {
    const outer = device.scope();
    const inner = device.scope();
    expectError(() => outer[Symbol.dispose](), TensorError, 'reverse order');
    inner[Symbol.dispose]();
    outer[Symbol.dispose]();
  });
});

describe('a freed tensor', () => {
  test('cannot be used, and neither can its views', async () => {
    using _scope = device.scope();
    const x = zeros(device, [8], { requiresGrad: true });
    const view = x.view({ shape: [2, 4], strides: [4, 1], offset: 0 });
    const y = relu(x);
    relu(x);
    x.dispose();
    x.dispose();
    for (const use of [() => relu(x), () => sum(view), () => matmul(view, view.view({ shape: [4, 2], strides: [1, 4], offset: 0 })), () => add(zeros(device, [8]), x)]) expectError(use, TensorError, 'after it was freed');
    await expectRejection(x.read(), TensorError, 'after it was freed');
    expect([...await y.read()]).toEqual(new Array<number>(8).fill(0));
  });

  test('cannot be used after its scope ended', async () => {
    let x: Tensor;
    {
      using _scope = device.scope();
      x = tensor(device, [1]);
    }
    await expectRejection(x.item(), TensorError, 'after it was freed');
    expectError(() => relu(x), TensorError, 'after it was freed');
  });

  test('says where it was made, if that is asked for', async () => {
    process.env.LAZYGRAD_DEBUG = '1';
    const debugged = await Device.create();
    delete process.env.LAZYGRAD_DEBUG;
    const makeIt = (): Tensor => zeros(debugged, [1]);
    const x = makeIt();
    x.dispose();
    expectError(() => relu(x), TensorError, 'after it was freed', 'makeIt', 'memory.test.ts');
    debugged.destroy();
  });

  test('gives its buffer to the next tensor of its size, whose values do not reach back in time', async () => {
    using _scope = device.scope();
    const first = tensor(device, [1, 2, 3]);
    const doubled = affine(first, 2, 0);
    first.dispose();
    const second = tensor(device, [10, 20, 30]);
    expect(second.storage.id).toBe(first.storage.id);
    expect([...await doubled.read()]).toEqual([2, 4, 6]);
    expect([...await second.read()]).toEqual([10, 20, 30]);
  });
});

test('sizes are rounded up by at most a quarter, to few classes', () => {
  const classes = new Set<number>();
  for (let bytes = 1; bytes < 1 << 20; bytes = Math.ceil(bytes * 1.01)) {
    const size = sizeClass(bytes);
    expect(size).toBeGreaterThanOrEqual(bytes);
    expect(size % 256).toBe(0);
    if (bytes > 4096) expect(size).toBeLessThanOrEqual(bytes * 1.25 + 1);
    expect(sizeClass(size)).toBe(size);
    classes.add(size);
  }
  expect(classes.size).toBeLessThan(80);
});

test('hundreds of training steps keep memory flat, with one submit each', async () => {
  using _scope = device.scope();
  const generator = new Generator(1);
  const init = (shape: readonly number[]): Tensor => randn(device, shape, generator, 0, 0.3);
  const arena = new ParameterArena(device, [
    { name: 'hidden.weight', shape: [16, 12], init: (_, shape) => init(shape) }, { name: 'hidden.bias', shape: [16], init: (_, shape) => init(shape) },
    { name: 'head.weight', shape: [3, 16], init: (_, shape) => init(shape) }, { name: 'head.bias', shape: [3], init: (_, shape) => init(shape) },
  ], generator);
  const optimizer = new SGD(arena, { lr: 0.1, momentum: 0.9 });
  const images = Float32Array.from({ length: 8 * 12 }, (_, i) => Math.sin(i * i));
  const labels = new Int32Array([0, 1, 2, 0, 1, 2, 0, 1]);
  const loss = (): Tensor => {
    const hidden = relu(linear(tensor(device, images, [8, 12]), arena.get('hidden.weight'), arena.get('hidden.bias')));
    return crossEntropy(linear(hidden, arena.get('head.weight'), arena.get('head.bias')), tensor(device, labels));
  };
  const step = (): void => {
    using _step = device.scope();
    arena.zeroGrad();
    backward(loss());
    optimizer.step();
    device.submit();
  };
  const start = await loss().item();
  for (let i = 0; i < 5; i++) step();
  const [memory, counters] = [device.memory, device.counters];
  for (let i = 0; i < 300; i++) step();
  expect(device.memory).toEqual(memory);
  expect(device.counters.submits - counters.submits).toBe(300);
  expect(device.counters.pipelines).toBe(counters.pipelines);
  expect((device.counters.dispatches - counters.dispatches) % 300).toBe(0);
  expect(await loss().item()).toBeLessThan(start / 20);
});

test('a step that is not submitted by hand keeps memory flat as well', async () => {
  using _scope = device.scope();
  const x = zeros(device, [64]);
  const step = (i: number): Tensor => {
    using _step = device.scope();
    return affine(tensor(device, new Float32Array(64).fill(i)), 1, 1).keep();
  };
  let last = x;
  let memory = device.memory;
  for (let i = 0; i < 5000; i++) {
    last.dispose();
    last = step(i);
    if (i === 10) memory = device.memory;
  }
  expect(device.memory).toEqual(memory);
  expect((await last.read())[63]).toBe(5000);
});
