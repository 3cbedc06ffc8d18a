/** The whole state of a run: parameters, the method's own state, and where in the data it is. */
import { CheckpointError, readSafetensors, writeSafetensors } from '../engine/index.ts';
import type { StoredTensor } from '../engine/index.ts';
import type { MultiTaskModel } from '../models/index.ts';
import type { UpdateRule } from './method.ts';

/** Where a run stands: the next batch is number `batch` of task number `task` in epoch `epoch`, all counted from 0. */
export interface Position {
  readonly epoch: number;
  readonly task: number;
  readonly batch: number;
  /** Sum of the losses of this epoch's samples so far, by task. */
  readonly lossSums: readonly number[];
}

/** Serialised as safetensors: `shared.*`, `head.TASK.*`, `method.*`. */
export async function saveCheckpoint(model: MultiTaskModel, rule: UpdateRule, position: Position): Promise<Uint8Array<ArrayBuffer>> {
  const tensors = new Map<string, StoredTensor>();
  for (const [name, value] of await model.shared.stateDict()) tensors.set(`shared.${name}`, value);
  for (const [task, arena] of model.heads) for (const [name, value] of await arena.stateDict()) tensors.set(`head.${task}.${name}`, value);
  for (const [name, data] of await rule.stateDict?.() ?? []) tensors.set(`method.${name}`, { shape: [data.length], data });
  return writeSafetensors({ tensors, metadata: { model: model.name, position: JSON.stringify(position) } });
}

/** @throws CheckpointError unless the file is that of the same model, tasks and method */
export function loadCheckpoint(bytes: Uint8Array, file: string, model: MultiTaskModel, rule: UpdateRule): Position {
  const { tensors, metadata } = readSafetensors(bytes, file);
  if (metadata.model !== model.name || !metadata.position) throw new CheckpointError(`${file}: expected a checkpoint of model ${model.name}, got ${metadata.model ?? 'something else'}`);
  model.shared.loadStateDict(parameters(tensors, 'shared.'));
  for (const [task, arena] of model.heads) arena.loadStateDict(parameters(tensors, `head.${task}.`));
  rule.loadStateDict?.(new Map([...tensors].flatMap(([name, { data }]) => name.startsWith('method.') && !(data instanceof Int32Array) ? [[name.slice(7), data]] : [])));
  return JSON.parse(metadata.position) as Position;
}

function parameters(tensors: ReadonlyMap<string, StoredTensor>, prefix: string): Map<string, { shape: readonly number[]; data: Float32Array }> {
  return new Map([...tensors].flatMap(([name, { shape, data }]) => name.startsWith(prefix) && data instanceof Float32Array ? [[name.slice(prefix.length), { shape, data }]] : []));
}
