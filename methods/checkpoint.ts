/** The whole state of a run: parameters, the method's own state, and where in the data it is. */
import { CheckpointError, readSafetensors, writeSafetensors } from '../engine/index.ts';
import type { Generator, StoredTensor } from '../engine/index.ts';
import type { MultiTaskModel } from '../models/index.ts';
import type { UpdateRule } from './method.ts';
import type { ModelState, Selection } from './selection.ts';
import { isOrderOf } from './task-order.ts';
import type { Losses } from './task-order.ts';

/** Where a run stands. Tasks go by name. */
export interface Position {
  /** Counted from 0. */
  readonly epoch: number;
  /** Steps of this epoch that are done. */
  readonly step: number;
  /** The tasks in the order of this epoch. */
  readonly order: readonly string[];
  /** Sum of the losses of this epoch's targets so far. */
  readonly lossSums: Losses;
  /** How many targets they are of. */
  readonly targetCounts: ReadonlyMap<string, number>;
  /** Mean losses of the first epoch; empty until it is over. */
  readonly initialLosses: Losses;
  /** What decides the steps of the epoch under way: a run can go on in the middle of one only with the same. */
  readonly plan: string;
}

/** All that a model has learnt: `shared.*`, `head.TASK.*`, `statistics.LAYER.TASK.*`. */
export async function modelState(model: MultiTaskModel): Promise<Map<string, StoredTensor>> {
  const tensors = new Map<string, StoredTensor>();
  for (const [name, value] of await model.shared.stateDict()) tensors.set(`shared.${name}`, value);
  for (const [task, arena] of model.heads) for (const [name, value] of await arena.stateDict()) tensors.set(`head.${task}.${name}`, value);
  for (const [name, data] of await model.statistics.stateDict()) tensors.set(`statistics.${name}`, { shape: [data.length], data });
  return tensors;
}

/** @throws CheckpointError unless the tensors are those of the same model */
export function loadModelState(model: MultiTaskModel, tensors: ModelState): void {
  model.shared.loadStateDict(parameters(tensors, 'shared.'));
  for (const [task, arena] of model.heads) arena.loadStateDict(parameters(tensors, `head.${task}.`));
  model.statistics.loadStateDict(vectors(tensors, 'statistics.'));
}

/** Serialised as safetensors: the model's state, `method.*`, and `chosen.*`, the states of epochs that were best so far. */
export async function saveCheckpoint(model: MultiTaskModel, rule: UpdateRule, position: Position, selection?: Selection): Promise<Uint8Array<ArrayBuffer>> {
  const tensors = await modelState(model);
  for (const [name, data] of await rule.stateDict?.() ?? []) tensors.set(`method.${name}`, { shape: [data.length], data });
  for (const [name, tensor] of selection?.stored.tensors ?? []) tensors.set(`chosen.${name}`, tensor);
  return writeSafetensors({ tensors, metadata: { chosen: selection?.stored.facts ?? '[]', model: model.name, streams: generatorsOf(model).map(({ state }) => state).join(' '), position: JSON.stringify(position, (_key, value: unknown) => value instanceof Map ? [...value] : value) } });
}

/** @throws CheckpointError unless the file is that of the same model, tasks and method */
export function loadCheckpoint(bytes: Uint8Array, file: string, model: MultiTaskModel, rule: UpdateRule, selection?: Selection): Position {
  const { tensors, metadata } = readSafetensors(bytes, file);
  if (metadata.model !== model.name || !metadata.position) throw new CheckpointError(`${file}: expected a checkpoint of model ${model.name}, got ${metadata.model ?? 'something else'}`);
  const position = parsePosition(metadata.position, file, [...model.heads.keys()]);
  const generators = generatorsOf(model);
  const streams = (metadata.streams ?? '').split(' ').map((stream) => stream === '' ? NaN : Number(stream));
  if (streams.length !== generators.length || streams.some((stream) => !Number.isSafeInteger(stream) || stream < 0)) throw new CheckpointError(`${file}: does not say how many random numbers were drawn`);
  loadModelState(model, tensors);
  selection?.restore(metadata.chosen ?? '', new Map([...tensors].flatMap(([name, tensor]) => name.startsWith('chosen.') ? [[name.slice('chosen.'.length), tensor] as const] : [])));
  rule.loadStateDict?.(vectors(tensors, 'method.'));
  for (const [i, generator] of generators.entries()) generator.state = streams[i] ?? 0;
  return position;
}

const generatorsOf = ({ generator, generators }: MultiTaskModel): readonly Generator[] => [generator, ...generators.values()];

function vectors(tensors: ReadonlyMap<string, StoredTensor>, prefix: string): Map<string, Float32Array | Uint32Array> {
  return new Map([...tensors].flatMap(([name, { data }]) => name.startsWith(prefix) && (data instanceof Float32Array || data instanceof Uint32Array) ? [[name.slice(prefix.length), data]] : []));
}

function parameters(tensors: ReadonlyMap<string, StoredTensor>, prefix: string): Map<string, { shape: readonly number[]; data: Float32Array }> {
  return new Map([...tensors].flatMap(([name, { shape, data }]) => name.startsWith(prefix) && data instanceof Float32Array ? [[name.slice(prefix.length), { shape, data }]] : []));
}

type ByTask = 'lossSums' | 'targetCounts' | 'initialLosses';
/** As it lies in the file: what goes by task is a list of [task, number]. */
type StoredPosition = Omit<Position, ByTask> & Readonly<Record<ByTask, readonly (readonly [string, number])[]>>;

function parsePosition(json: string, file: string, tasks: readonly string[]): Position {
  const { epoch, step, order, lossSums, targetCounts, initialLosses, plan } = JSON.parse(json) as Partial<StoredPosition>;
  if (epoch === undefined || step === undefined || !order || !Array.isArray(lossSums) || !targetCounts || !initialLosses || plan === undefined) {
    throw new CheckpointError(`${file}: does not say where in the training it was taken as this version of lazygrad does`);
  }
  if (!isOrderOf(order, tasks)) throw new CheckpointError(`${file}: expected the tasks ${tasks.join(', ')}, got ${order.join(', ')}`);
  return { epoch, step, order, lossSums: new Map(lossSums), targetCounts: new Map(targetCounts), initialLosses: new Map(initialLosses), plan };
}
