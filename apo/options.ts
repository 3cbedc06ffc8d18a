/** The choices that the paper leaves open, each with its meaning and range; `docs/decisions.md` says why the defaults are what they are. */
import { ConfigError } from '../engine/errors.ts';

export interface APOOptions {
  /** Learning rate η of the shared parameters, > 0. */
  readonly lr: number;
  /** Threshold factor k: a parameter is sensitive where |G| > mean + k · std, per tensor. Default 0.5. */
  readonly k?: number;
  /** Decay β of the gradient accumulator, in [0, 1). Default 0.99. */
  readonly beta?: number;
  /** Strength μ of the pull of protected parameters towards their anchor, at least 0. Default 1. */
  readonly mu?: number;
  /** Protected parameters move with lr / damping; at least 1. Default 100 (appendix D). */
  readonly damping?: number;
  /** Mean and deviation of |G| (default), or of G itself as Algorithm 1 prints it. */
  readonly statistic?: 'magnitude' | 'signed';
  /** The variance divides by n - correction: 1 (default) or 0. */
  readonly correction?: 0 | 1;
  /** One accumulator for all tasks (default), or one for each. */
  readonly accumulator?: 'shared' | 'perTask';
}

export type ResolvedOptions = Required<APOOptions>;

export const DEFAULTS: Omit<ResolvedOptions, 'lr'> = { k: 0.5, beta: 0.99, mu: 1, damping: 100, statistic: 'magnitude', correction: 1, accumulator: 'shared' };

/** @throws ConfigError naming the option, the range and the value */
export function resolveOptions(options: APOOptions): ResolvedOptions {
  const unknown = Object.keys(options).find((name) => name !== 'lr' && !(name in DEFAULTS));
  if (unknown) throw new ConfigError(`APO has no option ${unknown}; there are: lr, ${Object.keys(DEFAULTS).join(', ')}`);
  const all = { ...DEFAULTS, ...options };
  number('lr', all.lr, all.lr > 0, 'above 0');
  number('k', all.k, all.k > -Infinity, 'that is finite');
  number('beta', all.beta, all.beta >= 0 && all.beta < 1, 'in [0, 1)');
  number('mu', all.mu, all.mu >= 0, 'from 0');
  number('damping', all.damping, all.damping >= 1, 'from 1');
  word('statistic', all.statistic, ['magnitude', 'signed']);
  word('accumulator', all.accumulator, ['shared', 'perTask']);
  number('correction', all.correction, [0, 1].includes(all.correction), 'of 0 or 1');
  return all;
}

function number(name: string, value: number, fits: boolean, range: string): void {
  if (typeof value !== 'number' || !Number.isFinite(value) || !fits) throw new ConfigError(`APO option ${name}: expected a number ${range}, got ${String(value)}`);
}

function word(name: string, value: string, allowed: readonly string[]): void {
  if (!allowed.includes(value)) throw new ConfigError(`APO option ${name}: expected ${allowed.join(' or ')}, got ${value}`);
}
