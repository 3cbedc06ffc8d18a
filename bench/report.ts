/** What a run of the benchmarks says: as a table, as Markdown, as JSON. */
import type { AdapterDescription } from 'lazygrad';
import { renderTable, right } from '../cli/table.ts';
import type { Size } from './case.ts';
import type { Measured, Result } from './measure.ts';

/** The most that the adapter did of each, by the least time; null where it was not measured. Shares are of these, by least times too. */
export interface Limits {
  readonly gflops: number | null;
  readonly gbps: number | null;
}

export interface Report {
  readonly adapter: AdapterDescription;
  readonly date: string;
  readonly size: Size;
  readonly limits: Limits;
  readonly results: readonly Result[];
}

/** A rate by the least time, not by the median: what other work the machine does has least part in it. */
function bestOf(rate: number | undefined, { median, min }: Measured['ms']): number | undefined {
  return rate === undefined ? undefined : (rate * median) / min;
}

/** Multiply-adds in registers, and the faster one of the copies. */
export function limitsOf(results: readonly Result[]): Limits {
  const best = (rates: readonly (number | undefined)[]): number | null => rates.reduce<number | null>((most, rate) => rate === undefined ? most : Math.max(most ?? 0, rate), null);
  const limits = results.flatMap((result) => 'error' in result || !result.name.startsWith('limit/') ? [] : [result]);
  return { gflops: best(limits.map(({ gflops, ms }) => bestOf(gflops, ms))), gbps: best(limits.map(({ gbps, ms }) => bestOf(gbps, ms))) };
}

const COLUMNS = ['case', 'median ms', 'min', 'max', 'GFLOP/s', '% of peak', 'GB/s', '% of copy', 'dispatches', 'submits', 'host us each', 'of it submit', 'first ms', 'peak MB'] as const;

function rowOf(result: Result, { gflops, gbps }: Limits): string[] {
  if ('error' in result) return [result.name, 'refused', ...COLUMNS.slice(2).map(() => '')];
  const fixed = (value: number | undefined, digits: number): string => value === undefined ? '' : value.toFixed(digits);
  const share = (rate: number | undefined, most: number | null): string => {
    const best = bestOf(rate, result.ms);
    return best === undefined || most === null ? '' : ((100 * best) / most).toFixed(0);
  };
  return [
    result.name, fixed(result.ms.median, 3), fixed(result.ms.min, 3), fixed(result.ms.max, 3), fixed(result.gflops, 1), share(result.gflops, gflops), fixed(result.gbps, 2), share(result.gbps, gbps),
    fixed(result.dispatches, 0), fixed(result.submits, 0), result.dispatches > 0 ? fixed(result.hostMicroseconds, 1) : '', result.dispatches > 0 ? fixed(result.submitMicroseconds, 1) : '', fixed(result.firstMs, 0), fixed(result.peakBytes / 1e6, 1),
  ];
}

function headOf({ adapter, date, size }: Report): string {
  return `adapter: ${adapter.name} (${adapter.kind}; ${adapter.source}); ${date}; size ${size}`;
}

const refusals = ({ results }: Report): string[] => results.flatMap((result) => 'error' in result ? [`refused: ${result.name}: ${result.error}`] : []);

export function asTable(report: Report): string {
  const [first, ...numbers] = COLUMNS;
  return [headOf(report), renderTable([first, ...numbers.map(right)], report.results.map((result) => rowOf(result, report.limits))), ...refusals(report)].join('\n');
}

export function asMarkdown(report: Report): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    headOf(report), '', line(COLUMNS), line(COLUMNS.map((_, i) => i === 0 ? '---' : '---:')), ...report.results.map((result) => line(rowOf(result, report.limits))), '',
    ...refusals(report).map((text) => `- ${text}`), '',
  ].join('\n');
}

/** A name for the files of an adapter: `llvmpipe-llvm-15-0-6-256-bits`. */
export function fileNameOf({ name }: AdapterDescription): string {
  return name.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '');
}
