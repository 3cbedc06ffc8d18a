/** One line in the charts and one row in the summary: a method's runs, which differ only in their seeds. */
import { strokeOf, type Stroke } from './palette.ts';
import { endOf, epochsOf, startOf, type RunRecord } from './run-record.ts';

export interface Series {
  /** The method, numbered where several settings of it are compared. */
  readonly label: string;
  readonly stroke: Stroke;
  readonly runs: readonly RunRecord[];
}

export function seriesOf(runs: readonly RunRecord[]): Series[] {
  const groups = new Map<string, RunRecord[]>();
  for (const run of runs) {
    const group = groups.get(settingsOf(run));
    if (group) group.push(run);
    else groups.set(settingsOf(run), [run]);
  }
  const seen = new Map<string, number>();
  return [...groups.values()].map((group, i) => {
    const method = group[0]?.config.method ?? '';
    const n = (seen.get(method) ?? 0) + 1;
    seen.set(method, n);
    return { label: n === 1 ? method : `${method} (${n})`, stroke: strokeOf(i), runs: group };
  });
}

/** Everything but the seed. */
function settingsOf(run: RunRecord): string {
  const { method, model, adapter, options } = run.config;
  const start = startOf(run);
  return JSON.stringify([method, model, adapter, options, start?.epochs, start?.batchSize, start?.learningRate]);
}

/** In the order of their first appearance. */
export const taskNames = (runs: readonly RunRecord[]): string[] => [
  ...new Set(runs.flatMap((run) => [startOf(run), ...epochsOf(run), endOf(run)].flatMap((event) => event?.tasks.map((task) => task.name) ?? []))),
];
