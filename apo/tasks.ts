/** Tasks by identity: what a claim names is the task's number, which it keeps whatever the order in which tasks are trained or listed. */
import { ConfigError, LimitError } from '../engine/errors.ts';

/** An owner's word has 16 bits for the task. */
const MOST = 65_535;

export class TaskRegistry {
  readonly #ids = new Map<string, number>();

  /** Names in the order in which they were added. */
  get names(): readonly string[] {
    return [...this.#ids.keys()];
  }

  /** Number of a task, from 1. @throws ConfigError for an unknown one */
  id(name: string): number {
    const id = this.#ids.get(name);
    if (id === undefined) throw new ConfigError(`APO knows no task ${name}; there are: ${this.names.join(', ') || 'none'}`);
    return id;
  }

  /** The name of a task, or null. */
  name(id: number): string | null {
    return [...this.#ids].find(([, other]) => other === id)?.[0] ?? null;
  }

  /** The largest number in use; 0 without tasks. */
  get largest(): number {
    return Math.max(0, ...this.#ids.values());
  }

  /** Gives the task the smallest free number. @throws ConfigError when there is one of that name @throws LimitError after 65,535 tasks */
  add(name: string): number {
    if (name === '' || this.#ids.has(name)) throw new ConfigError(`APO needs task names that differ and are not empty, got: ${[...this.names, name].join(', ')}`);
    if (this.#ids.size === MOST) throw new LimitError(`APO keeps at most ${MOST} tasks apart`);
    const taken = new Set(this.#ids.values());
    let id = 1;
    while (taken.has(id)) id++;
    this.#ids.set(name, id);
    return id;
  }

  /** @throws ConfigError for an unknown one */
  remove(name: string): void {
    this.id(name);
    this.#ids.delete(name);
  }

  /** From a task's number to its position in `names`, counted from 1; 0 stays 0. */
  get positions(): ReadonlyMap<number, number> {
    return new Map([[0, 0], ...[...this.#ids.values()].map((id, i) => [id, i + 1] as const)]);
  }
}
