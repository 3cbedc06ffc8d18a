/** One of each in turn, round after round, so that ratios hold whatever else the machine does. */
import { median } from './median.ts';

export interface Contender {
  readonly run: () => void;
  readonly finish: () => Promise<void>;
}

/** Milliseconds of each contender, one list of `rounds` for each; two further rounds come first and do not count. */
export async function inTurn(contenders: readonly Contender[], rounds: number): Promise<number[][]> {
  const times: number[][] = contenders.map(() => []);
  for (let round = -2; round < rounds; round++) {
    for (const [i, { run, finish }] of contenders.entries()) {
      const begun = performance.now();
      run();
      await finish();
      if (round >= 0) times[i]?.push(performance.now() - begun);
    }
  }
  return times;
}

/** Median over the rounds of the ratio of the one's time to the other's. */
export function ratioOf(times: readonly number[], others: readonly number[]): number {
  return median(times.map((time, i) => time / (others[i] ?? NaN)));
}
