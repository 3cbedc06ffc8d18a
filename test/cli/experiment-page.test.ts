import { parseHTML } from 'linkedom';
import { describe, expect, test } from 'vitest';
import { renderExperiment } from '../../cli/report/experiment-page.ts';
import type { Result } from '../../experiments/experiment.ts';

const result: Result = {
  paper: { source: 'the paper', setting: { model: 'large', iterations: 100 }, claim: 'less is <more>' },
  ours: {
    setting: { model: 'small', seed: 3 },
    charts: [
      { title: 'one', x: 'iteration', y: 'Δθ', lines: [{ label: 'a', points: [[0, 0], [5, 0.25]] }, { label: 'b', points: [[0, 0], [5, NaN]] }] },
      { title: 'two', x: 'iteration', y: 'Δℓ', lines: [{ label: 'a', points: [[0, 0], [5, -1]] }] },
    ],
    numbers: { a: { moved: 123_456, share: 0.5 }, b: { moved: 7 } },
  },
  differences: ['smaller', 'faster'],
};
const { document } = parseHTML(renderExperiment({ id: '2', title: 'lazy', scale: 'smoke', adapter: 'SwiftShader', lazygrad: '0.1.0' }, result));
const rows = (selector: string): string[][] => [...document.querySelectorAll(`${selector} tr`)].map((row) => [...row.children].map((cell) => cell.textContent.trim()));

describe('the page of an experiment', () => {
  test('draws each chart, a line each, and says what it is', () => {
    const charts = [...document.querySelectorAll('[role=img]')];
    expect(charts.map((chart) => chart.getAttribute('aria-label'))).toEqual(['one: Δθ against the iteration', 'two: Δℓ against the iteration']);
    expect(charts.map((chart) => chart.querySelectorAll('g[aria-label=line]').length)).toEqual([2, 1]);
    expect([...document.querySelectorAll('.legend li')].map((item) => item.textContent)).toEqual(['a', 'b']);
  });

  test('has every number in a table, the paper beside what was done here, and what differs', () => {
    expect(rows('details table')).toEqual([['iteration', 'a', 'b'], ['0', '0', '0'], ['5', '0.25', 'NaN'], ['iteration', 'a'], ['0', '0'], ['5', '-1']]);
    expect(rows('section[aria-labelledby=result] > .scroll table')).toEqual([['', 'moved', 'share'], ['a', '123456', '0.5'], ['b', '7', '–']]);
    expect(rows('section[aria-labelledby=setting] table')).toEqual([['', 'paper', 'here'], ['model', 'large', 'small'], ['iterations', '100', '–'], ['seed', '–', '3']]);
    expect([...document.querySelectorAll('section[aria-labelledby=differences] li')].map((item) => item.textContent)).toEqual(['smaller', 'faster']);
  });

  test('escapes what it is given', () => {
    expect(document.querySelector('header')?.innerHTML).toContain('less is &lt;more&gt;');
  });
});
