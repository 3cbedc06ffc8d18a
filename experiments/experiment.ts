/** What a reproduced table or figure of the paper is. All of a result is plain JSON. */
import type { Difference, Spread } from '../analysis/spread.ts';
import type { Dataset } from '../data/index.ts';
import type { Device } from '../engine/index.ts';
import type { EndEvent, EpochEvent } from '../methods/index.ts';
import type { MultiTaskModel } from '../models/index.ts';
import type { Comparison, ComparisonPlan } from './comparison.ts';

/** `smoke`: seconds, to see that it works. `small`: minutes on a computer without a GPU. `full`: the paper's own size, as far as it is told. */
export const SCALES = ['smoke', 'small', 'full'] as const;
export type Scale = (typeof SCALES)[number];

export type Facts = Readonly<Record<string, string | number>>;

export interface Line {
  readonly label: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface Chart {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  readonly lines: readonly Line[];
}

/** Means and standard deviations over seeds. Shares, as accuracies and areas are, lie in [0, 1]. */
export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly { readonly label: string; /** In the order of the columns; null where there is none. */ readonly values: readonly (Spread | null)[] }[];
}

export interface Result {
  /** What the paper did and says. */
  readonly paper: { readonly source: string; readonly setting: Facts; readonly claim: string; readonly table?: Table };
  /** What was done here, its curves, and its numbers by the label of their line. */
  readonly ours: { readonly setting: Facts; readonly charts: readonly Chart[]; readonly numbers: Readonly<Record<string, Facts>>; readonly table?: Table };
  /** How much better than the baseline each method is on average, where methods are compared; positive is better. `paper` is null for a method that it does not have. */
  readonly against?: { readonly baseline: string; readonly rows: readonly { readonly label: string; readonly ours: Difference | null; readonly paper: number | null }[] };
  /** What of the claim was found again, and what was not. */
  readonly findings?: readonly string[];
  /** In which ways this is not what the paper did. */
  readonly differences: readonly string[];
}

/** What an experiment needs from outside. */
export interface DataWish {
  readonly dataset: string;
  /** Training samples a task; 0 for all. */
  readonly limit: number;
  /** Of texts; 0 for all. */
  readonly tokens?: number;
}

/** One run of a method, for an experiment that looks into its model. */
export interface Trained {
  /** That of the best epoch. */
  readonly model: MultiTaskModel;
  readonly epochs: readonly EpochEvent[];
  readonly end: EndEvent;
}

/** What an earlier call left of a work that it did not finish, and where the next one's leavings go. */
export interface Unfinished {
  readonly saved: Uint8Array | null;
  /** Replaces what was saved before. */
  readonly save: (bytes: Uint8Array) => void;
}

export interface Laboratory {
  readonly device: Device;
  readonly scale: Scale;
  /** Of the first run. */
  readonly seed: number;
  /** @throws DataError when the data set is not there */
  readonly open: (wish: DataWish) => Promise<Dataset>;
  /** Runs methods by seeds; what an earlier call of the same experiment finished is not run again. Null when interrupted. */
  readonly compare: (plan: ComparisonPlan) => Promise<Comparison | null>;
  /**
   * As `compare`, with the plan's first seed alone: what was trained, by its name in the plan. Models belong to the scope that is open. Null when interrupted.
   * @throws ConfigError for a model that does not suit the data or the method, NumericsError when training diverges
   */
  readonly train: (plan: ComparisonPlan) => Promise<ReadonlyMap<string, Trained> | null>;
  /** Any other work of the experiment: what it gives, plain JSON, is kept under the name, and a later call does not do it again. */
  readonly keep: <T extends object>(name: string, work: (unfinished: Unfinished) => Promise<T>) => Promise<T>;
  /** Told what is under way. */
  readonly onProgress?: (text: string) => void;
}

export interface Experiment {
  /** The number of the table in the paper, in small letters; `figure-` and the number for a figure. */
  readonly id: string;
  readonly title: string;
  /** Null when interrupted. */
  run(laboratory: Laboratory): Promise<Result | null>;
}
