/** The choices that the paper leaves open, and extensions that are off unless asked for; `docs/apo.md` discusses each. */
import { ConfigError } from '../engine/errors.ts';
import { OPTIONS } from './option-table.ts';
import type { NumberOption } from './option-table.ts';
import { PRESETS } from './presets.ts';
import type { PresetName } from './presets.ts';

/** Ranges are in `OPTIONS`. */
export interface Choices {
  /** Threshold factor k: a parameter is sensitive where |G| > mean + k · std, per tensor. */
  readonly k: number;
  /** Decay β of the gradient accumulator G. */
  readonly beta: number;
  /** Strength μ of the pull of protected parameters towards their anchor. */
  readonly mu: number;
  /** Protected parameters move with lr / damping. */
  readonly damping: number;
  /** Mean and deviation of |G|, or of G itself as Algorithm 1 prints it. */
  readonly statistic: 'magnitude' | 'signed';
  /** The variance divides by n - correction: 1 or 0. */
  readonly correction: number;
  /** One accumulator for all tasks, or one for each. */
  readonly accumulator: 'shared' | 'perTask';
  /** What θ_prev is: the parameters at the last `endEpoch`, at the start of this task's turn, or at the very start. */
  readonly anchor: 'epochEnd' | 'taskStart' | 'initial';
  /** Whether the threshold is of G with or without this batch. The mask is always of G with it. */
  readonly thresholdFrom: 'after' | 'before';
  /** For so many epochs the threshold is `warmupThreshold` everywhere. */
  readonly warmupEpochs: number;
  readonly warmupThreshold: number;
  /** One threshold for each tensor, or one for the whole model. */
  readonly granularity: 'tensor' | 'model';
  /** A group of one element has no deviation to be above of, so by the letter it never trains; or it is exempt: trained by all, claimed by none. */
  readonly oneElement: 'exempt' | 'literal';
  /** How often a protected parameter takes its damped gradient; the pull counts once. */
  readonly protectedSteps: number;
  /** Whether every parameter takes a plain SGD step besides. */
  readonly plainStep: 'none' | 'added';
  /** Share of each tensor, counted in blocks of up to 1,024 elements and rounded up, that one task may own. */
  readonly claimBudget: number;
  /** A claim ends after so many whole epochs in which its owner was not sensitive to the parameter; 0 for never. */
  readonly releaseAfter: number;
  /** The damping of a claim that was idle for n epochs is 1 + (damping - 1) · claimDecay^n. */
  readonly claimDecay: number;
  /** Thresholds are at least this; 0 for no such limit. */
  readonly floor: number;
  /** Whether anything is sensitive in a group whose gradient is all zero in this batch. */
  readonly idle: 'claim' | 'skip';
}

export interface APOOptions extends Partial<Choices> {
  /** Learning rate η of the shared parameters, > 0. */
  readonly lr: number;
  /** What the options are that are not given. Default `default`. */
  readonly preset?: PresetName;
  /** Tensors that are several fused along their first axis (the gates of an LSTM, queries, keys and values): number of equal parts by name. */
  readonly split?: Readonly<Record<string, number>>;
}

export interface ResolvedOptions extends Choices {
  readonly split: Readonly<Record<string, number>>;
}

const OTHERS = ['lr', 'preset', 'split'];

/** Everything but the learning rate. @throws ConfigError naming the option, the range and the value */
export function resolveOptions(options: APOOptions): ResolvedOptions {
  const unknown = Object.keys(options).find((name) => !OTHERS.includes(name) && !Object.hasOwn(OPTIONS, name));
  if (unknown !== undefined) throw new ConfigError(`APO has no option ${unknown}; there are: ${[...OTHERS, ...Object.keys(OPTIONS)].join(', ')}`);
  const { lr, preset = 'default', split = {}, ...given } = options;
  if (!(typeof lr === 'number' && lr > 0 && lr < Infinity)) fail('lr', 'a number above 0', lr);
  if (!Object.hasOwn(PRESETS, preset)) fail('preset', Object.keys(PRESETS).join(' or '), preset);
  for (const [name, parts] of Object.entries(split)) if (!Number.isSafeInteger(parts) || parts < 1) fail(`split of ${name}`, 'a whole number from 1', parts);
  const all: Choices = { ...PRESETS[preset], ...given };
  for (const [name, spec] of Object.entries(OPTIONS)) {
    const value: unknown = all[name as keyof Choices];
    if ('range' in spec ? !fits(spec, value) : !spec.words.some((word) => word === value)) fail(name, expectation(spec), value);
  }
  return { ...all, split };
}

function fits({ range: [low, high], whole }: NumberOption, value: unknown): boolean {
  return typeof value === 'number' && value >= low && value <= high && (!whole || Number.isInteger(value));
}

function expectation(spec: (typeof OPTIONS)[keyof Choices]): string {
  return 'range' in spec ? `a ${spec.whole ? 'whole ' : ''}number from ${spec.range[0]} to ${spec.range[1]}` : spec.words.join(' or ');
}

function fail(name: string, expected: string, got: unknown): never {
  throw new ConfigError(`APO option ${name}: expected ${expected}, got ${String(got)}`);
}
