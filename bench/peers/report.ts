/** Medians, ratios and tables of what was measured. */
import { renderTable, right } from '../../cli/table.ts';
import { median } from '../median.ts';

export interface Measured {
  readonly engine: string;
  /** From an engine that holds the inputs to the end of its first step: compilation, mostly. Absent when it failed before. */
  readonly firstMs?: number;
  /** Times of single steps, round by round. */
  readonly rounds: readonly (readonly number[])[];
  /** Why there are no times. What was measured before it is not shown. */
  readonly failed?: string;
}

export interface CaseResult {
  readonly name: string;
  readonly engines: readonly Measured[];
}

/**
 * How many times the reference's time a step takes: the median over the rounds of the ratio of both medians in a round, so that what slows the whole
 * machine for a while counts on both sides. Slow engines have fewer rounds, the first ones. NaN where one of the two has no times.
 */
export function ratio(measured: Measured, reference: Measured | undefined): number {
  if (!reference || measured.failed !== undefined || reference.failed !== undefined) return NaN;
  return median(measured.rounds.slice(0, reference.rounds.length).map((ms, round) => median(ms) / median(reference.rounds[round] ?? [])));
}

const number = (value: number): string => Number.isNaN(value) ? '' : value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);
const MAX_REASON = 100;
const shortened = (text: string): string => text.length > MAX_REASON ? `${text.slice(0, MAX_REASON)}...` : text;

/** A row for each engine of each case: `failed: reason` stands where its times would. */
export function table(results: readonly CaseResult[], reference: string): string {
  const rows = results.flatMap(({ name, engines }) => {
    const base = engines.find(({ engine }) => engine === reference);
    return engines.map((measured, i) => {
      const { engine, firstMs, rounds, failed } = measured;
      const all = rounds.flat();
      const cells = failed === undefined
        ? [number(firstMs ?? NaN), number(median(all)), all.length > 0 ? number(Math.min(...all)) : '', number(ratio(measured, base)), '']
        : ['', '', '', '', `failed: ${shortened(failed)}`];
      return [i === 0 ? name : '', engine, ...cells];
    });
  });
  return renderTable(['case', 'engine', right('first ms'), right('median ms'), right('least'), right(`times ${reference}`), ''], rows);
}

/** What `--json` says of a case: medians, and how many times lazygrad's time the quickest of the peers takes; null where none has a time. */
export interface Summary {
  readonly name: string;
  readonly ms: Readonly<Record<string, number>>;
  readonly ratioToBestPeer: number | null;
}

/** @param peers those that count */
export function summary({ name, engines }: CaseResult, reference: string, peers: readonly string[]): Summary {
  const base = engines.find(({ engine }) => engine === reference);
  const ratios = engines.filter(({ engine }) => peers.includes(engine)).map((measured) => ratio(measured, base)).filter((value) => !Number.isNaN(value));
  const timed = engines.filter(({ failed }) => failed === undefined);
  return { name, ms: Object.fromEntries(timed.map(({ engine, rounds }) => [engine, median(rounds.flat())])), ratioToBestPeer: ratios.length > 0 ? Math.min(...ratios) : null };
}

/** An engine's first step in two fresh processes: without anything in the driver's cache of compiled programs, and with what the first left there. */
export interface FirstStep {
  readonly engine: string;
  readonly coldMs: number;
  readonly warmMs: number;
  readonly failed?: string;
}

export function firstStepTable(results: readonly FirstStep[]): string {
  return renderTable(['first step', right('cold ms'), right('warm ms'), ''], results.map(({ engine, coldMs, warmMs, failed }) => [engine, ...failed === undefined ? [number(coldMs), number(warmMs), ''] : ['', '', `failed: ${shortened(failed)}`]]));
}
