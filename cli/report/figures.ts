/** The figures about training: curves of each task, and shares of each method that has owners. */
import { shareCurve } from './curves.ts';
import type { Figure } from './document.ts';
import { ownershipTable, taskTable } from './epoch-tables.ts';
import { count, percent } from './format.ts';
import { lossChart, validationChart } from './line-charts.ts';
import { OWNERSHIP_LEGEND, ownershipChart } from './ownership-chart.ts';
import { startOf } from './run-record.ts';
import { taskNames, type Series } from './series.ts';

export const taskFigure = (task: string, all: readonly Series[]): Figure => ({
  title: task, legend: all.map(({ label, stroke }) => ({ label, mark: stroke })), charts: [lossChart(task, all), validationChart(task, all)], tables: [taskTable(all, task)],
  ...all.some(({ runs }) => runs.length > 1) ? { note: 'Lines are means over the seeds; bands reach from the lowest to the highest.' } : {},
});

export function ownershipFigure(series: Series): Figure {
  const tasks = taskNames(series.runs);
  const unclaimed = shareCurve(series, tasks[0] ?? '', 'unclaimed').at(-1)?.mean;
  const shared = series.runs.map(startOf).find((start) => start !== undefined)?.parameters.shared;
  return {
    title: series.label, legend: OWNERSHIP_LEGEND, charts: tasks.map((task) => ownershipChart(task, series)), tables: [ownershipTable(series)],
    note: `${shared === undefined ? '' : `Of ${count(shared)} shared parameters, `}${percent(unclaimed, 1)} unclaimed at the end.`,
  };
}
