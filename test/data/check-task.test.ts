import { describe, expect, test } from 'vitest';
import { batches, checkTask, countTargets, partition, take, targetsPerSample } from '../../data/index.ts';
import type { Split, Task } from '../../data/index.ts';
import { DataError, ShapeError } from '../../engine/errors.ts';
import { arrayOf } from '../support/inputs.ts';

const empty = (targets: Split['targets']): Split => ({ length: 0, inputs: new Float32Array(), targets });
const split = (targets: Split['targets'], width = 1): Split => ({ length: targets.length / width, inputs: new Float32Array(2 * targets.length / width), targets });

function task(kind: Task['kind'], targets: Split['targets'], classes = 1, more: Partial<Task> = {}): Task {
  const none = targets instanceof Int32Array ? empty(new Int32Array()) : empty(new Float32Array());
  return { name: 'sepsis', kind, classes, inputShape: [2], train: split(targets, kind === 'multiclass' ? 1 : classes), validation: none, test: none, ...more };
}

describe('checkTask', () => {
  test('gives the task back when all is well, missing targets included', () => {
    for (const good of [
      task('multiclass', Int32Array.of(0, 2, -1), 3),
      task('binary', Float32Array.of(0, 1, NaN)),
      task('multilabel', Float32Array.of(0, 1, NaN, 1, NaN, NaN), 3),
      task('regression', Float32Array.of(-1e30, NaN, 0.5, 7), 2, { huberDelta: 0.5 }),
    ]) expect(checkTask(good)).toBe(good);
  });

  test.each([
    [task('multiclass', Int32Array.of(0, 3), 3), /task sepsis, train, sample 1: expected a class from 0 to 2, or -1 where it is missing, got 3/],
    [task('multiclass', Int32Array.of(-2), 3), /sample 0: .* got -2/],
    [task('binary', Float32Array.of(0, 1, 0.5)), /train, sample 2: expected 0 or 1, or NaN where it is missing, got 0.5/],
    [task('multilabel', Float32Array.of(0, 1, 1, NaN, 0, 2), 3), /sample 1, target 2: expected 0 or 1, .* got 2/],
    [task('regression', Float32Array.of(0, Infinity), 1), /sample 1: expected a finite number, .* got Infinity/],
    [task('binary', Float32Array.of(1), 1, { test: split(Float32Array.of(-1)) }), /task sepsis, test, sample 0/],
    [task('multiclass', Float32Array.of(1), 3), /expected targets of multiclass in a Int32Array, got a Float32Array/],
    [task('binary', Int32Array.of(1)), /expected targets of binary in a Float32Array, got a Int32Array/],
    [task('multilabel', Float32Array.of(1), 3, { train: { length: 1, inputs: new Float32Array(2), targets: Float32Array.of(1) } }), /expected 1 samples with 3 targets each, got 1/],
    [task('binary', Float32Array.of(1), 1, { inputShape: [3] }), /train: expected 1 samples of 3 values, got 2 values/],
    [task('binary', Float32Array.of(1, 1), 2), /expected classes to be 1 for a binary task, got 2/],
    [task('multiclass', Int32Array.of(0), 0), /classes to be a whole number from 1, got 0/],
    [task('binary', Float32Array.of(1), 1, { huberDelta: 1 }), /huberDelta/],
    [task('regression', Float32Array.of(1), 1, { huberDelta: 0 }), /huberDelta/],
    [task('ranking' as 'binary', Float32Array.of(1)), /one of the kinds multiclass, binary, multilabel, regression, got ranking/],
  ])('refuses %#', (bad, message) => {
    expect(() => checkTask(bad)).toThrow(DataError);
    expect(() => checkTask(bad)).toThrow(message);
  });
});

describe('several targets a sample, and whole numbers', () => {
  /** Sample i has the tokens (i, i + 1) and the targets (i, -i, NaN). */
  const wide: Split = { length: 20, inputs: Int32Array.from({ length: 40 }, (_, i) => (i >> 1) + i % 2), targets: Float32Array.from({ length: 60 }, (_, i) => [i / 3, -(i - 1) / 3, NaN][i % 3]!) };
  const triple = (i: number): number[] => [i, i === 0 ? -0 : -i, NaN];

  test('stay together in batches', () => {
    const all = [...batches(wide, 2, { batchSize: 6, seed: 1, epoch: 0, targetSize: 3 })];
    expect(all.map(({ size, inputs, targets }) => [size, inputs.constructor, inputs.length, targets.constructor, targets.length])).toEqual([6, 6, 6, 2].map((n) => [n, Int32Array, 2 * n, Float32Array, 3 * n]));
    const samples = all.flatMap(({ inputs }) => [...inputs].filter((_, i) => i % 2 === 0));
    expect(all.flatMap(({ inputs }) => [...inputs])).toEqual(samples.flatMap((i) => [i, i + 1]));
    expect(all.flatMap(({ targets }) => [...targets])).toEqual(samples.flatMap(triple));
    expect(() => batches(wide, 2, { batchSize: 6, seed: 1, epoch: 0 })).toThrow(ShapeError);
  });

  test('stay together when taken and divided', () => {
    expect(take(wide, Uint32Array.of(7, 0))).toEqual({ length: 2, inputs: Int32Array.of(7, 8, 0, 1), targets: Float32Array.from([...triple(7), ...triple(0)]) });
    const parts = partition(wide, [5, 15], 3, true);
    expect(parts.flatMap((part) => [...arrayOf(part)].filter((_, i) => i % 2 === 0)).sort((a, b) => a - b)).toEqual([...Array(20).keys()]);
    for (const part of parts) expect([...part.targets]).toEqual([...arrayOf(part)].filter((_, i) => i % 2 === 0).flatMap(triple));
  });

  test('a binary label is divided in proportion, what is missing too', () => {
    const targets = Float32Array.from({ length: 60 }, (_, i) => [0, 1, NaN][i % 3]!);
    const [part] = partition({ length: 60, inputs: new Uint8Array(60), targets }, [30], 2, true);
    expect([0, 1, NaN].map((label) => [...part!.targets].filter((target) => Object.is(target, label)).length)).toEqual([10, 10, 10]);
  });

  test('are counted without those that are missing', () => {
    expect([countTargets(Int32Array.of(0, -1, 3)), countTargets(Float32Array.of(0, NaN, -1)), countTargets(new Float32Array())]).toEqual([2, 2, 0]);
    expect([targetsPerSample({ kind: 'multiclass', classes: 10 }), targetsPerSample({ kind: 'multilabel', classes: 10 })]).toEqual([1, 10]);
  });
});
