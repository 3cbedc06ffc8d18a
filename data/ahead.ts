/** Making things before they are asked for. */

/** Enough to read while a step runs, few enough to keep memory bounded. */
const DEPTH = 3;

/**
 * What `source` yields, in its order, with the next ones begun while one is used. A failure is thrown where the item would have come.
 * @param depth how many are begun and not yet asked for, at most; from 1
 */
export async function* ahead<T>(source: Iterator<T | Promise<T>>, depth: number = DEPTH): AsyncGenerator<T, void, undefined> {
  let begun: (T | Promise<T>)[] = [];
  let more = true;
  const fill = (): void => {
    while (more && begun.length < depth) {
      const next = source.next();
      if (next.done) more = false;
      else {
        // Until it is its turn, a failure is nobody's.
        if (next.value instanceof Promise) next.value.catch(() => undefined);
        begun.push(next.value);
      }
    }
  };
  fill();
  while (begun.length > 0) {
    const [first, ...rest] = begun;
    const item = await first;
    begun = rest;
    fill();
    yield item as T;
  }
}
