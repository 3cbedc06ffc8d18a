/** Metrics against their definitions, and against numbers worked out by hand. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { METRICS, TASK_METRIC, accuracy, auroc, isBetter, labelAccuracy, macroAUROC, measure, r2, rmse } from 'lazygrad/analysis';

/** Few distinct scores, so that ties are common; some labels missing. */
const rows = fc.array(fc.record({ score: fc.oneof(fc.integer({ min: -3, max: 3 }), fc.double({ noNaN: true })), target: fc.constantFrom(0, 1, NaN) }), { maxLength: 40 });

/** By its definition, over all pairs. */
function pairs(scores: readonly number[], targets: readonly number[]): number {
  let [won, all] = [0, 0];
  for (const [i, a] of scores.entries()) {
    for (const [j, b] of scores.entries()) {
      if (targets[i] !== 1 || targets[j] !== 0) continue;
      all++;
      won += a > b ? 1 : a === b ? 0.5 : 0;
    }
  }
  return won / all;
}

describe('AUROC', () => {
  test('is the share of pairs in order, ties counting half, missing labels not at all', () =>
    fc.assert(fc.property(rows, (list) => {
      const [scores, targets] = [list.map(({ score }) => score), list.map(({ target }) => target)];
      const [found, expected] = [auroc(scores, targets), pairs(scores, targets)];
      if (Number.isNaN(expected)) expect(found).toBeNaN();
      else expect(found).toBeCloseTo(expected, 12);
    })));

  test('numbers by hand', () => {
    expect(auroc([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1])).toBe(0.75);
    expect(auroc([1, 2, 3, 4], [1, 1, 0, 0])).toBe(0);
    expect(auroc([5, 5, 5], [0, 1, 1])).toBe(0.5);
    expect(auroc([1, 2, 2, 3, 9], [0, 0, 1, 1, NaN])).toBe(0.875);
    expect(auroc([-Infinity, Infinity, Infinity], [0, 1, 0])).toBe(0.75);
  });

  test('is not a number without both classes, or where a score is none', () => {
    for (const targets of [[], [1, 1], [0, NaN]]) expect(auroc([1, 2], targets)).toBeNaN();
    expect(auroc([1, NaN], [0, 1])).toBeNaN();
    expect(auroc([1, 2, NaN], [0, 1, NaN])).toBe(1);
  });

  test('the macro mean is over labels with both classes', () => {
    const scores = [1, 5, 0, 2, 4, 0, 3, 9, 0];
    //             right  ^  half wrong  ^  one class
    const targets = [0, 1, 1, 1, 0, 1, 1, NaN, NaN];
    expect(macroAUROC(scores, targets, 3)).toBe((1 + 1) / 2);
    expect(macroAUROC(scores, [0, 0, 1, 1, 1, 1, 1, NaN, NaN], 3)).toBe((1 + 0) / 2);
    expect(macroAUROC([1, 2], [1, 0], 2)).toBeNaN();
  });
});

describe('accuracy', () => {
  test('counts the rows whose largest logit is the target; the first of equals; missing ones do not count', () => {
    const logits = [1, 2, 0, 3, 3, 0, 0, 0, 9, 5, 6, 7];
    expect(accuracy(logits, [1, 0, 2, 0], 3)).toBe(3 / 4);
    expect(accuracy(logits, [1, 1, -1, -1], 3)).toBe(1 / 2);
    expect(accuracy(logits, [-1, -1, -1, -1], 3)).toBeNaN();
  });

  test('a row without a number is wrong', () => {
    expect(accuracy([NaN, NaN, NaN, 1], [0, 1], 2)).toBe(0.5);
    expect(labelAccuracy([NaN, NaN], [0, 1])).toBe(0);
  });

  test('of labels goes by the sign', () => {
    expect(labelAccuracy([1, -1, 0, 2, -9], [1, 0, 1, 0, NaN])).toBe(2 / 4);
    expect(labelAccuracy([1], [NaN])).toBeNaN();
  });
});

describe('regression', () => {
  test('numbers by hand, missing targets left out', () => {
    expect(rmse([2.5, 0, 2, 8], [3, -0.5, 2, 7])).toBeCloseTo(Math.sqrt(0.375), 12);
    expect(r2([2.5, 0, 2, 8], [3, -0.5, 2, 7], 1)).toBeCloseTo(0.9486081370449679, 12);
    expect(rmse([1, 100], [3, NaN])).toBe(2);
    expect(rmse([1], [NaN])).toBeNaN();
    // Two columns: exact, and the mean itself; a third does not vary.
    expect(r2([1, 2, 5, 2, 2, 5, 3, 2, 5], [1, 1, 4, 2, 3, 4, 3, 2, 4], 3)).toBe((1 + 0) / 2);
    expect(r2([1, 2], [5, 5], 1)).toBeNaN();
  });
});

test('each kind of task has its metrics, and one it is judged by', () => {
  expect(measure('multiclass', [0, 1], [1], 2)).toEqual({ accuracy: 1 });
  expect(measure('binary', [1, -1], [1, 0], 1)).toEqual({ auroc: 1, accuracy: 1 });
  expect(measure('multilabel', [1, -1, -1, 1], [1, 0, 0, 1], 2)).toEqual({ auroc: 1, accuracy: 1 });
  expect(measure('regression', [1, 2], [1, 2], 1)).toEqual({ rmse: 0, r2: 1 });
  expect(TASK_METRIC).toEqual({ multiclass: 'accuracy', binary: 'auroc', multilabel: 'auroc', regression: 'rmse' });
});

test('what is better depends on the metric; NaN never is', () => {
  expect([isBetter('accuracy', 0.9, 0.8), isBetter('rmse', 0.9, 0.8), isBetter('rmse', 0.8, 0.9), isBetter('auroc', 0.5, 0.5)]).toEqual([true, false, true, false]);
  for (const metric of Object.keys(METRICS) as (keyof typeof METRICS)[]) {
    expect([isBetter(metric, NaN, 1), isBetter(metric, 1, NaN), isBetter(metric, NaN, NaN)]).toEqual([false, true, false]);
  }
});
