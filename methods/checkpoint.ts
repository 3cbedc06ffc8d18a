/** The whole state of a run: parameters, the method's own state, and where in the data it is. */
import { CheckpointError, readSafetensors, writeSafetensors } from '../engine/index.ts';
import type { Generator, StoredTensor } from '../engine/index.ts';
import type { ModelValue, MultiTaskModel } from '../models/index.ts';
import type { UpdateRule } from './method.ts';
import { Selection } from './selection.ts';
import type { Work } from './steps.ts';
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
  /** Done since the start of the run. */
  readonly work: Work;
  /** What decides the steps of the epoch under way: a run can go on in the middle of one only with the same. */
  readonly plan: string;
}

const CHOSEN = 'chosen.';

/** Serialised as safetensors: the model's state, `method.*`, and `chosen.*`, the states of epochs that were best so far. */
export async function saveCheckpoint(model: MultiTaskModel, rule: UpdateRule, position: Position, selection?: Selection): Promise<Uint8Array<ArrayBuffer>> {
  const tensors = new Map<string, StoredTensor>(await model.stateDict());
  for (const [name, data] of await rule.stateDict?.() ?? []) tensors.set(`method.${name}`, { shape: [data.length], data });
  for (const [name, tensor] of selection?.stored.tensors ?? []) tensors.set(CHOSEN + name, tensor);
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
  model.loadStateDict(currentOf(tensors));
  selection?.restore(metadata.chosen ?? '', chosenOf(tensors));
  rule.loadStateDict?.(vectors(tensors, 'method.'));
  for (const [i, generator] of generators.entries()) generator.state = streams[i] ?? 0;
  return position;
}

/** The model's state as it was at that time. */
function currentOf(tensors: ReadonlyMap<string, StoredTensor>): Map<string, ModelValue> {
  return floats([...tensors].filter(([name]) => !name.startsWith('method.') && !name.startsWith(CHOSEN)));
}

/** Those that were best so far, each named. */
function chosenOf(tensors: ReadonlyMap<string, StoredTensor>): Map<string, ModelValue> {
  return floats([...tensors].flatMap(([name, tensor]) => name.startsWith(CHOSEN) ? [[name.slice(CHOSEN.length), tensor] as const] : []));
}

export const WHICH = ['chosen', 'last'] as const;

/** `chosen`: what the run's selection has chosen so far, or the last where it chooses none. `last`: as it was when the checkpoint was taken. */
export type Which = (typeof WHICH)[number];

/**
 * The model alone, for use: takes over the state that a checkpoint of any method holds.
 * @param task for a run that has chosen for each task apart, whose choice is taken; default the choice for all on average
 * @returns after how many epochs it was so, or in the midst of the one after those
 * @throws CheckpointError unless the file is that of the same model; then nothing has changed
 */
export function loadModelState(bytes: Uint8Array, file: string, model: MultiTaskModel, which: Which = 'chosen', task?: string): number {
  const { tensors, metadata } = readSafetensors(bytes, file);
  if (metadata.model !== model.name || !metadata.position) throw new CheckpointError(`${file}: expected a checkpoint of model ${model.name}, got ${metadata.model ?? 'something else'}`);
  const { epoch } = parsePosition(metadata.position, file, [...model.heads.keys()]);
  const selection = new Selection('last', []);
  selection.restore(metadata.chosen ?? '', chosenOf(tensors));
  const choice = which === 'last' ? null : task === undefined ? selection.best : selection.of(task);
  model.loadStateDict(choice?.state ?? currentOf(tensors));
  return choice ? choice.epoch + 1 : epoch;
}

const generatorsOf = ({ generator, generators }: MultiTaskModel): readonly Generator[] => [generator, ...generators.values()];

function vectors(tensors: ReadonlyMap<string, StoredTensor>, prefix: string): Map<string, Float32Array | Uint32Array> {
  return new Map([...tensors].flatMap(([name, { data }]) => name.startsWith(prefix) && (data instanceof Float32Array || data instanceof Uint32Array) ? [[name.slice(prefix.length), data]] : []));
}

/** @throws CheckpointError for a tensor of another type */
export function floats(tensors: readonly (readonly [string, StoredTensor])[]): Map<string, ModelValue> {
  return new Map(tensors.map(([name, { shape, data }]) => {
    if (!(data instanceof Float32Array)) throw new CheckpointError(`${name} is not of float32`);
    return [name, { shape, data }];
  }));
}

type ByTask = 'lossSums' | 'targetCounts' | 'initialLosses';

/** As it lies in the file: what goes by task is a list of [task, number]. */
type StoredPosition = Omit<Position, ByTask> & Readonly<Record<ByTask, readonly (readonly [string, number])[]>>;

function parsePosition(json: string, file: string, tasks: readonly string[]): Position {
  const { epoch, step, order, lossSums, targetCounts, initialLosses, work, plan } = JSON.parse(json) as Partial<StoredPosition>;
  if (epoch === undefined || step === undefined || !order || !Array.isArray(lossSums) || !targetCounts || !initialLosses || !work || plan === undefined) {
    throw new CheckpointError(`${file}: does not say where in the training it was taken as this version of lazygrad does`);
  }
  if (!isOrderOf(order, tasks)) throw new CheckpointError(`${file}: expected the tasks ${tasks.join(', ')}, got ${order.join(', ')}`);
  return { epoch, step, order, lossSums: new Map(lossSums), targetCounts: new Map(targetCounts), initialLosses: new Map(initialLosses), work, plan };
}
