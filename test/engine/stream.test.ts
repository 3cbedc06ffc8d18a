import { beforeAll, expect, test } from 'vitest';
import type { Device } from '../../engine/index.ts';
import { affine, relu, sum, tensor, zeros } from '../../engine/index.ts';
import { testDevice } from '../support/device.ts';

let device: Device;
beforeAll(async () => {
  device = await testDevice();
});

test('nothing is submitted until somebody asks, and then all of it at once', async () => {
  using _scope = device.scope();
  relu(affine(tensor(device, [1]), 2, 0));
  await device.finish();
  const before = device.counters;
  let x = tensor(device, [1, 2, 3]);
  for (let i = 0; i < 50; i++) x = affine(x, 1, 1);
  expect(device.counters).toEqual({ ...before, dispatches: before.dispatches + 50 });
  expect([...await x.read()]).toEqual([51, 52, 53]);
  expect(device.counters.submits).toBe(before.submits + 1);
  device.submit();
  expect(device.counters.submits).toBe(before.submits + 1);
});

test('more dispatches than one submit has room for', async () => {
  using _scope = device.scope();
  let x = tensor(device, [0]);
  for (let i = 0; i < 5000; i++) {
    const next = affine(x, 1, 1);
    x.dispose();
    x = next;
  }
  expect(await x.item()).toBe(5000);
});

test('clearing and copying keep their place between dispatches', async () => {
  using _scope = device.scope();
  const x = tensor(device, [1, 2, 3, 4]);
  const doubled = affine(x, 2, 0);
  device.clear({ ...x.binding, size: 8 });
  const cleared = affine(x, 1, 0.5);
  const target = zeros(device, [4]);
  device.copy({ ...doubled.binding, size: 16 }, { ...target.binding, size: 16 });
  const copied = relu(target);
  device.clear(target.binding);
  expect([...await doubled.read()]).toEqual([2, 4, 6, 8]);
  expect([...await cleared.read()]).toEqual([0.5, 0.5, 3.5, 4.5]);
  expect([...await copied.read()]).toEqual([2, 4, 6, 8]);
  expect(await sum(target).item()).toBe(0);
});

test('a clear that may wait comes before what touches it, and not at all where somebody claims the range', async () => {
  using _scope = device.scope();
  const x = tensor(device, new Float32Array(256).fill(1));
  const part = (start: number, end: number) => ({ storage: x.storage, offset: 256 * start, size: 256 * (end - start) });
  const dispatchOf = (start: number): void => void relu(x.view({ shape: [64], strides: [1], offset: 64 * start }));
  const expected = (...quarters: number[]): number[] => quarters.flatMap((value) => new Array<number>(64).fill(value));
  expect(device.claim(part(0, 1))).toBe(false);

  device.clearLater(part(0, 3));
  expect([device.claim(part(2, 4)), device.claim(part(1, 2)), device.claim(part(1, 2)), device.claim(part(0, 2))]).toEqual([false, true, false, false]);
  expect([...await x.read()]).toEqual(expected(0, 1, 0, 1));
  expect(device.claim(part(0, 1))).toBe(false);

  device.clearLater(part(1, 4));
  device.clearLater(part(3, 4));
  dispatchOf(3);
  expect([device.claim(part(3, 4)), device.claim(part(1, 2))]).toEqual([false, true]);

  const y = tensor(device, new Float32Array(256).fill(2));
  device.copy({ ...part(0, 1), storage: y.storage }, part(2, 3));
  expect([...await x.read()]).toEqual(expected(0, 1, 2, 0));
  device.clearLater({ ...part(0, 4), storage: y.storage });
  device.copy({ ...part(1, 2), storage: y.storage }, part(1, 2));
  device.clearLater({ ...part(0, 1), storage: y.storage });
  device.submit();
  expect(device.claim({ ...part(0, 1), storage: y.storage })).toBe(false);
  expect([...await y.read()]).toEqual(expected(0, 0, 0, 0));
  expect([...await x.read()]).toEqual(expected(0, 0, 2, 0));

  const freed = tensor(device, new Float32Array(64).fill(3));
  device.clearLater(freed.binding);
  freed.dispose();
  await device.finish();
});

test('pipelines are compiled once', () => {
  using _scope = device.scope();
  const x = tensor(device, [1, 2]);
  relu(x);
  const { pipelines } = device.counters;
  for (let i = 0; i < 5; i++) relu(tensor(device, new Float32Array(10 ** i)));
  expect(device.counters.pipelines).toBe(pipelines);
});
