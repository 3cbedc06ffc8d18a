import { expect, test } from 'vitest';
import { firstStepTable, ratio, summary, table } from '../../../bench/peers/report.ts';
import type { Measured } from '../../../bench/peers/report.ts';

const lazygrad: Measured = { engine: 'lazygrad', firstMs: 50, rounds: [[10, 12, 11], [100, 120, 110], [10, 10, 10]] };

test('a ratio is taken round by round: what slows the machine for a round counts on both sides', () => {
  // 22 / 11, 330 / 110, 25 / 10. Of all times together it would be 25 / 11.
  expect(ratio({ engine: 'peer', rounds: [[22], [330], [25]] }, lazygrad)).toBe(2.5);
});

test('the reference is once itself', () => {
  expect(ratio(lazygrad, lazygrad)).toBe(1);
});

test('an engine with fewer rounds is compared by those', () => {
  expect(ratio({ engine: 'slow', rounds: [[44], [220]] }, lazygrad)).toBe(3);
});

test('no ratio where one of the two has no times, or failed after some', () => {
  expect(ratio({ engine: 'peer', rounds: [] }, lazygrad)).toBeNaN();
  expect(ratio({ engine: 'peer', rounds: [[22]] }, undefined)).toBeNaN();
  expect(ratio({ engine: 'peer', rounds: [[22]], failed: 'crashed' }, lazygrad)).toBeNaN();
  expect(ratio({ engine: 'peer', rounds: [[22]] }, { ...lazygrad, failed: 'crashed' })).toBeNaN();
});

test('a table has a row for each engine, and the reason in place of the times of one that failed', () => {
  const text = table([{ name: 'matmul/256', engines: [lazygrad, { engine: 'tfjs', firstMs: 70, rounds: [[22], [330], [25]] }, { engine: 'jax', firstMs: 99, rounds: [[1]], failed: `wrong value${'!'.repeat(200)}` }] }], 'lazygrad');
  expect(text.split('\n')).toEqual([
    'case        engine    first ms  median ms  least  times lazygrad',
    expect.stringMatching(/^[- ]+$/) as string,
    'matmul/256  lazygrad      50.0       11.0   10.0            1.00',
    '            tfjs          70.0       25.0   22.0            2.50',
    `            jax                                                   failed: wrong value${'!'.repeat(89)}...`,
    '',
  ]);
});

test('of a case, in short: the better of the peers that count', () => {
  const engines = [lazygrad, { engine: 'tfjs', rounds: [[22], [330], [25]] }, { engine: 'jax', rounds: [[40], [440], [40]] }, { engine: 'torch', rounds: [[1], [1], [1]] }, { engine: 'down', rounds: [[1]], failed: 'crashed' }];
  expect(summary({ name: 'a', engines }, 'lazygrad', ['tfjs', 'jax', 'down'])).toEqual({ name: 'a', ms: { lazygrad: 11, tfjs: 25, jax: 40, torch: 1 }, ratioToBestPeer: 2.5 });
  expect(summary({ name: 'a', engines }, 'lazygrad', ['down'])).toMatchObject({ ratioToBestPeer: null });
});

test('without the reference there are times and no ratios', () => {
  expect(table([{ name: 'a', engines: [{ ...lazygrad, failed: 'x' }, { engine: 'tfjs', firstMs: 7, rounds: [[5]] }] }], 'lazygrad')).toContain('tfjs          7.00       5.00   5.00\n');
});

test('first steps: cold, warm, or why not', () => {
  expect(firstStepTable([{ engine: 'lazygrad', coldMs: 1234.4, warmMs: 56.78 }, { engine: 'tfjs', coldMs: 1, warmMs: NaN, failed: 'ended' }]).split('\n').slice(2)).toEqual([
    'lazygrad       1234     56.8', 'tfjs                          failed: ended', '',
  ]);
});
