/** States of several parts in one, each part's names behind a prefix. */
import type { OptimizerState } from '../engine/index.ts';

/** What lies behind a prefix, under its own names. */
export function within(state: OptimizerState, prefix: string): OptimizerState {
  return new Map([...state].flatMap(([name, data]) => name.startsWith(prefix) ? [[name.slice(prefix.length), data] as const] : []));
}
