/** The report on one or more runs. */
import { ConfigError } from '../../engine/errors.ts';
import { analysisSection } from './analysis-section.ts';
import { hasOwnership } from './curves.ts';
import type { Block, Figure, Report } from './document.ts';
import { facts } from './facts.ts';
import { ownershipFigure, taskFigure } from './figures.ts';
import { commonMetric, metricOf, testHeading } from './judged-by.ts';
import { layersFigure } from './layers.ts';
import type { RunRecord } from './run-record.ts';
import { runsTable } from './runs-table.ts';
import { seriesOf, taskNames } from './series.ts';
import { summary } from './summary-table.ts';

/** @param problems what of the runs could not be measured, and why @throws ConfigError for no runs, or runs on several data sets */
export function runReport(runs: readonly RunRecord[], problems: readonly string[] = []): Report {
  const datasets = distinct(runs.map((run) => run.config.dataset));
  const dataset = datasets[0];
  if (dataset === undefined) throw new ConfigError('a report needs at least one run');
  if (datasets.length > 1) throw new ConfigError(`a report compares runs on one data set; these are on ${datasets.join(', ')}`);
  const all = seriesOf(runs);
  const tasks = taskNames(runs);
  const owners = all.filter(hasOwnership);
  const methods = all.map(({ label }) => label).join(', ');
  return {
    title: `${dataset}: ${all.length <= 4 ? methods : `${all.length} methods`}`,
    facts: facts(runs, methods),
    sections: [
      { id: 'summary', title: testHeading(commonMetric(tasks.map((task) => metricOf(runs, task)))), blocks: summary(all, tasks) },
      { id: 'tasks', title: 'Training, task by task', blocks: tasks.map((task) => figure(taskFigure(task, all))) },
      ...owners.length > 0 ? [{
        id: 'ownership', title: 'Who owns the shared parameters',
        blocks: [
          { kind: 'text' as const, text: 'Each shared parameter has at most one owner, for good. For a task the rest is either protected from it, because another task owns it, or unclaimed.' },
          ...owners.flatMap((series) => [ownershipFigure(series), layersFigure(series) ?? []].flat().map(figure)),
        ],
      }] : [],
      analysisSection(all, problems),
      { id: 'runs', title: 'Runs', blocks: [{ kind: 'table', table: runsTable(all) }] },
    ],
    footer: `Made by lazygrad ${distinct(runs.map((run) => run.config.lazygrad)).join(', ')}.`,
  };
}

const figure = (of: Figure): Block => ({ kind: 'figure', figure: of });
const distinct = <T>(values: readonly T[]): T[] => [...new Set(values)];
