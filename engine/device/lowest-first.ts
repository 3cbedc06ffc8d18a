/**
 * Free buffers, handed out lowest number first (a binary heap). A pass that is repeated then gets the buffers it got before, and so the bind
 * groups; last in, first out would give it another permutation every time.
 */
export class LowestFirst<T extends { readonly id: number }> {
  readonly #heap: T[] = [];

  push(item: T): void {
    const heap = this.#heap;
    let at = heap.push(item) - 1;
    while (at > 0) {
      const up = (at - 1) >> 1;
      const parent = heap[up];
      if (!parent || parent.id <= item.id) break;
      heap[at] = parent;
      at = up;
    }
    heap[at] = item;
  }

  /** The item of the lowest number, or nothing. */
  pop(): T | undefined {
    const heap = this.#heap;
    const lowest = heap[0];
    const item = heap.pop();
    if (!item || item === lowest) return lowest;
    let at = 0;
    for (;;) {
      const [left, right] = [heap[2 * at + 1], heap[2 * at + 2]];
      const isRight = left !== undefined && right !== undefined && right.id < left.id;
      const child = isRight ? right : left;
      if (!child || child.id >= item.id) break;
      heap[at] = child;
      at = 2 * at + (isRight ? 2 : 1);
    }
    heap[at] = item;
    return lowest;
  }
}
