import { afterAll, beforeAll, expect, test } from 'vitest';
import { affine, Device, relu, tensor } from '../../engine/index.ts';

let device: Device;
beforeAll(async () => {
  device = await Device.create();
});
afterAll(() => device.destroy());

test('a profile counts and times every dispatch by kernel, and changes no value', async (context) => {
  if (!device.features.includes('timestamp-query')) context.skip('the adapter has no timestamp-query');
  using _scope = device.scope();
  const profiler = device.profile();
  let x = tensor(device, [1, -2, 3]);
  // More than one set of queries has room for.
  for (let i = 0; i < 2100; i++) x = affine(x, 1, 1);
  expect([...await relu(affine(x, 1, -2100)).read()]).toEqual([1, 0, 3]);
  const report = await profiler.report();
  expect(Object.fromEntries(report.map(({ label, count }) => [label, count]))).toEqual({ 'unary:main,OP=0': 2101, 'unary:main,OP=1': 1 });
  for (const { milliseconds } of report) expect(milliseconds).toBeGreaterThanOrEqual(0);
});
