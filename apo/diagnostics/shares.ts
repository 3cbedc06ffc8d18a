/** Ownership over time: what figure 1 of the paper shows, for the model and for each layer. */
import type { Ownership, Shares } from '../ownership.ts';

/** One value an epoch. A task that was not there yet, or not any more, has NaN. */
export interface ShareSeries {
  readonly task: string;
  readonly owned: readonly number[];
  readonly protected: readonly number[];
  readonly unclaimed: readonly number[];
}

/**
 * @param history what `apo.ownership()` gave at the end of each epoch
 * @param layer one layer instead of the whole model
 */
export function shareSeries(history: readonly Ownership[], layer?: string): readonly ShareSeries[] {
  const tasks = [...new Set(history.flatMap((epoch) => epoch.tasks))];
  const of = (epoch: Ownership): Shares | undefined => (layer === undefined ? epoch : epoch.layers.find(({ name }) => name === layer));
  return tasks.map((task) => ({
    task,
    owned: history.map((epoch) => of(epoch)?.owned[epoch.tasks.indexOf(task)] ?? NaN),
    protected: history.map((epoch) => of(epoch)?.protected[epoch.tasks.indexOf(task)] ?? NaN),
    unclaimed: history.map((epoch) => of(epoch)?.unclaimed ?? NaN),
  }));
}
