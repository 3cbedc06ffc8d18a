/** Metrics against scikit-learn's, of logits in quarters (so with ties), with and without missing targets: `test/fixtures/metrics.py`. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { METRICS, auroc, calibrationError, confusionMatrix, f1, labelForecasts, measure, oneVersusRest, perLabel, predictedClasses, predictedLabels, softmax } from 'lazygrad/analysis';
import type { MetricName } from 'lazygrad/analysis';
import type { TaskKind } from '../../models/index.ts';

interface Case {
  readonly kind: TaskKind;
  readonly width: number;
  readonly outputs: readonly number[];
  readonly targets: readonly (number | null)[];
  readonly metrics: Readonly<Record<string, number>>;
  readonly more?: { readonly f1At1?: number; readonly ece4?: number; readonly confusion?: number[][]; readonly microAUROC?: number; readonly microF1?: number; readonly aurocs?: number[] };
}

const { cases } = JSON.parse(readFileSync(new URL('../fixtures/metrics-sklearn.json', import.meta.url), 'utf8')) as { readonly cases: readonly Case[] };
const numbers = (targets: Case['targets']): number[] => targets.map((target) => target ?? NaN);

describe.each(cases.map((given, i) => [`${given.kind} ${i}`, given] as const))('%s', (_name, { kind, width, outputs, targets, metrics, more = {} }) => {
  const found = measure(kind, outputs, numbers(targets), width);

  test.each(Object.entries(metrics))('%s', (metric, value) => {
    expect(found[metric as MetricName]).toBeCloseTo(value, 13);
  });

  test('what a task is not measured by', () => {
    const there = numbers(targets);
    if (more.f1At1 !== undefined) expect(f1(predictedLabels(outputs, 1), there)).toBeCloseTo(more.f1At1, 13);
    if (more.ece4 !== undefined) expect(calibrationError(labelForecasts(outputs, there), 4)).toBeCloseTo(more.ece4, 13);
    if (more.confusion) expect(confusionMatrix(kind === 'binary' ? predictedLabels(outputs) : predictedClasses(outputs, width), there, kind === 'binary' ? 2 : width)).toEqual(more.confusion);
    if (more.microAUROC !== undefined) expect(auroc(softmax(outputs, width), oneVersusRest(there, width))).toBeCloseTo(more.microAUROC, 13);
    if (more.microF1 !== undefined) expect(found.accuracy).toBeCloseTo(more.microF1, 13);
    if (more.aurocs) {
      const each = perLabel(auroc, outputs, there, width);
      expect(each.slice(-2)).toEqual([NaN, NaN]);
      more.aurocs.forEach((value, label) => expect(each[label]).toBeCloseTo(value, 13));
    }
  });
});

test('all metrics are compared', () => {
  expect([...new Set(cases.flatMap(({ metrics }) => Object.keys(metrics)))].sort()).toEqual(Object.keys(METRICS).sort());
});
