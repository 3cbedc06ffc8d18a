/** In which order an epoch goes through the tasks. Like the schedule it is a pure function of what it is given. */
import { ConfigError } from '../engine/index.ts';

export const TASK_ORDERS = ['fixed', 'dynamic', 'relative'] as const;

/**
 * `fixed`: always the first order. `dynamic`: every few epochs by the mean training loss of the last epoch, the highest first (Thakur et
 * al., AISTATS 2025, section 6.4). `relative`: likewise by that loss divided by the one of the task's first epoch, because losses over
 * different numbers of classes or labels cannot be compared as they are.
 */
export type TaskOrderKind = (typeof TASK_ORDERS)[number];

export interface TaskOrderOptions {
  /** Default `fixed`. */
  readonly kind?: TaskOrderKind;
  /** Epochs between two re-orderings, from 1; Infinity is `fixed`. Default 5. */
  readonly every?: number;
  /** The tasks' names in the order of the first epochs. Default: the data set's. */
  readonly first?: readonly string[];
}

export type ResolvedTaskOrder = Required<TaskOrderOptions>;

/** Mean training losses by task, from 0; a task that was not trained has none. */
export type Losses = ReadonlyMap<string, number>;

/** Fills in defaults. @throws ConfigError */
export function resolveTaskOrder({ kind = 'fixed', every = 5, first }: TaskOrderOptions, tasks: readonly string[]): ResolvedTaskOrder {
  if (!TASK_ORDERS.includes(kind)) throw new ConfigError(`task order: expected ${TASK_ORDERS.join(' or ')}, got ${kind}`);
  if (every !== Infinity && !(Number.isSafeInteger(every) && every >= 1)) throw new ConfigError(`task order, every: expected a whole number from 1, got ${every}`);
  if (first && !isOrderOf(first, tasks)) throw new ConfigError(`task order, first: expected each of ${tasks.join(', ')} once, got ${first.join(', ') || 'none'}`);
  return { kind, every, first: first ?? tasks };
}

export function isOrderOf(order: readonly string[], tasks: readonly string[]): boolean {
  return order.length === tasks.length && new Set(order).size === order.length && order.every((task) => tasks.includes(task));
}

/**
 * The order for the epoch that is about to begin.
 * @param epoch counted from 0
 * @param order that of the epoch before; tasks with equal losses keep their places relative to each other
 * @param last losses of the epoch before
 * @param initial losses of the first epoch
 */
export function nextOrder({ kind, every }: ResolvedTaskOrder, epoch: number, order: readonly string[], last: Losses, initial: Losses): readonly string[] {
  if (kind === 'fixed' || epoch === 0 || epoch % every !== 0) return order;
  const weight = (task: string): number => {
    const loss = last.get(task) ?? -1;
    // A loss of 0 is the least there is, whatever it is divided by.
    return kind === 'dynamic' || loss <= 0 ? loss : loss / (initial.get(task) ?? loss);
  };
  return [...order].sort((a, b) => compare(weight(b), weight(a)));
}

/** As for numbers, and equal infinities are equal. */
function compare(a: number, b: number): number {
  return a === b ? 0 : a - b;
}
