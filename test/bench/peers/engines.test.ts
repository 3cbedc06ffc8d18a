import { expect, test } from 'vitest';
import { ENGINES, REFERENCE, areInstalled } from '../../../bench/peers/engines.ts';

test('an engine whose package is not there is missed', () => {
  expect(areInstalled([{ name: 'a', command: [] }, { name: 'b', command: [], needs: 'no-such-package' }])).toBe(false);
});

test('what needs no package of the folder is always there: the reference first, since the others are checked by it', () => {
  expect(areInstalled(ENGINES.filter(({ needs }) => needs === undefined))).toBe(true);
  expect(ENGINES[0]?.name).toBe(REFERENCE);
});
