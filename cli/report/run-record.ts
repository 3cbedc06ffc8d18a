/** What a run leaves behind: its configuration and its events. */
import type { EndEvent, EpochEvent, StartEvent, TrainEvent } from '../../methods/events.ts';

/** What decides a run's result. */
export interface RunConfig {
  readonly dataset: string;
  readonly method: string;
  readonly model: string;
  readonly seed: number;
  readonly adapter: string;
  /** Every other setting that decides the result (not where it is written). Runs that differ only in `seed` are repeats of each other. */
  readonly options?: Readonly<Record<string, unknown>>;
}

/** As kept in `config.json`. */
export interface RecordedConfig extends RunConfig {
  /** The version of lazygrad. */
  readonly lazygrad: string;
  readonly node: string;
  /** In ISO 8601, UTC. */
  readonly created: string;
}

export interface RunRecord {
  readonly config: RecordedConfig;
  readonly events: readonly TrainEvent[];
}

export const startOf = (run: RunRecord): StartEvent | undefined => run.events.find((event) => event.type === 'start');
export const epochsOf = (run: RunRecord): EpochEvent[] => run.events.filter((event) => event.type === 'epoch');
/** Undefined for a run that was interrupted. */
export const endOf = (run: RunRecord): EndEvent | undefined => run.events.find((event) => event.type === 'end');
