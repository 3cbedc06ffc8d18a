/** The golden trace: six parameters, two tasks, five steps, all variants, computed independently of this code. */
import { describe, expect, test } from 'vitest';
import golden from '../fixtures/apo-golden.json';
import { testDevice } from '../support/device.ts';
import { Bench } from './support.ts';

const TASKS = ['a', 'b'];
const { theta0, beta, k, mu, eta, damp } = golden.config;

describe.each(Object.entries(golden.trace))('golden trace %s', (name, steps) => {
  test('thresholds, owners and parameters of every step', async () => {
    const device = await testDevice();
    using _scope = device.scope();
    const bench = new Bench(device, [theta0], TASKS, {
      lr: eta, beta, k, mu, damping: damp,
      statistic: name.startsWith('signed') ? 'signed' : 'magnitude',
      correction: name.endsWith('sample') ? 1 : 0,
      accumulator: name.includes('perTask') ? 'perTask' : 'shared',
    });
    let next = 0;
    for (const entry of golden.gradients) {
      if (typeof entry === 'string') {
        bench.apo.endEpoch();
        continue;
      }
      const [task, gradient] = entry as [number, number[]];
      bench.step(TASKS[task]!, [gradient]);
      const expected = steps[next++]!;
      expect(expected.task).toBe(task);
      expect((await bench.apo.thresholds()).get('p0')).toBeCloseTo(expected.tau, 5);
      expect(await bench.owners()).toEqual(expected.owner);
      // Every value of the trace is a short binary fraction: float32 is exact.
      expect(await bench.theta()).toEqual(expected.theta);
    }
    expect(next).toBe(5);
  });
});
