import { expect, test } from 'vitest';
import { waitGently } from '../../engine/node/wait.ts';

const later = (ms: number): Promise<number> => new Promise((resolve) => setTimeout(() => resolve(ms), ms));

test('gives what the promise gives, and its error', async () => {
  expect(await waitGently(Promise.resolve(3))).toBe(3);
  await expect(waitGently(Promise.reject(new Error('no')))).rejects.toThrow('no');
});

test('however many waits there are and were, one turn of the event loop sleeps at most once', async () => {
  // Waits that end at once must leave no sleeping turns behind, or these would add up.
  for (let i = 0; i < 300; i++) await waitGently(Promise.resolve(i));
  await Promise.all(Array.from({ length: 50 }, () => waitGently(later(5))));
  const sleep = Atomics.wait;
  let sleeps = 0;
  let worst = 0;
  Atomics.wait = ((...args: Parameters<typeof sleep>) => {
    sleeps++;
    return sleep(...args);
  }) as typeof sleep;
  try {
    const state = { open: true };
    const waits = Promise.all([waitGently(later(20)), waitGently(later(20)), waitGently(later(20))]).then(() => (state.open = false));
    while (state.open) {
      const before = sleeps;
      await new Promise((resolve) => setImmediate(resolve));
      worst = Math.max(worst, sleeps - before);
    }
    await waits;
  } finally {
    Atomics.wait = sleep;
  }
  expect(sleeps).toBeGreaterThan(0);
  expect(worst).toBeLessThanOrEqual(1);
});
