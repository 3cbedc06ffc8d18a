/** The two readings of figure 3, of models that are there, and their charts. */
import { similarityDistribution } from '../analysis/index.ts';
import type { Similarities } from '../analysis/index.ts';
import type { Split, Task } from '../data/index.ts';
import { ConfigError } from '../engine/index.ts';
import type { Device } from '../engine/index.ts';
import { embeddingsOf } from '../methods/index.ts';
import type { MultiTaskModel } from '../models/index.ts';
import type { Chart } from './experiment.ts';

export const MEASURES: readonly { readonly name: string; readonly of: (value: Similarities) => number }[] = [
  { name: 'linear CKA', of: ({ linearCKA }) => linearCKA }, { name: 'RBF CKA', of: ({ rbfCKA }) => rbfCKA }, { name: 'CCA', of: ({ cca }) => cca },
];

/** Batches of one comparison, under the name of its line. */
export interface Compared {
  readonly label: string;
  readonly batches: readonly Similarities[];
}

export interface Readings {
  /** For each task, its samples through the shared model against the same through the task's own. */
  readonly same: readonly Compared[];
  /** For two tasks, row by row, the samples of one against those of the other: both through the shared model, and each through its own. */
  readonly pairs: readonly { readonly title: string; readonly compared: readonly [shared: Compared, alone: Compared] }[];
}

/** Samples by the name of their task. */
export type Rows = ReadonlyMap<string, { readonly task: Task; readonly split: Split }>;

/**
 * @param label of the shared model
 * @param pairs of tasks whose rows are of the same subjects, one by one
 * @param size samples of a batch
 * @throws ConfigError for a pair of which a task is missing
 */
export async function compareRepresentations({ device, shared, alone, label, rows, pairs, size }: {
  readonly device: Device; readonly shared: MultiTaskModel; readonly alone: MultiTaskModel; readonly label: string; readonly rows: Rows; readonly pairs: readonly (readonly [string, string])[]; readonly size: number;
}): Promise<Readings> {
  const representOf = (model: MultiTaskModel, name: string): ReturnType<typeof embeddingsOf> => {
    const of = rows.get(name);
    if (!of) throw new ConfigError(`the data set lacks a task of the figure, ${name}`);
    return embeddingsOf(device, model, of.task, of.split);
  };
  const same: Compared[] = [];
  for (const name of rows.keys()) same.push({ label: name, batches: similarityDistribution(await representOf(shared, name), await representOf(alone, name), size) });
  const found: Readings['pairs'][number][] = [];
  for (const [a, b] of pairs) {
    const of = async (line: string, model: MultiTaskModel): Promise<Compared> => ({ label: line, batches: similarityDistribution(await representOf(model, a), await representOf(model, b), size) });
    found.push({ title: `${a} and ${b}`, compared: [await of(label, shared), await of('single-task', alone)] });
  }
  return { same, pairs: found };
}

/** Three charts, one a measure, of the first reading, and three of each pair of the second. */
export function readingCharts({ same, pairs }: Readings, label: string): Chart[] {
  return [
    ...MEASURES.map(({ name, of }) => quantiles(`${label} against the task's own model: ${name}`, same, of)),
    ...pairs.flatMap(({ title, compared }) => MEASURES.map(({ name, of }) => quantiles(`${title}: ${name}`, compared, of))),
  ];
}

/** Values in rising order against the share of batches that lie at or below them. */
function quantiles(title: string, compared: readonly Compared[], of: (value: Similarities) => number): Chart {
  return { title, x: 'share of batches', y: 'similarity', lines: compared.map(({ label, batches }) => ({ label, points: batches.map(of).sort((a, b) => a - b).map((value, i) => [(i + 1) / batches.length, value] as const) })) };
}
