/** The head of the report: what was run, on what, when. */
import type { Report } from './document.ts';
import { count, date } from './format.ts';
import { startOf, type RunRecord } from './run-record.ts';

const listed = (values: readonly (string | number)[]): string => [...new Set(values)].join(', ');

export function facts(runs: readonly RunRecord[], methods: string): Report['facts'] {
  const configs = runs.map((run) => run.config);
  const tasks = runs.map(startOf).find((start) => start !== undefined)?.tasks ?? [];
  const dates = configs.map((config) => config.created).sort();
  return [
    ['Data set', listed(configs.map((config) => config.dataset))],
    ['Tasks (train / validation / test)', tasks.map(({ name, train, validation, test }) => `${name}: ${count(train)} / ${count(validation)} / ${count(test)}`)],
    ['Methods', methods],
    ['Model', listed(configs.map((config) => config.model))],
    ['Adapter', listed(configs.map((config) => config.adapter))],
    ['Seed', listed(configs.map((config) => config.seed))],
    ['Date', [...new Set([dates[0] ?? '', dates.at(-1) ?? ''].map(date))].join(' to ')],
  ];
}
