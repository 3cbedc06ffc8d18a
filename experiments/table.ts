/** A table of the paper: methods by tasks, its numbers beside ours. */
import type { Spread } from '../analysis/spread.ts';
import { BASELINE } from '../methods/index.ts';
import type { ComparisonPlan, ComparisonRow } from './comparison.ts';
import type { Experiment, Facts, Result, Scale, Table } from './experiment.ts';

/** The methods of tables 1 to 3 and A3, in their order. */
export const COMPARED = ['stl', 'reptile', 'imaml', 'lmc', 'moe', 'gradnorm', 'kml', 'pcgrad', 'apo', 'apo-moe'] as const;

export interface TablePlan extends Omit<ComparisonPlan, 'methods' | 'seeds'> {
  /** How many. */
  readonly seeds: number;
}

export interface TableSpec {
  readonly id: string;
  readonly title: string;
  readonly source: string;
  readonly claim: string;
  /** Of the paper. */
  readonly setting: Facts;
  /** The paper's tasks; the last column is their average. */
  readonly columns: readonly string[];
  /** Of the paper, by our names of methods: a mean and a standard deviation for each column. */
  readonly rows: Readonly<Record<string, readonly (readonly [mean: number, sd: number])[]>>;
  /** What 1 is in the paper's numbers: 100 where they are in per cent. */
  readonly unit: 1 | 100;
  readonly plans: Readonly<Record<Scale, TablePlan>>;
  differences(scale: Scale): readonly string[];
}

export function tableExperiment(spec: TableSpec): Experiment {
  const { id, title, source, claim, setting, plans } = spec;
  return {
    id, title,
    async run({ scale, seed, compare }) {
      const { seeds, ...plan } = plans[scale];
      const rows = await compare({ ...plan, methods: Object.keys(spec.rows), seeds: Array.from({ length: seeds }, (_, i) => seed + i) });
      if (!rows) return null;
      const paper = paperTable(spec);
      const { set = {}, model = 'the data set\'s own', ...rest } = plan;
      const facts: Facts = { model, ...rest };
      return {
        paper: { source, setting, claim, table: paper },
        ours: { setting: { ...facts, ...options(set), seeds, 'first seed': seed }, charts: [], numbers: numbers(rows), table: ourTable(rows) },
        against: { baseline: BASELINE, rows: rows.filter(({ method }) => method !== BASELINE).map(({ method, versusSingleTask }) => ({ label: method, ours: versusSingleTask, paper: expectedOf(spec, method) })) },
        findings: findings(spec, rows),
        differences: spec.differences(scale),
      } satisfies Result;
    },
  };
}

function paperTable({ columns, rows, unit }: TableSpec): Table {
  return {
    columns: [...columns, 'average'],
    rows: Object.entries(rows).map(([label, values]) => ({ label, values: values.map(([mean, sd]): Spread => ({ mean: mean / unit, sd: sd / unit })) })),
  };
}

function ourTable(rows: readonly ComparisonRow[]): Table {
  const columns = Object.keys(rows[0]?.tasks ?? {});
  return { columns: [...columns, 'average'], rows: rows.map(({ method, tasks, average }) => ({ label: method, values: [...columns.map((task) => tasks[task] ?? null), average] })) };
}

/** Of `compare`'s columns those that are not in the table. */
function numbers(rows: readonly ComparisonRow[]): Readonly<Record<string, Facts>> {
  return Object.fromEntries(rows.map(({ method, versusSingleTask: versus, passes, seconds }) => [method, { ...(versus && { 'against stl': versus.mean, 'from (95 %)': versus.low, 'to (95 %)': versus.high }), passes, seconds }]));
}

function options(set: NonNullable<ComparisonPlan['set']>): Facts {
  return Object.fromEntries(Object.entries(set).flatMap(([method, values]) => Object.entries(values).map(([name, value]) => [`${method}.${name}`, value])));
}

/** The paper's difference to single-task learning on average; null where it has none. */
function expectedOf({ rows, unit }: TableSpec, method: string): number | null {
  const [alone, theirs] = [rows[BASELINE]?.at(-1), rows[method]?.at(-1)];
  return alone && theirs ? (theirs[0] - alone[0]) / unit : null;
}

/** Whether each method is on the same side of single-task learning as in the paper. */
function findings(spec: TableSpec, rows: readonly ComparisonRow[]): string[] {
  return rows.flatMap(({ method, versusSingleTask: versus }) => {
    const expected = expectedOf(spec, method);
    if (expected === null || !versus) return [];
    const ours = `${signed(versus.mean)}${Number.isNaN(versus.low) ? ', one seed' : `, ${signed(versus.low)} to ${signed(versus.high)}`}`;
    const sure = versus.low > 0 || versus.high < 0;
    const verdict = !sure ? 'not told apart from it here' : Math.sign(versus.mean) === Math.sign(expected) ? 'the same side here' : 'the other side here';
    return [`${method} against stl on average: ${signed(expected)} in the paper; ${verdict} (${ours}).`];
  });
}

const signed = (value: number): string => `${value > 0 ? '+' : ''}${(100 * value).toFixed(1)} points`;
