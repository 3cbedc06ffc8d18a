/** Quantities against the epoch. */
import type { EpochEvent, OwnershipShares, SensitivityShares } from '../../methods/events.ts';
import { epochsOf } from './run-record.ts';
import type { Series } from './series.ts';
import { spreadOf, type Spread } from './spread.ts';

export interface Point extends Spread {
  readonly epoch: number;
}

/** Over the runs that reached the epoch. What is not finite becomes NaN: a gap in the line. */
function curve(series: Series, value: (event: EpochEvent) => number | undefined): Point[] {
  const byEpoch = new Map<number, [number, ...number[]]>();
  for (const event of series.runs.flatMap(epochsOf)) {
    const given = value(event);
    if (given === undefined) continue;
    const y = Number.isFinite(given) ? given : NaN;
    const values = byEpoch.get(event.epoch);
    if (values) values.push(y);
    else byEpoch.set(event.epoch, [y]);
  }
  return [...byEpoch].sort(([a], [b]) => a - b).map(([epoch, values]) => ({ epoch, ...spreadOf(values) }));
}

/** The point at this epoch, if the curve has one. */
export const at = (points: readonly Point[], epoch: number): Point | undefined => points.find((point) => point.epoch === epoch);
export const epochsIn = (points: readonly Point[]): number[] => [...new Set(points.map((point) => point.epoch))].sort((a, b) => a - b);

const taskIn = (event: EpochEvent, name: string): EpochEvent['tasks'][number] | undefined => event.tasks.find((task) => task.name === name);
export const lossCurve = (series: Series, task: string): Point[] => curve(series, (event) => taskIn(event, task)?.loss);
export const validationCurve = (series: Series, task: string): Point[] => curve(series, (event) => taskIn(event, task)?.validation);

export type Share = keyof OwnershipShares;
export const SHARES: readonly Share[] = ['owned', 'protected', 'unclaimed'];

export const shareCurve = (series: Series, task: string, share: Share): Point[] =>
  curve(series, ({ ownership, tasks }) => {
    const i = tasks.findIndex((candidate) => candidate.name === task);
    if (ownership === null || i < 0) return undefined;
    return share === 'unclaimed' ? ownership.unclaimed : ownership[share][i];
  });

/** Of a task's parameters in an epoch's steps: those that were sensitive, and the share of them that another task owned. */
export type Found = keyof SensitivityShares;

export const foundCurve = (series: Series, task: string, kind: Found): Point[] =>
  curve(series, ({ sensitivity, tasks }) => sensitivity?.[kind][tasks.findIndex(({ name }) => name === task)]);

export const hasOwnership = (series: Series): boolean => series.runs.some((run) => epochsOf(run).some((event) => event.ownership !== null));
