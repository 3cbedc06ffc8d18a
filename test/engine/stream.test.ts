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

test('pipelines are compiled once', () => {
  using _scope = device.scope();
  const x = tensor(device, [1, 2]);
  relu(x);
  const { pipelines } = device.counters;
  for (let i = 0; i < 5; i++) relu(tensor(device, new Float32Array(10 ** i)));
  expect(device.counters.pipelines).toBe(pipelines);
});
