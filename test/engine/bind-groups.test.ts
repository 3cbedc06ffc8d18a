import { setTimeout as later } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { add, affine, Device, LimitError, sum, tanh, tensor, zeros } from '../../engine/index.ts';
import type { Tensor } from '../../engine/index.ts';
import { testDevice } from '../support/device.ts';
import { expectError } from '../support/errors.ts';

let device: Device;
beforeAll(async () => {
  device = await testDevice();
});

/** Temporary values that die in another order than they were made in. */
function pass(x: Tensor): Tensor {
  const [a, b, c] = [affine(x, 2, 0), affine(x, 3, 0), affine(x, 4, 0)];
  const [d, e] = [affine(b, 1, 1), affine(a, 1, 2)];
  return add(add(sum(c), sum(tanh(e))), sum(d));
}

/** Dispatches with a bind group each: the parts of a long vector, from one of them to another. */
function distinct(x: Tensor, from: number, to: number): void {
  using _scope = x.device.scope();
  for (let i = from; i < to; i++) affine(x.view({ shape: [64], strides: [1], offset: 64 * i }), 2, 0).dispose();
}

describe('the passes of a loop share their bind groups', () => {
  test('in a captured step', () => {
    using _scope = device.scope();
    const x = zeros(device, [700]);
    const captured = (passes: number): { readonly size: number; readonly bindGroups: number } => {
      const step = device.capture(() => {
        for (let i = 0; i < passes; i++) pass(x);
      });
      const { size, bindGroups } = step;
      step.dispose();
      return { size, bindGroups };
    };
    const [one, many] = [captured(1), captured(20)];
    expect(many.size).toBe(20 * one.size);
    expect(many.bindGroups).toBe(one.bindGroups);
  });

  test('in an eager step', async () => {
    const few = await Device.create({ bindGroupLimit: 40 });
    const x = zeros(few, [700]);
    for (let i = 0; i < 100; i++) {
      using _pass = few.scope();
      pass(x);
    }
    await few.finish();
    few.destroy();
  });
});

// Lavapipe copies the descriptor set of each dispatch until the submit is done: a submit of 60,000 ended the process.
test('a captured step of many dispatches is submitted in pieces', async () => {
  using _scope = device.scope();
  const x = tensor(device, [0, 1]);
  let last = x;
  const step = device.capture(() => {
    let y = x;
    for (let i = 0; i < 10_000; i++) y = affine(y, 1, 1);
    last = y.keep();
  });
  device.submit();
  const { submits } = device.counters;
  step.replay();
  expect(device.counters.submits - submits).toBe(3);
  expect([...await last.read()]).toEqual([10_000, 10_001]);
  step.dispose();
});

describe('where the driver can hold few', () => {
  test('a stretch without a turn of the event loop makes each of them once', async () => {
    const few = await Device.create({ bindGroupLimit: 1000 });
    const x = zeros(few, [64 * 900]);
    for (let round = 0; round < 5; round++) distinct(x, 0, 900);
    await few.finish();
    few.destroy();
  });

  test('old ones make room for new ones', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const few = await Device.create({ bindGroupLimit: 1000 });
    const x = zeros(few, [64 * 4000]);
    for (let round = 0; round < 10; round++) {
      distinct(x, 400 * round, 400 * (round + 1));
      await few.finish();
      await later(5);
      collect();
      await later(5);
    }
    few.destroy();
  });

  test('one too many is an error instead of a crash', async () => {
    const few = await Device.create({ bindGroupLimit: 100 });
    const x = zeros(few, [64 * 101]);
    distinct(x, 0, 100);
    expectError(() => distinct(x, 100, 101), LimitError, '100 bind groups', 'device.finish()');
    few.destroy();
  });

  test('a captured step that needs too many is refused, and leaves no memory behind', async () => {
    const few = await Device.create({ bindGroupLimit: 100 });
    const x = zeros(few, [64 * 101]);
    const before = few.memory.liveBuffers;
    const destroyed = vi.spyOn(GPUBuffer.prototype, 'destroy');
    expectError(() => few.capture(() => distinct(x, 0, 101)), LimitError, '100 bind groups');
    expect(few.memory.liveBuffers).toBe(before);
    expect(destroyed.mock.contexts.map((buffer) => (buffer as GPUBuffer).label)).toContain('parameters of a captured step');
    destroyed.mockRestore();
    few.destroy();
  });
});
