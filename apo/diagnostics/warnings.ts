/** Known ways in which APO fails, recognised from what it is run with and from what it did, each with a remedy. */
import type { Group } from '../groups.ts';
import type { ResolvedOptions } from '../options.ts';
import type { Ownership } from '../ownership.ts';
import { pullRate } from '../step-params.ts';
import { canNeverTrain } from './selection.ts';

export interface Warning {
  readonly kind: 'monopoly' | 'saturation' | 'never-trains' | 'unstable-pull' | 'incomparable-losses';
  /** What is wrong, with numbers, and what to do. */
  readonly message: string;
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** One task owns most of what is claimed: more than halfway from an even split to everything. */
export function monopoly({ tasks, owned, unclaimed }: Ownership): Warning[] {
  const claimed = 1 - unclaimed;
  const most = Math.max(...owned);
  if (tasks.length < 2 || claimed < 0.01 || most <= claimed * (1 + 1 / tasks.length) / 2) return [];
  return [{ kind: 'monopoly', message: `task ${tasks[owned.indexOf(most)] ?? ''} owns ${percent(most / claimed)} of what the ${tasks.length} tasks claimed: whoever trains first claims what it will ever be sensitive to. Interleave the tasks' batches in the first epochs, set claimBudget, or raise k` }];
}

/** Almost everything is claimed: what a task finds sensitive now belongs to others. */
export function saturation({ tasks, owned, unclaimed }: Ownership, least = 0.05): Warning[] {
  if (unclaimed >= least) return [];
  const late = tasks.filter((_, t) => (owned[t] ?? 0) < 1 / (4 * tasks.length));
  return [{ kind: 'saturation', message: `${percent(unclaimed)} of the parameters are unclaimed${late.length > 0 ? `, and ${late.join(', ')} own little` : ''}: new claims are hardly possible, and APO is gentle sharing from here on. Set claimBudget or releaseAfter, raise k, or take a larger model` }];
}

/** Groups in which no gradient can be above the threshold. */
export function neverTrains(groups: readonly Group[], options: ResolvedOptions): Warning[] {
  const stuck = groups.filter(({ length }) => canNeverTrain(length, options));
  if (stuck.length === 0) return [];
  const shown = stuck.slice(0, 5).map(({ name, length }) => `${name} (${length})`).join(', ');
  return [{ kind: 'never-trains', message: `no gradient can make anything sensitive in ${shown}${stuck.length > 5 ? ` and ${stuck.length - 5} more` : ''}: with k = ${options.k} none of so few values can be that far above their mean. Lower k, set oneElement to exempt, or train them with the heads` }];
}

/** The pull towards the anchor overshoots: |1 - 2 μ η_p| is 1 or more. Claims that decay reach the undamped rate. */
export function unstablePull(options: ResolvedOptions, lr: number): Warning[] {
  const pull = pullRate(options.claimDecay < 1 ? { ...options, damping: 1 } : options, lr);
  if (pull < 2) return [];
  return [{ kind: 'unstable-pull', message: `2 mu lr / damping is ${pull}: from 2 on the pull towards the anchor overshoots and protected parameters run away. Lower mu or lr, or raise damping${options.claimDecay < 1 ? ' (claimDecay takes the damping away)' : ''}` }];
}

/** Losses that differ by so much that their gradients, and an order of tasks by loss, mean little beside each other. */
export function incomparableLosses(losses: ReadonlyMap<string, number>, factor = 10): Warning[] {
  const sorted = [...losses].filter(([, loss]) => loss > 0 && loss < Infinity).sort(([, a], [, b]) => a - b);
  const [low, high] = [sorted[0], sorted.at(-1)];
  if (!low || !high || high[1] < factor * low[1]) return [];
  return [{ kind: 'incomparable-losses', message: `the loss of ${high[0]} is ${high[1].toPrecision(3)}, that of ${low[0]} ${low[1].toPrecision(3)}: with one accumulator the larger one decides what is sensitive, and an order by loss is always the same. Divide each loss by its first value, or take accumulator = perTask` }];
}

export interface Facts {
  readonly options: ResolvedOptions;
  readonly lr: number;
  readonly groups: readonly Group[];
  readonly ownership?: Ownership;
  /** Mean training loss of each task. */
  readonly losses?: ReadonlyMap<string, number>;
}

/** All of them: `diagnose({ options: apo.options, lr: apo.lr, groups: apo.groups, ownership: await apo.ownership() })`. */
export function diagnose({ options, lr, groups, ownership, losses }: Facts): Warning[] {
  return [
    ...neverTrains(groups, options), ...unstablePull(options, lr),
    ...(ownership ? [...monopoly(ownership), ...saturation(ownership)] : []), ...(losses ? incomparableLosses(losses) : []),
  ];
}
