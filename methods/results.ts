/** What the last event of a run says of each task. */
import { TASK_METRIC } from '../analysis/metrics.ts';
import type { Metrics } from '../analysis/metrics.ts';
import type { Task } from '../data/index.ts';
import type { EndEvent, TaskResult } from './events.ts';

/** Both lists in the order of the tasks. */
export function taskResults(tasks: readonly Task[], validation: readonly Metrics[], test: readonly Metrics[]): TaskResult[] {
  return tasks.map(({ name, kind }, i) => {
    const metric = TASK_METRIC[kind];
    const metrics = { validation: validation[i] ?? {}, test: test[i] ?? {} };
    return { name, metric, validation: metrics.validation[metric] ?? NaN, test: metrics.test[metric] ?? NaN, metrics };
  });
}

/** Over the tasks; NaN where they are judged by different metrics, whose mean says nothing. */
export function averageOf(tasks: readonly TaskResult[]): EndEvent['average'] {
  const mean = (part: 'validation' | 'test'): number => new Set(tasks.map(({ metric }) => metric)).size > 1 ? NaN : tasks.reduce((total, task) => total + task[part], 0) / tasks.length;
  return { validation: mean('validation'), test: mean('test') };
}
