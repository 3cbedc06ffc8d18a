/** Metrics against their definitions, and against numbers worked out by hand. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { METRICS, TASK_METRIC, accuracy, auroc, averagePrecision, balancedAccuracy, calibrationError, classCounts, classForecasts, confusionMatrix, f1, isBetter, labelAccuracy, labelBrierScore, labelForecasts, labelLogLoss, logLoss, macro, macroAUROC, macroF1, mae, measure, oneVersusRest, perLabel, predictedClasses, predictedLabels, r2, reliability, rmse, softmax, weighted } from 'lazygrad/analysis';
import type { Metrics } from 'lazygrad/analysis';
import type { TaskKind } from '../../models/index.ts';

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

/** By its definition: at each score that occurs, precision times the recall gained there. */
function precisionOverRecall(scores: readonly number[], targets: readonly number[]): number {
  const positives = targets.filter((target) => target === 1).length;
  const found = (from: number, wanted: (target: number) => boolean): number => scores.filter((score, i) => score >= from && wanted(targets[i]!)).length;
  return [...new Set(scores)].reduce((total, score) => {
    const gained = scores.filter((other, i) => other === score && targets[i] === 1).length;
    return gained === 0 ? total : total + (gained / positives) * (found(score, (target) => target === 1) / found(score, (target) => !Number.isNaN(target)));
  }, 0);
}

describe('average precision', () => {
  test('is the mean of the precision at each positive, equal scores found together', () =>
    fc.assert(fc.property(rows, (list) => {
      const [scores, targets] = [list.map(({ score }) => score), list.map(({ target }) => target)];
      if (!targets.includes(0) || !targets.includes(1)) expect(averagePrecision(scores, targets)).toBeNaN();
      else expect(averagePrecision(scores, targets)).toBeCloseTo(precisionOverRecall(scores, targets), 12);
    })));

  test('numbers by hand', () => {
    expect(averagePrecision([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1])).toBeCloseTo(1 / 2 + (2 / 3) / 2, 14);
    expect(averagePrecision([1, 1, 1, 1], [1, 0, 0, 0])).toBe(0.25);
    expect(averagePrecision([1, NaN], [0, 1])).toBeNaN();
  });
});

describe('averages over labels', () => {
  // Columns: in order, in reverse, positives alone, all missing.
  const [scores, targets] = [[1, 9, 0, 0, 2, 8, 0, 0, 3, 7, 0, 0], [0, 0, 1, NaN, 1, 1, 1, NaN, 1, NaN, NaN, NaN]];

  test('a label of one class has no value and no part in a mean', () => {
    expect(perLabel(auroc, scores, targets, 4)).toEqual([1, 0, NaN, NaN]);
    expect(macro(auroc, scores, targets, 4)).toBe(0.5);
    expect(weighted(auroc, scores, targets, 4)).toBe(2 / 3);
    expect([macro(auroc, [1], [1], 1), weighted(auroc, [1], [1], 1)]).toEqual([NaN, NaN]);
  });

  test('a score that is none is not left out', () => {
    expect(macro(auroc, [NaN, ...scores.slice(1)], targets, 4)).toBeNaN();
  });

  test('a class against the rest', () => {
    expect(oneVersusRest([1, -1, 0], 2)).toEqual(Float32Array.of(0, 1, NaN, NaN, 1, 0));
  });
});

describe('predictions', () => {
  test('classes by the largest, labels by the threshold; nothing where outputs are none', () => {
    expect(predictedClasses([1, 3, 3, NaN, NaN, NaN, NaN, -1, 0], 3)).toEqual(Int32Array.of(1, -1, 2));
    expect(predictedLabels([1, 0, -1, NaN, 0.5])).toEqual(Int32Array.of(1, 0, 0, -1, 1));
    expect(predictedLabels([1, 0.5, 0.25], 0.5)).toEqual(Int32Array.of(1, 0, 0));
  });

  test('counts by class; what nothing was said of is there, and not in the matrix', () => {
    const [said, targets] = [[0, 1, 2, 2, -1, 1], [0, 2, 2, -1, 0, NaN]];
    expect(confusionMatrix(said, targets, 3)).toEqual([[1, 0, 0], [0, 0, 0], [0, 1, 1]]);
    expect(classCounts(said, targets, 3)).toEqual([{ hits: 1, predicted: 1, there: 2 }, { hits: 0, predicted: 1, there: 0 }, { hits: 1, predicted: 1, there: 2 }]);
    expect(balancedAccuracy(said, targets, 3)).toBe(0.5);
    expect(balancedAccuracy([], [], 3)).toBeNaN();
  });

  test('F1 has no value where nothing is there and nothing said', () => {
    expect(f1([1, 1, 0, 0, 1], [1, 0, 1, 0, NaN])).toBe(0.5);
    expect([f1([0, 0], [0, 0]), f1([1, 0], [0, 0])]).toEqual([NaN, 0]);
    expect(macroF1([1, 0, 1, 0], [1, 0, 0, 0], 2)).toBeCloseTo(2 / 3, 14);
  });
});

