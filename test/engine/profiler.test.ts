import { afterAll, beforeAll, expect, test } from 'vitest';
import { affine, Device, Generator, matmul, rand, relu, tensor } from '../../engine/index.ts';

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

test('LAZYGRAD_DEBUG prints a line per dispatch and the totals at the end, with operations and bytes', async (context) => {
  for (const level of [1, 2, 3]) {
    const lines: string[] = [];
    const debugged = await Device.create({ debug: level, print: (line) => lines.push(line) });
    if (!debugged.features.includes('timestamp-query')) context.skip('the adapter has no timestamp-query');
    const a = rand(debugged, [64, 64], new Generator(1));
    const step = debugged.capture(() => void relu(matmul(a, a)));
    step.replay();
    relu(a);
    await debugged.finish();
    const ran = lines.length;
    debugged.destroy();
    debugged.destroy();
    expect(ran).toBe(level === 1 ? 0 : 4);
    if (level > 1) expect(lines[1]).toMatch(/^ +\d+\.\d{3} ms {2}contract_\w+:main,\S+ {2}\d+\.\d\d GFLOP\/s {2}\d+\.\d\d GB\/s/);
    if (level > 1) expect(/ {2}16 x 1 x 1 workgroups {2}\d+ bytes bound$/.test(lines[2]!)).toBe(level === 3);
    const totals = lines.slice(ran);
    expect(totals[0]).toMatch(/^ +\d+\.\d{3} ms {2}in 4 dispatches of 3 kernels$/);
    expect(totals.length).toBe(4);
    expect(totals.find((line) => line.includes('unary:main,OP=1'))).toMatch(/ 2 x {2}unary:main,OP=1 {2}\d+\.\d\d GB\/s$/);
  }
});
