/** What the tasks of some runs are judged by. */
import { METRICS } from '../../analysis/metrics.ts';
import type { MetricName } from '../../analysis/metrics.ts';
import { endOf, startOf, type RunRecord } from './run-record.ts';

/** The metric of one task. Runs that tell nothing of it are taken to be of classes. */
export function metricOf(runs: readonly RunRecord[], task: string): MetricName {
  const told = runs.flatMap((run) => [...startOf(run)?.tasks ?? [], ...endOf(run)?.tasks ?? []]);
  return told.find(({ name }) => name === task)?.metric ?? 'accuracy';
}

/** The one of all these tasks; null where they differ, and nothing can be averaged. */
export function commonMetric(metrics: readonly MetricName[]): MetricName | null {
  const [first = 'accuracy', ...others] = new Set(metrics);
  return others.length === 0 ? first : null;
}

/** What the summary of tasks with this common metric is called. */
export const testHeading = (common: MetricName | null): string => common ? `Test ${METRICS[common].label}` : 'Test results';
