/** How well outputs fit their targets: which measures there are, and which suit which kind of task. */
import type { TaskKind } from '../models/heads.ts';
import { accuracy, labelAccuracy } from './accuracy.ts';
import { macroAUROC } from './auroc.ts';
import { r2, rmse } from './regression.ts';

export type MetricName = 'accuracy' | 'auroc' | 'rmse' | 'r2';

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
  auroc: { label: 'AUROC', better: 'higher', share: false, unit: true },
  rmse: { label: 'RMSE', better: 'lower', share: false, unit: false },
  r2: { label: 'R²', better: 'higher', share: false, unit: false },
};

/** `outputs` and `targets` row-major, `[n, width]` and `[n]` or `[n, width]`; what is missing is not counted, and NaN comes where nothing is left. */
type Measure = (outputs: ArrayLike<number>, targets: ArrayLike<number>, width: number) => number;

const LABELS: Readonly<Partial<Record<MetricName, Measure>>> = { auroc: macroAUROC, accuracy: labelAccuracy };

const MEASURES: Readonly<Record<TaskKind, Readonly<Partial<Record<MetricName, Measure>>>>> = {
  multiclass: { accuracy },
  binary: LABELS,
  multilabel: LABELS,
  regression: { rmse, r2 },
};

/** What a task of a kind is judged by: the choice of an epoch, the columns of tables. */
export const TASK_METRIC: Readonly<Record<TaskKind, MetricName>> = { multiclass: 'accuracy', binary: 'auroc', multilabel: 'auroc', regression: 'rmse' };

export type Metrics = Readonly<Partial<Record<MetricName, number>>>;

/** Every metric that suits the kind of task. */
export function measure(kind: TaskKind, outputs: ArrayLike<number>, targets: ArrayLike<number>, width: number): Metrics {
  return Object.fromEntries(Object.entries(MEASURES[kind]).map(([name, of]) => [name, of(outputs, targets, width)]));
}

/** Whether one value of a metric is better than another; NaN is worse than any. */
export function isBetter(metric: MetricName, value: number, than: number): boolean {
  if (Number.isNaN(value) || Number.isNaN(than)) return !Number.isNaN(value) && Number.isNaN(than);
  return METRICS[metric].better === 'higher' ? value > than : value < than;
}
