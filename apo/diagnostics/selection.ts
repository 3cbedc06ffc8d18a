/** How many parameters a threshold selects: counted, and as theory has it. */
import type { ResolvedOptions } from '../options.ts';
import type { Counts } from '../tally.ts';
import { erfc } from './erfc.ts';

/** Share of the parameters that were sensitive, averaged over the steps; NaN without steps. */
export function selectedFraction(counts: Pick<Counts, 'selected'> & { readonly length: number }, steps: number): number {
  return counts.selected / (steps * counts.length);
}

/** Share of the sensitive parameters that another task owned: |M_protected| / |M|, the measure of conflict; NaN where nothing was sensitive. */
export function conflictFraction(counts: Pick<Counts, 'selected' | 'protected'>): number {
  return counts.protected / counts.selected;
}

/**
 * The share that mean + k std selects of an accumulator whose entries are normal or Laplace distributed around 0, in the limit of many.
 * For normal ones erfc(k / √2) with the signed statistic, erfc((√(2/π) + k √(1 - 2/π)) / √2) with that of magnitudes; for Laplace
 * exp(-k √2) and exp(-1 - k).
 */
export function expectedFraction({ k, statistic }: Pick<ResolvedOptions, 'k' | 'statistic'>, distribution: 'normal' | 'laplace' = 'normal'): number {
  if (distribution === 'laplace') return Math.min(1, Math.exp(statistic === 'signed' ? -k * Math.SQRT2 : -1 - k));
  const threshold = statistic === 'signed' ? k : Math.sqrt(2 / Math.PI) + k * Math.sqrt(1 - 2 / Math.PI);
  return threshold <= 0 ? 1 : erfc(threshold / Math.SQRT2);
}

/** The most that |G| can select of a tensor, whatever its distribution: 1 / (1 + k²) (Cantelli), for k from 0 and the variance over n. */
export function largestFraction(k: number): number {
  return 1 / (1 + k * k);
}

/**
 * Whether no gradient at all can make any of `length` values that share a threshold sensitive. The largest of n magnitudes is at most
 * √(n - 1) deviations above their mean, or (n - 1) / √n sample deviations.
 */
export function canNeverTrain(length: number, o: ResolvedOptions): boolean {
  if (o.plainStep === 'added' || (length === 1 && o.oneElement === 'exempt')) return false;
  if (o.claimBudget === 0 || (length === 1 && o.correction === 1)) return true;
  if (o.statistic === 'signed' || o.thresholdFrom === 'before') return false;
  return o.k >= Math.sqrt(length - 1) * (o.correction === 1 ? Math.sqrt((length - 1) / length) : 1);
}
