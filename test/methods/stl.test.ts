/** Single-task learning: a task knows nothing of the others. */
import { expect, test } from 'vitest';
import { buildModel, findMethod, resolveHyperparameters, termOf, train } from 'lazygrad/methods';
import { MultiTaskModel, batchNorm2d, dropout, mlp, multiTaskCNN, sequential } from 'lazygrad/models';
import type { Trunk } from 'lazygrad/models';
import type { Task } from '../../data/index.ts';
import { ConfigError, backward, tensor } from '../../engine/index.ts';
import { testDevice } from '../support/device.ts';
import { expectError } from '../support/errors.ts';
import { toyDataset } from './support.ts';

const device = await testDevice();
const method = findMethod('stl');

const small = (): Trunk => mlp({ inputs: 64, widths: [12, 7] });
const tasksOf = (tasks: readonly Task[]): { name: string; outputs: number }[] => tasks.map(({ name, classes }) => ({ name, outputs: classes }));
/** That draws, and keeps statistics. */
const noisy = (): Trunk => {
  const body = sequential(batchNorm2d('bn', 1), dropout(0.25));
  const { stages: _stages, ...inner } = small();
  return { ...inner, layers: [body, ...inner.layers], forward: (x, p, mode) => inner.forward(body.forward(x, p, mode), p, mode) };
};
const model = (tasks: readonly Task[], trunk = small): MultiTaskModel => buildModel(method, { device, trunk, tasks: tasksOf(tasks), seed: 5 }, {});

async function trained(tasks: readonly Task[], trunk: () => Trunk): Promise<MultiTaskModel> {
  const made = model(tasks, trunk);
  await train({ device, dataset: { name: 'quarters', tasks }, model: made, method, hyperparameters: resolveHyperparameters(method, {}), lr: 0.05, epochs: 2, batchSize: 16, seed: 3, selection: 'last' });
  return made;
}

test.each([['a perceptron', small], ['with dropout and batch normalisation', noisy]] as const)('a task alone learns what it learns among others, bit by bit: %s', async (_name, trunk) => {
  using _scope = device.scope();
  const all = await trained(toyDataset.tasks, trunk);
  for (const task of toyDataset.tasks) {
    const alone = await trained([task], trunk);
    expect(await alone.heads.get(task.name)!.stateDict()).toEqual(await all.heads.get(task.name)!.stateDict());
  }
});

test('all trunks start as the shared one of that seed would, and heads as theirs', async () => {
  using _scope = device.scope();
  const apart = model(toyDataset.tasks);
  const together = new MultiTaskModel(device, small(), tasksOf(toyDataset.tasks), 5);
  expect(apart.shared.size).toBe(0);
  for (const [task, arena] of apart.heads) expect(await arena.stateDict()).toEqual(new Map([...await together.heads.get(task)!.stateDict(), ...await together.shared.stateDict()]));
});

test('a loss has no gradient in the model of another task', async () => {
  using _scope = device.scope();
  const made = model(toyDataset.tasks);
  made.zeroGrad();
  const inputs = tensor(device, Float32Array.from({ length: 3 * 64 }, (_, i) => Math.sin(i)), [3, 64]);
  backward(termOf({ model: made, task: { name: 'plain', kind: 'multiclass' }, inputs, targets: tensor(device, Int32Array.of(0, 3, 1)) }).loss());
  expect((await made.heads.get('plain')!.get('fc1.weight').grad!.read()).some((g) => g !== 0)).toBe(true);
  expect((await made.heads.get('inverted')!.gradients.read()).every((g) => g === 0)).toBe(true);
});

test('momentum is that of SGD', async () => {
  using _scope = device.scope();
  const [made, other] = [model(toyDataset.tasks), model(toyDataset.tasks)];
  const inputs = tensor(device, Float32Array.from({ length: 3 * 64 }, (_, i) => Math.sin(i)), [3, 64]);
  const steps = (m: MultiTaskModel, momentum: number): void => {
    const rule = method.create({ model: m, tasks: ['plain', 'inverted'], lr: 0.1, seed: 1, values: { momentum } });
    for (let i = 0; i < 2; i++) rule.step([termOf({ model: m, task: { name: 'plain', kind: 'multiclass' }, inputs, targets: tensor(device, Int32Array.of(0, 3, 1)) })]);
  };
  steps(made, 0);
  steps(other, 0.9);
  expect(await made.heads.get('plain')!.values.read()).not.toEqual(await other.heads.get('plain')!.values.read());
  expect(await made.heads.get('inverted')!.values.read()).toEqual(await other.heads.get('inverted')!.values.read());
});

test('a model whose tasks share something is refused', () => {
  using _scope = device.scope();
  const shared = new MultiTaskModel(device, multiTaskCNN({ input: [1, 8, 8], channels: [4, 4], features: 8 }), tasksOf(toyDataset.tasks), 1);
  expectError(() => method.create({ model: shared, tasks: ['plain'], lr: 0.1, seed: 1, values: { momentum: 0 } }), ConfigError, 'share', 'buildModel');
});
