/** The state of APO as named vectors. Tasks go by name in it, so that it fits an APO whatever the order of its tasks. */
import { CheckpointError } from '../engine/errors.ts';
import type { TaskRegistry } from './tasks.ts';

export type APOState = ReadonlyMap<string, Float32Array | Uint32Array>;

/** The key under which a task's number is kept: those numbers are what the owners of the state mean. */
export function taskKey(task: string): string {
  return `task.${task}`;
}

/**
 * From the numbers that the state has for tasks to those that this APO has.
 * @throws CheckpointError unless both know the same tasks
 */
export function translation(state: APOState, registry: TaskRegistry): ReadonlyMap<number, number> {
  const stored = [...state.keys()].filter((key) => key.startsWith('task.')).map((key) => key.slice(5));
  const missing = registry.names.filter((name) => !stored.includes(name));
  const unknown = stored.filter((name) => !registry.names.includes(name));
  if (missing.length > 0 || unknown.length > 0) throw new CheckpointError(`the APO state is that of tasks ${stored.join(', ') || 'none'}, expected ${registry.names.join(', ')}: construct APO with its tasks, load, then addTask or removeTask`);
  const map = new Map([[0, 0], ...stored.map((name) => [state.get(taskKey(name))?.[0] ?? 0, registry.id(name)] as const)]);
  if (map.size !== stored.length + 1) throw new CheckpointError('the APO state gives two tasks the same number');
  return map;
}

/** Owners' words with the tasks' numbers replaced; ages stay. @throws CheckpointError for an owner that is no task */
export function translateOwners(words: Float32Array | Uint32Array, map: ReadonlyMap<number, number>): Uint32Array {
  return Uint32Array.from(words, (word) => {
    const id = map.get(word & 0xffff);
    if (id === undefined) throw new CheckpointError(`the APO state has a parameter owned by task number ${word & 0xffff}, which it does not name`);
    return ((word & 0xffff_0000) | id) >>> 0;
  });
}

/** @param expected number of values and kind by name @throws CheckpointError naming everything that does not fit */
export function checkState(state: APOState, expected: ReadonlyMap<string, { readonly size: number; readonly whole: boolean }>): void {
  const problems = [...expected].flatMap(([name, { size, whole }]) => {
    const found = state.get(name);
    if (!found) return [`${name} is missing`];
    if (found.length !== size) return [`${name} has ${found.length} values, expected ${size}`];
    return found instanceof Uint32Array === whole ? [] : [`${name} is not ${whole ? 'uint32' : 'float32'}`];
  });
  for (const name of state.keys()) if (!expected.has(name)) problems.push(`${name} is unknown`);
  if (problems.length > 0) throw new CheckpointError(`the state does not fit this APO: ${problems.join('; ')}`);
}
