/** A table of the paper: methods by tasks, its numbers beside ours. */
import type { Spread } from '../analysis/spread.ts';
import { BASELINE } from '../methods/index.ts';
import type { Comparison, ComparisonPlan, ComparisonRow, Failure, Variant } from './comparison.ts';
import type { Experiment, Facts, Result, Scale, Table } from './experiment.ts';

/** The methods of tables 1 to 3 and A3, in their order. */
export const COMPARED = ['stl', 'reptile', 'imaml', 'lmc', 'moe', 'gradnorm', 'kml', 'pcgrad', 'apo', 'apo-moe'] as const;

export interface TablePlan extends Omit<ComparisonPlan, 'augment' | 'methods' | 'variants' | 'baseline' | 'seeds'> {
  /** How many. */
  readonly seeds: number;
}

/** A mean and a standard deviation for each column. */
export type PaperRow = readonly (readonly [mean: number, sd: number])[];

export interface TableSpec {
  readonly id: string;
  readonly title: string;
  readonly source: string;
  readonly claim: string;
  /** Of the paper. */
  readonly setting: Facts;
  /** The paper's tasks; the last column is their average. */
  readonly columns: readonly string[];
  /** Of the paper, by our names of methods or by those of `variants`. */
  readonly rows: Readonly<Record<string, PaperRow>>;
  /** Rows that are settings of a method. */
  readonly variants?: Readonly<Record<string, Variant>>;
  /** The row that the others are measured against. Default: single-task learning. */
  readonly baseline?: string;
  /** What 1 is in the paper's numbers: 100 where they are in per cent. */
  readonly unit: 1 | 100;
  readonly plans: Readonly<Record<Scale, TablePlan>>;
  differences(scale: Scale): readonly string[];
}

export function tableExperiment(spec: TableSpec): Experiment {
  const { id, title, source, claim, setting, plans, variants, baseline } = spec;
  return {
    id, title,
    async run({ scale, seed, compare }) {
      const { seeds, ...plan } = plans[scale];
      const methods = Object.keys(spec.rows);
      const found = await compare({ ...plan, methods, variants, baseline, seeds: Array.from({ length: seeds }, (_, i) => seed + i) });
      if (!found) return null;
      const { set = {}, model = 'the data set\'s own', ...rest } = plan;
      const facts: Facts = { model, ...rest };
      return {
        paper: { source, setting, claim, table: paperTable(spec) },
        ours: { setting: { ...facts, ...options(set), seeds, 'first seed': seed }, charts: [], numbers: numbers(found.rows, baseline), table: ourTable(methods, found.rows) },
        against: { baseline: baseline ?? BASELINE, rows: found.rows.filter(({ method }) => method !== (baseline ?? BASELINE)).map(({ method, versusSingleTask }) => ({ label: method, ours: versusSingleTask, paper: expectedOf(spec, method) })) },
        findings: findings(spec, found),
        differences: [...spec.differences(scale), ...found.failures.map(({ method, seed: of, reason }) => `${method} has no result with seed ${of}: ${reason}.`)],
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

/** A row for each method that was asked for, empty where it has no result. */
function ourTable(methods: readonly string[], rows: readonly ComparisonRow[]): Table {
  const columns = Object.keys(rows[0]?.tasks ?? {});
  const valuesOf = (row: ComparisonRow | undefined): readonly (Spread | null)[] => [...columns.map((task) => row?.tasks[task]), row?.average].map((found) => found ? { mean: found.mean, sd: found.sd } : null);
  return { columns: [...columns, 'average'], rows: methods.map((label) => ({ label, values: valuesOf(rows.find(({ method }) => method === label)) })) };
}

/** Of `compare`'s columns those that are not in the table. */
function numbers(rows: readonly ComparisonRow[], baseline = BASELINE): Readonly<Record<string, Facts>> {
  return Object.fromEntries(rows.map(({ method, versusSingleTask: versus, passes, seconds }) => [method, { ...(versus && { [`against ${baseline}`]: versus.mean, 'from (95 %)': versus.low, 'to (95 %)': versus.high }), passes, seconds }]));
}

function options(set: NonNullable<ComparisonPlan['set']>): Facts {
  return Object.fromEntries(Object.entries(set).flatMap(([method, values]) => Object.entries(values).map(([name, value]) => [`${method}.${name}`, value])));
}

/** The paper's difference to the baseline on average; null where it has none. */
function expectedOf({ rows, unit, baseline = BASELINE }: TableSpec, method: string): number | null {
  const [alone, theirs] = [rows[baseline]?.at(-1), rows[method]?.at(-1)];
  return alone && theirs ? (theirs[0] - alone[0]) / unit : null;
}

/** Whether each method is on the same side of the baseline as in the paper; where that cannot be said, that it cannot. */
function findings(spec: TableSpec, { rows, failures }: Comparison): string[] {
  const { baseline = BASELINE } = spec;
  return Object.keys(spec.rows).flatMap((method) => {
    const row = rows.find((each) => each.method === method);
    if (!row) return [`${method}: no result here${because(failures.find((failure) => failure.method === method))}.`];
    const { versusSingleTask: versus } = row;
    const expected = expectedOf(spec, method);
    if (expected === null || !versus) return [];
    const ours = `${signed(versus.mean)}${Number.isNaN(versus.low) ? ', one seed' : `, ${signed(versus.low)} to ${signed(versus.high)}`}`;
    const sure = versus.low > 0 || versus.high < 0;
    const verdict = !sure ? 'not told apart from it here' : Math.sign(versus.mean) === Math.sign(expected) ? 'the same side here' : 'the other side here';
    return [`${method} against ${baseline} on average: ${signed(expected)} in the paper; ${verdict} (${ours}).`];
  });
}

const because = (failure: Failure | undefined): string => (failure ? ` (${failure.reason})` : '');
const signed = (value: number): string => `${value > 0 ? '+' : ''}${(100 * value).toFixed(1)} points`;
