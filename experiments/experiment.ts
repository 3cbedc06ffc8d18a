/** What a reproduced table or figure of the paper is. All of a result is plain JSON. */
import type { Dataset } from '../data/index.ts';
import type { Device } from '../engine/index.ts';

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

export interface Result {
  /** What the paper did and says. */
  readonly paper: { readonly source: string; readonly setting: Facts; readonly claim: string };
  /** What was done here, its curves, and its numbers by the label of their line. */
  readonly ours: { readonly setting: Facts; readonly charts: readonly Chart[]; readonly numbers: Readonly<Record<string, Facts>> };
  /** In which ways this is not what the paper did. */
  readonly differences: readonly string[];
}

/** What an experiment needs from outside. */
export interface DataWish {
  readonly dataset: string;
  /** Training samples a task; 0 for all. */
  readonly limit: number;
}

export interface Laboratory {
  readonly device: Device;
  readonly dataset: Dataset;
  readonly scale: Scale;
  readonly seed: number;
  /** Told what is under way. */
  readonly onProgress?: (text: string) => void;
}

export interface Experiment {
  /** The number of the figure or table in the paper. */
  readonly id: string;
  readonly title: string;
  data(scale: Scale): DataWish;
  run(laboratory: Laboratory): Promise<Result>;
}
