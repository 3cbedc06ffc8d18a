/** Ranges that are to be zeros, and are not yet: they are cleared when something touches them, and never if what comes first writes all of them. */
import type { Storage } from './memory.ts';
import type { Binding } from './stream.ts';

interface Range {
  readonly start: number;
  readonly end: number;
}

const rangeOf = ({ offset, size }: Binding): Range => ({ start: offset, end: offset + size });
const overlap = (a: Range, b: Range): boolean => a.start < b.end && b.start < a.end;
/** What is left of a range without another, before and behind it. */
const without = (range: Range, other: Range): Range[] => overlap(range, other)
  ? [{ start: range.start, end: other.start }, { start: other.end, end: range.end }].filter(({ start, end }) => start < end)
  : [range];

export class PendingClears {
  readonly #ranges = new Map<Storage, Range[]>();

  get isEmpty(): boolean {
    return this.#ranges.size === 0;
  }

  add(binding: Binding): void {
    const range = rangeOf(binding);
    const others = this.#ranges.get(binding.storage) ?? [];
    this.#ranges.set(binding.storage, [...others.flatMap((other) => without(other, range)), range]);
  }

  /** Drops the clear of a range that nothing has touched, and tells whether it could: else some of it holds values, or other zeros. */
  drop(binding: Binding): boolean {
    const claimed = rangeOf(binding);
    const ranges = this.#ranges.get(binding.storage) ?? [];
    if (!ranges.some((range) => range.start <= claimed.start && claimed.end <= range.end)) return false;
    this.#keep(binding.storage, ranges.flatMap((range) => without(range, claimed)));
    return true;
  }

  /** Those that share bytes with a range; they are pending no more. */
  take(binding: Binding): Binding[] {
    const ranges = this.#ranges.get(binding.storage);
    if (!ranges) return [];
    const touched = rangeOf(binding);
    this.#keep(binding.storage, ranges.filter((range) => !overlap(range, touched)));
    return bindings(binding.storage, ranges.filter((range) => overlap(range, touched)));
  }

  takeAll(): Binding[] {
    const all = [...this.#ranges].flatMap(([storage, ranges]) => bindings(storage, ranges));
    this.#ranges.clear();
    return all;
  }

  #keep(storage: Storage, ranges: Range[]): void {
    if (ranges.length > 0) this.#ranges.set(storage, ranges);
    else this.#ranges.delete(storage);
  }
}

/** Of a storage that was freed nothing is left to clear. */
function bindings(storage: Storage, ranges: readonly Range[]): Binding[] {
  return storage.alive ? ranges.map(({ start, end }) => ({ storage, offset: start, size: end - start })) : [];
}
