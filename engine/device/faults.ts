/**
 * What kernels find wrong with the data, where only they can see it: an index out of range. The first finding is kept on the device and
 * becomes an error at the next read-back or wait; the kernel's result is NaN there, or what it documents.
 */
import { IndexError } from '../errors.ts';
import type { Memory, Storage } from './memory.ts';
import type { Binding } from './stream.ts';

/** How many, the code of the first, what it got; see `kernels/parts/faults.wgsl`. */
const WORDS = 4;

export class Faults {
  readonly #storage: Storage;
  readonly #messages: string[] = [];
  readonly #codes = new Map<string, number>();
  #armed = false;

  constructor(memory: Memory) {
    this.#storage = memory.allocate(WORDS * 4);
  }

  /** The code by which a kernel reports. @param expectation the operation and what it expected: `gather: expected indices from 0 to 6` */
  code(expectation: string): number {
    let code = this.#codes.get(expectation);
    if (code === undefined) this.#codes.set(expectation, (code = this.#messages.push(expectation) - 1));
    return code;
  }

  /** Where kernels report to. */
  get binding(): Binding {
    this.arm();
    return { storage: this.#storage, offset: 0, size: WORDS * 4 };
  }

  /** True if a captured step that uses these storages may report. */
  among(storages: readonly Storage[]): boolean {
    return storages.includes(this.#storage);
  }

  get arePending(): boolean {
    return this.#armed;
  }

  /** Something that may report was recorded. */
  arm(): void {
    this.#armed = true;
  }

  /** Where the report of all that was recorded so far is to be copied from, and cleared; null if nothing can have reported. */
  take(): Binding | null {
    const taken = this.#armed ? this.binding : null;
    this.#armed = false;
    return taken;
  }

  /** @throws IndexError if the copied words say so */
  check(words: Uint32Array): void {
    const [count = 0, code = 0, got = 0] = words;
    if (count === 0) return;
    throw new IndexError(`${this.#messages[code] ?? 'a kernel'}, got ${got | 0}${count > 1 ? ` (and ${count - 1} more)` : ''}`);
  }
}
