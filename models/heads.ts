/** What a task asks of a model. */
import { ConfigError } from '../engine/index.ts';
import type { Layer } from './layers/layer.ts';

export const TASK_KINDS = ['multiclass', 'binary', 'multilabel', 'regression'] as const;

/**
 * What the outputs mean. `multiclass`: logits of classes of which one is right. `binary`: the logit of one yes-or-no label. `multilabel`: those of
 * several independent ones. `regression`: numbers.
 */
export type TaskKind = (typeof TASK_KINDS)[number];

export interface HeadSpec {
  readonly name: string;
  /** Default `multiclass`. */
  readonly kind?: TaskKind;
  /** Width of the head: the number of classes, labels or numbers; 1 for a binary task. */
  readonly outputs: number;
  /** What turns the task's inputs into what the trunk takes. Its parameters are the task's own. Default: nothing, they are that already. */
  readonly adapter?: Layer | undefined;
}

/** With defaults filled in. */
export type ResolvedHead = HeadSpec & Required<Pick<HeadSpec, 'kind'>>;

/** Fills in defaults. @throws ConfigError */
export function resolveHead(spec: HeadSpec): ResolvedHead {
  const { name, kind = 'multiclass', outputs, adapter } = spec;
  if (!TASK_KINDS.includes(kind)) throw new ConfigError(`task ${name}: kind: expected ${TASK_KINDS.join(' or ')}, got ${kind}`);
  if (!Number.isSafeInteger(outputs) || outputs < 1 || (kind === 'binary' && outputs !== 1)) throw new ConfigError(`task ${name}: outputs: expected ${kind === 'binary' ? '1 for a binary task' : 'a whole number from 1'}, got ${outputs}`);
  // Statistics go by layer and task; those of an adapter would be kept for every other task too.
  if (adapter?.statistics?.length) throw new ConfigError(`task ${name}: its adapter keeps running statistics, which only layers of the trunk may`);
  return { ...spec, kind };
}
