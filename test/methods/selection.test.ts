/** Which epoch's model a run ends with. */
import { describe, expect, test } from 'vitest';
import { ConfigError } from '../../engine/index.ts';
import { Selection } from '../../methods/selection.ts';
import type { ModelState, SelectionKind } from '../../methods/selection.ts';
import { expectError } from '../support/errors.ts';

const TASKS = [{ name: 'a', kind: 'multiclass' }, { name: 'b', kind: 'multiclass' }] as const;
const state = (n: number): ModelState => new Map([['w', { shape: [1], data: Float32Array.of(n) }]]);

async function selected(kind: SelectionKind, epochs: readonly (readonly number[])[], tasks: ConstructorParameters<typeof Selection>[1] = TASKS, metric: 'accuracy' | 'rmse' = 'accuracy'): Promise<Selection> {
  const selection = new Selection(kind, tasks);
  for (const [i, values] of epochs.entries()) await selection.consider(i, values.map((value) => ({ [metric]: value })), () => Promise.resolve(state(i)));
  return selection;
}

describe('accuracies', () => {
  const epochs = [[0.5, 0.5], [0.9, 0.4], [0.6, 0.8], [0.6, 0.8], [0.2, 0.85]];

  test('the best on average, the first of equals, for all tasks', async () => {
    const found = await selected('best', epochs);
    expect([found.best!.epoch, found.of('a')!.epoch, found.of('b')!.epoch]).toEqual([2, 2, 2]);
    expect(found.best!.state).toEqual(state(2));
  });

  test('for each task its own', async () => {
    const found = await selected('best-per-task', epochs);
    expect([found.best!.epoch, found.of('a')!.epoch, found.of('b')!.epoch]).toEqual([2, 1, 4]);
  });

  test('the last, whatever it is', async () => expect((await selected('last', epochs)).best).toBeNull());
});

test('where less is better, the least; without anything to choose by, the last', async () => {
  const regression = [{ name: 'a', kind: 'regression' }] as const;
  expect((await selected('best', [[3], [1], [2]], regression, 'rmse')).best!.epoch).toBe(1);
  expect((await selected('best', [[NaN], [NaN], [NaN]], regression, 'rmse')).best!.epoch).toBe(2);
});

test('what was chosen comes back from a checkpoint, and later epochs must beat it', async () => {
  const before = await selected('best-per-task', [[0.5, 0.9], [0.7, 0.1]]);
  const after = new Selection('best-per-task', TASKS);
  const { facts, tensors } = before.stored;
  after.restore(facts, tensors);
  expect([after.best!.epoch, after.of('a')!.epoch, after.of('b')!.epoch]).toEqual([0, 1, 0]);
  expect(after.of('a')!.state).toEqual(state(1));
  await after.consider(2, [{ accuracy: 0.6 }, { accuracy: 0.95 }], () => Promise.resolve(state(2)));
  expect([after.best!.epoch, after.of('a')!.epoch, after.of('b')!.epoch]).toEqual([2, 1, 2]);
});

test('another kind is refused', () => expectError(() => new Selection('luck' as SelectionKind, TASKS), ConfigError, 'selection: expected best or best-per-task or last, got luck'));
