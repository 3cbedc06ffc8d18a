/** How well outputs fit their targets: which measures there are, and which suit which kind of task. */
import { ConfigError } from '../engine/errors.ts';
import type { TaskKind } from '../models/heads.ts';
import { accuracy, balancedAccuracy, labelAccuracy } from './accuracy.ts';
import { auroc, macroAUROC } from './auroc.ts';
import { averagePrecision } from './average-precision.ts';
import { macro, oneVersusRest, weighted } from './averages.ts';
import { brierScore, labelBrierScore } from './brier.ts';
import { calibrationError, classForecasts, labelForecasts } from './calibration.ts';
import { predictedClasses, predictedLabels } from './decisions.ts';
import { f1, macroF1, macroF1OfClasses } from './f1.ts';
import { labelLogLoss, logLoss } from './log-loss.ts';
import { softmax } from './probabilities.ts';
import { mae, r2, rmse } from './regression.ts';

export type MetricName =
  | 'accuracy' | 'balancedAccuracy' | 'f1' | 'microF1' | 'auroc' | 'microAUROC' | 'weightedAUROC' | 'auprc' | 'microAUPRC' | 'logLoss' | 'brier' | 'ece'
  | 'rmse' | 'mae' | 'r2';

export interface MetricInfo {
  /** As people write it. */
  readonly label: string;
  /** Whether more of it is better. */
  readonly better: 'higher' | 'lower';
  /** Whether it is a share, which people write in percent. */
  readonly share: boolean;
  /** Whether it can only lie in [0, 1]. */
  readonly unit: boolean;
}

export const METRICS: Readonly<Record<MetricName, MetricInfo>> = {
  accuracy: { label: 'accuracy', better: 'higher', share: true, unit: true },
  balancedAccuracy: { label: 'balanced accuracy', better: 'higher', share: true, unit: true },
  f1: { label: 'F1', better: 'higher', share: false, unit: true },
  microF1: { label: 'micro F1', better: 'higher', share: false, unit: true },
  auroc: { label: 'AUROC', better: 'higher', share: false, unit: true },
  microAUROC: { label: 'micro AUROC', better: 'higher', share: false, unit: true },
  weightedAUROC: { label: 'weighted AUROC', better: 'higher', share: false, unit: true },
  auprc: { label: 'AUPRC', better: 'higher', share: false, unit: true },
  microAUPRC: { label: 'micro AUPRC', better: 'higher', share: false, unit: true },
  logLoss: { label: 'log loss', better: 'lower', share: false, unit: false },
  brier: { label: 'Brier score', better: 'lower', share: false, unit: false },
  ece: { label: 'calibration error', better: 'lower', share: false, unit: true },
  rmse: { label: 'RMSE', better: 'lower', share: false, unit: false },
  mae: { label: 'MAE', better: 'lower', share: false, unit: false },
  r2: { label: 'R²', better: 'higher', share: false, unit: false },
};

/** `outputs` and `targets` row-major, `[n, width]` and `[n]` or `[n, width]`; what is missing is not counted, and NaN comes where nothing is left. */
type Measure = (outputs: ArrayLike<number>, targets: ArrayLike<number>, width: number) => number;

/** Of classes where a measure is of labels: each class against the rest, by its probability. */
const classes: Readonly<Partial<Record<MetricName, Measure>>> = {
  accuracy,
  balancedAccuracy: (logits, targets, width) => balancedAccuracy(predictedClasses(logits, width), targets, width),
  f1: (logits, targets, width) => macroF1OfClasses(predictedClasses(logits, width), targets, width),
  auroc: (logits, targets, width) => macroAUROC(softmax(logits, width), oneVersusRest(targets, width), width),
  auprc: (logits, targets, width) => macro(averagePrecision, softmax(logits, width), oneVersusRest(targets, width), width),
  logLoss,
  brier: brierScore,
  ece: (logits, targets, width) => calibrationError(classForecasts(logits, targets, width)),
};

/** Means over labels, but for the last three, which take the targets of all labels together. */
const labels: Readonly<Partial<Record<MetricName, Measure>>> = {
  auroc: macroAUROC,
  accuracy: labelAccuracy,
  auprc: (logits, targets, width) => macro(averagePrecision, logits, targets, width),
  f1: (logits, targets, width) => macroF1(predictedLabels(logits), targets, width),
  logLoss: labelLogLoss,
  brier: labelBrierScore,
  ece: (logits, targets) => calibrationError(labelForecasts(logits, targets)),
};

const MEASURES: Readonly<Record<TaskKind, Readonly<Partial<Record<MetricName, Measure>>>>> = {
  multiclass: classes,
  binary: { ...labels, balancedAccuracy: (logits, targets) => balancedAccuracy(predictedLabels(logits), targets, 2) },
  multilabel: {
    ...labels,
    microAUROC: auroc,
    weightedAUROC: (logits, targets, width) => weighted(auroc, logits, targets, width),
    microAUPRC: averagePrecision,
    microF1: (logits, targets) => f1(predictedLabels(logits), targets),
  },
  regression: { rmse, r2, mae },
};

/** What a task of a kind is judged by: the choice of an epoch, the columns of tables. */
export const TASK_METRIC: Readonly<Record<TaskKind, MetricName>> = { multiclass: 'accuracy', binary: 'auroc', multilabel: 'auroc', regression: 'rmse' };

export type Metrics = Readonly<Partial<Record<MetricName, number>>>;

/** Every metric that suits the kind of task. */
export function measure(kind: TaskKind, outputs: ArrayLike<number>, targets: ArrayLike<number>, width: number): Metrics {
  return Object.fromEntries(Object.entries(MEASURES[kind]).map(([name, of]) => [name, of(outputs, targets, width)]));
}

/** One of them. @throws ConfigError for a metric that does not suit the kind of task */
export function measureOne(metric: MetricName, kind: TaskKind, outputs: ArrayLike<number>, targets: ArrayLike<number>, width: number): number {
  const of = MEASURES[kind][metric];
  if (!of) throw new ConfigError(`a ${kind} task has no ${metric}; it has: ${Object.keys(MEASURES[kind]).join(', ')}`);
  return of(outputs, targets, width);
}

/** Whether one value of a metric is better than another; NaN is worse than any. */
export function isBetter(metric: MetricName, value: number, than: number): boolean {
  if (Number.isNaN(value) || Number.isNaN(than)) return !Number.isNaN(value) && Number.isNaN(than);
  return METRICS[metric].better === 'higher' ? value > than : value < than;
}
