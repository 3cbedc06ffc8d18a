/** The challenge's stays as four tasks of one trunk: set A is training and validation, set B the test. */
import { DataError } from '../../../engine/errors.ts';
import { divideByGroup } from '../../grouped-split.ts';
import { joinGrids, windowSource, type HourEncoder, type HourlyGrids } from '../hourly-windows.ts';
import { hash32, streamKey } from '../../shuffle.ts';
import type { Split, Task } from '../../task.ts';
import { fitStatistics, hourEncoder, WIDTH, type StayValues } from './encoder.ts';
import { ORGAN_FAILURES } from './organ-failure.ts';
import type { Outcome } from './outcomes.ts';
import { DESCRIPTORS, HOURS, SERIES } from './parameters.ts';
import type { Stay } from './stays.ts';

/** Stays of one set in arrays, as a cache keeps them. */
export interface StayTable extends StayValues {
  readonly records: Int32Array;
  /** `[stays, 8]`, see `ORGAN_FAILURES`. */
  readonly organFailure: Float32Array;
}

export interface ChallengeSet {
  readonly stays: StayTable;
  /** In any order, one for each stay. */
  readonly outcomes: readonly Outcome[];
  /** The name that errors mention for the outcomes. */
  readonly file: string;
}

/** Ends of the windows of decompensation, in hours. */
const WINDOW_ENDS = [12, 18, 24, 30, 36, 42, 48];
const SHARES = [0.85, 0.15];

/** The stays by the numbers of their records: the split does not depend on how they are stored. */
export function stayTable(stays: readonly Stay[]): StayTable {
  const sorted = [...stays].sort((a, b) => a.record - b.record);
  const joined = (width: number, of: (stay: Stay) => Float32Array): Float32Array => joinGrids(sorted.map(of), width).values;
  return {
    records: Int32Array.from(sorted, ({ record }) => record),
    grids: joined(SERIES.length, ({ grid }) => grid),
    descriptors: joined(DESCRIPTORS.length, ({ descriptors }) => descriptors),
    organFailure: joined(ORGAN_FAILURES.length, ({ organFailure }) => organFailure),
  };
}

/**
 * The tasks, all over the same split: set A is divided 85 to 15 by the seed, stay by stay, with as many deaths in proportion (the challenge tells no patients apart beyond stays), and set B is the test.
 *
 * - `in-hospital-mortality`: death in hospital, from 48 hours.
 * - `organ-failure`: the signs of `ORGAN_FAILURES` in hours 24 to 48, from hours 0 to 24; the rest is padding, since tasks of one trunk have one number of steps.
 * - `decompensation`: whether death follows within 7 days of the window's end, for windows from admission to every sixth hour from 12 on. Only the day of a death is known: a death on day d counts as
 *   d * 24 hours after admission. It is missing where the day is.
 * - `long-stay`: 7 days or more in hospital, from 48 hours; missing where the length is.
 * @throws {DataError} stays and outcomes that are not of the same records, a record in both sets
 */
export function challengeTasks(a: ChallengeSet, b: ChallengeSet, seed: number): Task[] {
  const twice = a.stays.records.find((record) => b.stays.records.includes(record));
  if (twice !== undefined) throw new DataError(`${b.file}: record ${twice} is in set A too: a stay of the training set cannot be one of the test set`);
  const outcomes = { a: inOrder(a), b: inOrder(b) };
  const [train = new Uint32Array(), validation = new Uint32Array()] = divideByGroup(a.stays.records, SHARES, streamKey(seed, 'split', 'physionet2012'), outcomes.a.map(({ died }) => died));
  const statistics = fitStatistics(a.stays, train);
  const sides = {
    a: { ...a.stays, outcomes: outcomes.a, grids: gridsOf('a', a.stays), encoder: hourEncoder(statistics, a.stays.descriptors) },
    b: { ...b.stays, outcomes: outcomes.b, grids: gridsOf('b', b.stays), encoder: hourEncoder(statistics, b.stays.descriptors) },
  };
  const test = Uint32Array.from(b.stays.records.keys());

  return TASKS.map(({ name, kind, classes, ends, label }) => {
    const split = (side: Side, stays: Uint32Array): Split => {
      const windows = {
        stays: Uint32Array.from({ length: stays.length * ends.length }, (_, i) => stays[Math.floor(i / ends.length)] ?? 0),
        ends: Uint32Array.from({ length: stays.length * ends.length }, (_, i) => ends[i % ends.length] ?? 0),
      };
      const targets = new Float32Array(windows.stays.length * classes);
      for (const [i, stay] of windows.stays.entries()) targets.set(label(side, stay, windows.ends[i] ?? 0), i * classes);
      return { length: windows.stays.length, inputs: windowSource(side.grids, windows, side.encoder, HOURS), targets };
    };
    return { name, kind, classes, inputShape: [HOURS, WIDTH], train: split(sides.a, train), validation: split(sides.a, validation), test: split(sides.b, test) };
  });
}

interface Side extends Omit<StayTable, 'grids'> {
  readonly grids: HourlyGrids;
  readonly encoder: HourEncoder;
  /** As the stays are ordered. */
  readonly outcomes: readonly Outcome[];
}

interface TaskRule extends Pick<Task, 'name' | 'kind' | 'classes'> {
  readonly ends: readonly number[];
  readonly label: (side: Side, stay: number, end: number) => ArrayLike<number>;
}

const TASKS: readonly TaskRule[] = [
  { name: 'in-hospital-mortality', kind: 'binary', classes: 1, ends: [HOURS], label: ({ outcomes }, stay) => [outcomes[stay]?.died ?? NaN] },
  {
    name: 'organ-failure', kind: 'multilabel', classes: ORGAN_FAILURES.length, ends: [24],
    label: ({ organFailure }, stay) => organFailure.subarray(stay * ORGAN_FAILURES.length, (stay + 1) * ORGAN_FAILURES.length),
  },
  { name: 'decompensation', kind: 'binary', classes: 1, ends: WINDOW_ENDS, label: ({ outcomes }, stay, end) => [atMost((outcomes[stay]?.survival ?? NaN) * 24 - end, 7 * 24)] },
  { name: 'long-stay', kind: 'binary', classes: 1, ends: [HOURS], label: ({ outcomes }, stay) => [atMost(7, outcomes[stay]?.stay ?? NaN)] },
];

/** 1 or 0, NaN where one of them is not known. */
const atMost = (value: number, limit: number): number => (Number.isNaN(value) || Number.isNaN(limit) ? NaN : Number(value <= limit));

function gridsOf(name: string, { grids, records }: StayTable): HourlyGrids {
  return {
    id: `physionet2012-${name}-${hash32(new Uint32Array(grids.buffer, grids.byteOffset, grids.length))}`,
    variables: SERIES.length,
    starts: Uint32Array.from({ length: records.length + 1 }, (_, stay) => stay * HOURS),
    values: grids,
  };
}

function inOrder({ stays, outcomes, file }: ChallengeSet): Outcome[] {
  const byRecord = new Map(outcomes.map((outcome) => [outcome.record, outcome]));
  const ordered = Array.from(stays.records, (record) => {
    const outcome = byRecord.get(record);
    if (!outcome) throw new DataError(`${file}: expected an outcome for each stay, got none for record ${record}`);
    byRecord.delete(record);
    return outcome;
  });
  const [left] = byRecord.keys();
  if (left !== undefined) throw new DataError(`${file}: expected as many outcomes as stays, got one for record ${left} without a stay (${byRecord.size} such)`);
  return ordered;
}
