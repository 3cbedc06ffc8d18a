import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ahead } from '../../data/ahead.ts';
import { collect } from '../support/collect.ts';

test('everything comes in its order, whichever is done first, and no more than the depth is begun', async () => {
  await fc.assert(fc.asyncProperty(fc.array(fc.nat(4), { maxLength: 12 }), fc.integer({ min: 1, max: 5 }), async (delays, depth) => {
    let begun = 0;
    let used = 0;
    function* source(): Generator<Promise<number>> {
      for (const [i, ticks] of delays.entries()) {
        begun++;
        expect(begun - used).toBeLessThanOrEqual(depth + 1);
        yield (async () => {
          for (let tick = 0; tick < ticks; tick++) await Promise.resolve();
          return i;
        })();
      }
    }
    const got: number[] = [];
    for await (const item of ahead(source(), depth)) {
      got.push(item);
      // The next ones are under way while this one is used.
      expect(begun).toBe(Math.min(delays.length, got.length + depth));
      used++;
    }
    expect(got).toEqual([...delays.keys()]);
  }), { numRuns: 60 });
});

test('a failure is thrown in its place, and one that nobody came to is not unhandled', async () => {
  const fail = (message: string): Promise<number> => Promise.reject(new Error(message));
  const got: number[] = [];
  await expect((async () => {
    for await (const item of ahead([1, Promise.resolve(2), fail('third'), fail('fourth')][Symbol.iterator]())) got.push(item);
  })()).rejects.toThrow('third');
  expect(got).toEqual([1, 2]);
  expect(await collect(ahead([][Symbol.iterator]()))).toEqual([]);
});
