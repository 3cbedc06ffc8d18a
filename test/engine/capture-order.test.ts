import { expect, test } from 'vitest';
import { Device, add, tensor, zeros } from '../../engine/index.ts';
import type { Tensor } from '../../engine/index.ts';

test('host data of a captured step is not wiped by what was recorded before, on a buffer that was freed since', async () => {
  const device = await Device.create();
  const x = tensor(device, Float32Array.of(1, 2, 3, 4));
  await device.finish();
  // Its buffer goes back to the pool, its clear still waits to be submitted.
  zeros(device, [4]).dispose();
  let sum: Tensor | null = null;
  const step = device.capture(() => {
    sum = add(x, tensor(device, Float32Array.of(10, 20, 30, 40))).keep();
  });
  step.replay();
  expect([...await sum!.read()]).toEqual([11, 22, 33, 44]);
  device.destroy();
});
