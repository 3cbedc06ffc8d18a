/** The report on one or more runs. */
import { ConfigError } from '../../engine/errors.ts';
import { hasOwnership } from './curves.ts';
import { facts } from './facts.ts';
import { ownershipSection, taskFigure } from './figures.ts';
import { html } from './html.ts';
import { commonMetric, metricOf, testHeading } from './judged-by.ts';
import type { RunRecord } from './run-record.ts';
import { runsTable } from './runs-table.ts';
import { seriesOf, taskNames } from './series.ts';
import { shell } from './shell.ts';
import { summaryTable } from './summary-table.ts';

export type { RunRecord } from './run-record.ts';

export function renderReport(runs: readonly RunRecord[]): string {
  const datasets = distinct(runs.map((run) => run.config.dataset));
  const dataset = datasets[0];
  if (dataset === undefined) throw new ConfigError('a report needs at least one run');
  if (datasets.length > 1) throw new ConfigError(`a report compares runs on one data set; these are on ${datasets.join(', ')}`);
  const all = seriesOf(runs);
  const tasks = taskNames(runs);
  const owners = all.filter(hasOwnership);
  const methods = all.map(({ label }) => label).join(', ');
  const title = `${dataset}: ${all.length <= 4 ? methods : `${all.length} methods`}`;
  return shell({
    title, head: facts(runs, methods), footer: `Made by lazygrad ${distinct(runs.map((run) => run.config.lazygrad)).join(', ')}.`,
    main: html`<section aria-labelledby="summary"><h2 id="summary">${testHeading(commonMetric(tasks.map((task) => metricOf(runs, task))))}</h2>${summaryTable(all, tasks)}</section>
<section aria-labelledby="tasks"><h2 id="tasks">Training, task by task</h2>${tasks.map((task) => taskFigure(task, all))}</section>
${owners.length > 0 ? ownershipSection(owners) : ''}
<section aria-labelledby="runs"><h2 id="runs">Runs</h2>${runsTable(all)}</section>`,
  });
}

const distinct = <T>(values: readonly T[]): T[] => [...new Set(values)];
