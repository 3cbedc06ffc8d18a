/** The state of APO as named vectors. Tasks go by name in it, so that it fits an APO whatever the order of its tasks. */
import { CheckpointError } from '../engine/errors.ts';
import type { TaskRegistry } from './tasks.ts';
import type { APOVectors } from './vectors.ts';

export type APOState = ReadonlyMap<string, Float32Array | Uint32Array>;

/** What the host counts. */
export interface Progress {
  readonly epoch: number;
  /** Number of the task whose turn it is, 0 for none. */
  readonly last: number;
}

/** Where a task's number is kept: those numbers are what the owners of the state mean. */
const taskKey = (task: string): string => `task.${task}`;

export async function readState({ registry, saved }: APOVectors, { epoch, last }: Progress): Promise<Map<string, Float32Array | Uint32Array>> {
  const state = new Map<string, Float32Array | Uint32Array>([['epoch', Uint32Array.of(epoch, last)]]);
  for (const task of registry.names) state.set(taskKey(task), Uint32Array.of(registry.id(task)));
  for (const [name, t] of saved) state.set(name, await t.read() as Float32Array | Uint32Array);
  return state;
}

/** @throws CheckpointError unless the state is that of the same tasks, options and arena; then nothing has changed */
export function writeState({ registry, saved }: APOVectors, state: APOState): Progress {
  const ids = translation(state, registry);
  const single = (size: number): Expected => ({ size, whole: true });
  checkVectors(state, new Map([
    ['epoch', single(2)], ...registry.names.map((task) => [taskKey(task), single(1)] as const),
    ...[...saved].map(([name, { size, dtype }]) => [name, { size, whole: dtype === 'uint32' }] as const),
  ]));
  const translate = (id: number, what: string): number => {
    const here = ids.get(id);
    if (here === undefined) throw new CheckpointError(`the APO state has ${what} task number ${id}, which it does not name`);
    return here;
  };
  const [epoch = 0, last = 0] = state.get('epoch') ?? [];
  const progress = { epoch, last: translate(last, 'the turn of') };
  const owner = Uint32Array.from(state.get('owner') ?? [], (word) => ((word & 0xffff_0000) | translate(word & 0xffff, 'a parameter owned by')) >>> 0);
  for (const [name, t] of saved) t.write(name === 'owner' ? owner : state.get(name) ?? []);
  return progress;
}

/** From the numbers that the state has for tasks to those here. @throws CheckpointError unless both know the same tasks */
function translation(state: APOState, registry: TaskRegistry): ReadonlyMap<number, number> {
  const stored = [...state.keys()].filter((key) => key.startsWith(taskKey(''))).map((key) => key.slice(taskKey('').length));
  if ([...stored].sort().join() !== [...registry.names].sort().join()) throw new CheckpointError(`the APO state is that of tasks ${stored.join(', ') || 'none'}, expected ${registry.names.join(', ')}: construct APO with its tasks, load, then addTask or removeTask`);
  const map = new Map([[0, 0], ...stored.map((name) => [state.get(taskKey(name))?.[0] ?? 0, registry.id(name)] as const)]);
  if (map.size !== stored.length + 1) throw new CheckpointError('the APO state gives two tasks the same number');
  return map;
}

interface Expected {
  readonly size: number;
  /** Of whole numbers: a Uint32Array. */
  readonly whole: boolean;
}

/** @throws CheckpointError naming everything that does not fit */
function checkVectors(state: APOState, expected: ReadonlyMap<string, Expected>): void {
  const problems = [...expected].flatMap(([name, { size, whole }]) => {
    const found = state.get(name);
    if (!found) return [`${name} is missing`];
    if (found.length !== size) return [`${name} has ${found.length} values, expected ${size}`];
    return found instanceof Uint32Array === whole ? [] : [`${name} is not ${whole ? 'uint32' : 'float32'}`];
  });
  for (const name of state.keys()) if (!expected.has(name)) problems.push(`${name} is unknown`);
  if (problems.length > 0) throw new CheckpointError(`the state does not fit this APO: ${problems.join('; ')}`);
}
