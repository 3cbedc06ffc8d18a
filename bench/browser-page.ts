/** What the page of `npm run bench:browser` offers to the process that opened it. */
import type { Size } from './case.ts';
import { allCases, limitCases } from './cases/index.ts';
import type { Report } from './report.ts';
import { chosen, runSuite } from './suite.ts';

export interface BrowserSuite {
  readonly filter: string;
  readonly size: Size;
  readonly ms: number;
}

declare global {
  var runCases: (suite: BrowserSuite) => Promise<Report>;
  /** Told before each case. */
  var onCase: (name: string) => void;
}

globalThis.runCases = ({ filter, size, ms }) => {
  const wanted = chosen(allCases(size), filter);
  const limits = limitCases(size).filter(({ name }) => !wanted.some((one) => one.name === name));
  return runSuite([...limits, ...wanted], { size, ms, onCase: (name) => globalThis.onCase(name) });
};
