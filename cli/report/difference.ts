/** How much better than single-task learning, and how sure. */
import type { Difference } from '../../analysis/spread.ts';
import type { Cell } from './document.ts';

/** Of a method; what the paper reports of it, where it is compared with one. Positive is better. */
export interface Against {
  readonly label: string;
  readonly ours: Difference | null;
  /** Null where it says nothing. */
  readonly paper?: number | null;
}

/** With its sign. */
export type Format = (value: number) => string;

/** Not of a single pair of runs. */
export const hasInterval = ({ low }: Difference): boolean => !Number.isNaN(low);

/** Worse than single-task learning, as far as the interval can tell. */
export const isNegativeTransfer = ({ high }: Difference): boolean => high < 0;

/** `+1.2 (+0.4 to +2.0)` */
export const differenceText = (difference: Difference, format: Format): string =>
  `${format(difference.mean)}${hasInterval(difference) ? ` (${format(difference.low)} to ${format(difference.high)})` : ''}`;

export function differenceCell(difference: Difference | null, format: Format): Cell {
  if (!difference) return '–';
  const text = differenceText(difference, format);
  return isNegativeTransfer(difference) ? { text: `${text} negative transfer`, mark: 'negative' } : text;
}
