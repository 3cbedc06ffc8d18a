import { expect, test } from 'vitest';
import { Device } from 'lazygrad';
import { buildModel, findMethod, resolveHyperparameters, train } from 'lazygrad/methods';
import type { Method } from 'lazygrad/methods';
import { mlp } from 'lazygrad/models';
import { randomWeights } from './random-weights.ts';
import { twoTasks } from './two-tasks.ts';

const device = await Device.create();

/** The trunk's parameters after two epochs. */
async function trained(method: Method, set: Record<string, number> = {}): Promise<ArrayLike<number>> {
  const dataset = twoTasks();
  const hyperparameters = resolveHyperparameters(method, set);
  const tasks = dataset.tasks.map(({ name, classes }) => ({ name, outputs: classes }));
  const model = buildModel(method, { device, trunk: () => mlp({ inputs: 4, widths: [8] }), tasks, seed: 0 }, hyperparameters);
  await train({ device, dataset, model, method, hyperparameters, lr: 0.1, epochs: 2, batchSize: 16, seed: 0 });
  return model.shared.values.read();
}

test('without deviation it is equal weighting; with it, it is not', async () => {
  const equal = await trained(findMethod('equal-weights'));
  const alike = await trained(randomWeights, { deviation: 0 });
  const drawn = await trained(randomWeights);
  expect(Math.max(...Array.from(alike, (value, i) => Math.abs(value - (equal[i] ?? NaN))))).toBeLessThan(1e-6);
  expect(Math.max(...Array.from(drawn, (value, i) => Math.abs(value - (equal[i] ?? NaN))))).toBeGreaterThan(1e-3);
});
