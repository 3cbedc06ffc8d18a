/** Runs cases one after the other, the limits of the adapter first. */
import type { AdapterDescription } from 'lazygrad';
import type { Case, Size } from './case.ts';
import { limitsOf } from './report.ts';
import type { Report } from './report.ts';
import { measure } from './measure.ts';
import type { Result } from './measure.ts';

export interface SuiteOptions {
  readonly size: Size;
  readonly ms: number;
  /** Told before each case, and what there is after it: a crash of a driver then loses one case. */
  readonly onCase?: (name: string) => void;
  readonly onReport?: (report: Report) => void;
}

/** Those whose names contain the text; those that take long only by their whole name. */
export function chosen(cases: readonly Case[], filter: string): Case[] {
  return cases.filter(({ name, onRequest = false }) => name === filter || (!onRequest && name.includes(filter)));
}

/** @throws DeviceError when there is no adapter, or another one than before */
export async function runSuite(cases: readonly Case[], { size, ms, onCase, onReport }: SuiteOptions): Promise<Report> {
  const results: Result[] = [];
  let adapter: AdapterDescription | null = null;
  const date = new Date().toISOString();
  let report: Report | null = null;
  for (const one of cases) {
    onCase?.(one.name);
    const measured = await measure(one, ms);
    if (adapter && adapter.name !== measured.adapter.name) throw new Error(`the adapter changed from ${adapter.name} to ${measured.adapter.name}: nothing is reported`);
    adapter = measured.adapter;
    results.push(measured.result);
    report = { adapter, date, size, limits: limitsOf(results), results: [...results] };
    onReport?.(report);
  }
  if (!report) throw new Error('there is no such case');
  return report;
}
