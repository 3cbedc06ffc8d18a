/** What fast-check draws: those of `lazygrad/testing`, layouts, seeds. Fixed seeds; a failure prints how to repeat it. */
import fc from 'fast-check';
import { FINITE_KINDS } from 'lazygrad/testing';
import type { ValueKind } from 'lazygrad/testing';
import { LAYOUTS } from './layout.ts';
import type { Layout } from './layout.ts';

export { broadcastPairs, shapes, sizes } from 'lazygrad/testing';

export const layouts: fc.Arbitrary<Layout> = fc.constantFrom(...LAYOUTS);
export const seeds: fc.Arbitrary<number> = fc.nat(0xffff);
export const kinds: fc.Arbitrary<ValueKind> = fc.constantFrom(...FINITE_KINDS);

/** Asserts an asynchronous property with a fixed seed. */
export async function holds<T>(arbitrary: fc.Arbitrary<T>, body: (value: T) => Promise<void>, numRuns = 25): Promise<void> {
  await fc.assert(fc.asyncProperty(arbitrary, body), { seed: 1, numRuns });
}
