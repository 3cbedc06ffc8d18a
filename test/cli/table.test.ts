import { expect, test } from 'vitest';
import { renderTable, right } from '../../cli/table.ts';

test('text goes to the left, numbers to the right, and no line ends in spaces', () => {
  const table = renderTable(['method', right('mnist'), 'note'], [
    ['apo', '97.5', 'ours'],
    ['equal-weights', '100', ''],
  ]);
  expect(table).toBe(['method         mnist  note', '-------------  -----  ----', 'apo             97.5  ours', 'equal-weights    100', ''].join('\n'));
});

test('a row may be short, and an astral character is one character', () => {
  expect(renderTable(['a', right('b')], [['𝛼'], ['xy', '1']])).toBe(['a   b', '--  -', '𝛼', 'xy  1', ''].join('\n'));
});
