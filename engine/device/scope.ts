/** Memory that ends with a stretch of the program. */
import type { Memory, Storage } from './memory.ts';

/** A stretch of a program whose allocations end with it. */
export class Scope implements Disposable {
  readonly #memory: Memory;
  readonly #set: Set<Storage>;

  constructor(memory: Memory) {
    this.#memory = memory;
    this.#set = memory.openScope();
  }

  [Symbol.dispose](): void {
    this.#memory.closeScope(this.#set);
  }
}