describe('probabilities', () => {
  test('the loss of outputs far out is finite', () => {
    expect(labelLogLoss([-800, 800], [1, 1])).toBe(400);
    expect(logLoss([0, 900], [0], 2)).toBe(900);
    expect(labelLogLoss([Infinity, -Infinity], [1, 0])).toBe(0);
    expect(logLoss([1, 1, 1, 1, 5, 5], [0, 1, -1], 2)).toBeCloseTo(Math.LN2, 14);
    expect([...softmax([1000, 1000, -1000, -1000], 4)]).toEqual([0.5, 0.5, 0, 0]);
  });

  test('Brier score and calibration by hand', () => {
    // Probabilities 3/4 and 1/4.
    const logits = [Math.log(3), -Math.log(3), Math.log(3), 0];
    expect(labelBrierScore(logits, [1, 0, 0, NaN])).toBeCloseTo((1 / 16 + 1 / 16 + 9 / 16) / 3, 14);
    expect(calibrationError(labelForecasts(logits, [1, 0, 0, NaN]), 2)).toBeCloseTo((2 / 3) * 0.25 + (1 / 3) * 0.25, 14);
    expect(calibrationError(classForecasts([0, Math.log(3), 0, Math.log(3)], [1, 1], 2))).toBeCloseTo(0.25, 14);
  });

  test('a bin contains its upper end, the first its lower end too', () => {
    const at = (probability: number): number => reliability([{ probability, so: true }], 5).findIndex(({ samples }) => samples === 1);
    expect([0, 0.2, 0.200001, 0.6, 0.8, 1, NaN].map(at)).toEqual([0, 0, 1, 2, 3, 4, -1]);
    expect(reliability([{ probability: 0.5, so: false }], 2)).toEqual([{ samples: 1, confidence: 0.5, share: 0 }, { samples: 0, confidence: NaN, share: NaN }]);
  });

  test('perfect calibration is 0', () => {
    const forecasts = Array.from({ length: 100 }, (_, i) => ({ probability: Math.floor(i / 10) / 10, so: i % 10 < Math.floor(i / 10) }));
    expect(calibrationError(forecasts, 10)).toBeCloseTo(0, 14);
    expect([calibrationError([]), calibrationError([{ probability: NaN, so: true }])]).toEqual([NaN, NaN]);
  });
});

const WIDTHS: readonly (readonly [TaskKind, number])[] = [['multiclass', 3], ['binary', 1], ['multilabel', 2], ['regression', 2]];

describe.each(WIDTHS)('all metrics of %s', (kind, width) => {
  const target = kind === 'multiclass' ? fc.nat(width - 1) : kind === 'regression' ? fc.integer({ min: -3, max: 3 }) : fc.nat(1);
  const perRow = kind === 'multiclass' ? 1 : width;
  const row = fc.record({ outputs: fc.array(fc.integer({ min: -5, max: 5 }), { minLength: width, maxLength: width }), targets: fc.array(target, { minLength: perRow, maxLength: perRow }) });
  const of = (list: readonly { outputs: readonly number[]; targets: readonly number[] }[]): Metrics => measure(kind, list.flatMap(({ outputs }) => outputs), list.flatMap(({ targets }) => targets), width);

  test('are the same without what is missing, and lie where they say', () => fc.assert(fc.property(fc.array(row, { maxLength: 20 }), fc.array(row, { maxLength: 5 }), (list, others) => {
    const found = of(list);
    expect(of([...list, ...others.map(({ outputs, targets }) => ({ outputs, targets: targets.map(() => kind === 'multiclass' ? -1 : NaN) }))])).toEqual(found);
    for (const [name, value] of Object.entries(found)) {
      if (Number.isNaN(value)) continue;
      if (METRICS[name as keyof Metrics].unit) expect([value >= 0, value <= 1]).toEqual([true, true]);
      if (METRICS[name as keyof Metrics].better === 'lower') expect(value).toBeGreaterThanOrEqual(0);
    }
  })));

  test('are not numbers without samples, and nothing like good for outputs that are none', () => {
    for (const value of Object.values(of([]))) expect(value).toBeNaN();
    for (const value of Object.values(measure(kind, new Array<number>(4 * width).fill(NaN), new Array<number>(4 * perRow).fill(0).map((_, i) => i % 2), width))) expect(Number.isNaN(value) || value === 0).toBe(true);
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
    expect(mae([2.5, 0, 2, 8, 5], [3, -0.5, 2, 7, NaN])).toBe(0.5);
    expect(mae([1], [NaN])).toBeNaN();
    // Two columns: exact, and the mean itself; a third does not vary.
    expect(r2([1, 2, 5, 2, 2, 5, 3, 2, 5], [1, 1, 4, 2, 3, 4, 3, 2, 4], 3)).toBe((1 + 0) / 2);
    expect(r2([1, 2], [5, 5], 1)).toBeNaN();
  });
});

test('each kind of task has its metrics, and one it is judged by', () => {
  expect(measure('multiclass', [0, 1], [1], 2)).toMatchObject({ accuracy: 1 });
  expect(measure('binary', [1, -1], [1, 0], 1)).toMatchObject({ auroc: 1, accuracy: 1 });
  expect(measure('multilabel', [1, -1, -1, 1], [1, 0, 0, 1], 2)).toMatchObject({ auroc: 1, accuracy: 1 });
  expect(measure('regression', [1, 2], [1, 2], 1)).toEqual({ rmse: 0, r2: 1, mae: 0 });
  expect(TASK_METRIC).toEqual({ multiclass: 'accuracy', binary: 'auroc', multilabel: 'auroc', regression: 'rmse' });
});

test('what is better depends on the metric; NaN never is', () => {
  expect([isBetter('accuracy', 0.9, 0.8), isBetter('rmse', 0.9, 0.8), isBetter('rmse', 0.8, 0.9), isBetter('auroc', 0.5, 0.5)]).toEqual([true, false, true, false]);
  for (const metric of Object.keys(METRICS) as (keyof typeof METRICS)[]) {
    expect([isBetter(metric, NaN, 1), isBetter(metric, 1, NaN), isBetter(metric, NaN, NaN)]).toEqual([false, true, false]);
  }
});
