import { parseHTML } from 'linkedom';
import { describe, expect, test } from 'vitest';
import { experimentReport } from '../../cli/report/experiment-report.ts';
import { pageOf } from '../../cli/report/page.ts';
import type { Result } from '../../experiments/experiment.ts';

const result: Result = {
  paper: { source: 'the paper', setting: { model: 'large', iterations: 100 }, claim: 'less is <more>' },
  ours: {
    setting: { model: 'small', seed: 3 },
    charts: [
      { title: 'one', x: 'iteration', y: 'Δθ', lines: [{ label: 'a', points: [[0, 0], [5, 0.25]] }, { label: 'b', points: [[0, 0], [5, NaN]] }] },
      { title: 'two', x: 'iteration', y: 'Δℓ', lines: [{ label: 'a', points: [[0, 0], [5, -1]] }] },
    ],
    numbers: { a: { moved: 123_456, share: 0.5, low: NaN }, b: { moved: 7, low: -1 } },
  },
  differences: ['smaller', 'faster'],
};
const page = (of: Result): string => pageOf(experimentReport({ id: '2', title: 'lazy', scale: 'smoke', adapter: 'SwiftShader', lazygrad: '0.1.0' }, of));
const { document } = parseHTML(page(result));
const rows = (selector: string): string[][] => [...document.querySelectorAll(`${selector} tr`)].map((row) => [...row.children].map((cell) => cell.textContent.trim()));

describe('the page of an experiment', () => {
  test('draws each chart, a line each, and says what it is', () => {
    const charts = [...document.querySelectorAll('[role=img]')];
    expect(charts.map((chart) => chart.getAttribute('aria-label'))).toEqual(['one: Δθ against the iteration', 'two: Δℓ against the iteration']);
    expect(charts.map((chart) => chart.querySelectorAll('g[aria-label=line]').length)).toEqual([2, 1]);
    expect([...document.querySelectorAll('.legend li')].map((item) => item.textContent)).toEqual(['a', 'b', 'a']);
  });

  test('has every number in a table, the paper beside what was done here, and what differs', () => {
    expect(rows('details table')).toEqual([['iteration', 'a', 'b'], ['0', '0', '0'], ['5', '0.25', 'NaN'], ['iteration', 'a'], ['0', '0'], ['5', '-1']]);
    expect(rows('section[aria-labelledby=result] > .scroll table')).toEqual([['', 'moved', 'share', 'low'], ['a', '123456', '0.5', '–'], ['b', '7', '–', '-1']]);
    expect(rows('section[aria-labelledby=setting] table')).toEqual([['', 'paper', 'here'], ['model', 'large', 'small'], ['iterations', '100', '–'], ['seed', '–', '3']]);
    expect([...document.querySelectorAll('section[aria-labelledby=differences] li')].map((item) => item.textContent)).toEqual(['smaller', 'faster']);
  });

  test('leads to the runs, page by page', () => {
    const links = (runs: string[]): (string | null)[][] => [...parseHTML(pageOf(experimentReport({ id: '2', title: 'lazy', scale: 'smoke', adapter: 'SwiftShader', lazygrad: '0.1.0' }, result, runs))).document.querySelectorAll('section a')].map((link) => [link.getAttribute('href'), link.textContent]);
    expect([links([]), links(['runs.html'])]).toEqual([[], [['runs.html', 'All runs, epoch by epoch']]]);
    expect(links(['runs-a.html', 'runs-b.html'])).toEqual([['runs-a.html', 'All runs, epoch by epoch: a'], ['runs-b.html', 'All runs, epoch by epoch: b']]);
  });

  test('escapes what it is given', () => {
    expect(document.querySelector('header')?.innerHTML).toContain('less is &lt;more&gt;');
  });
});

describe('a table of methods', () => {
  const paper = { columns: ['a', 'average'], rows: [{ label: 'stl', values: [{ mean: 0.9, sd: 0.01 }, { mean: 0.8, sd: NaN }] }, { label: 'apo', values: [{ mean: 0.95, sd: 0.01 }, null] }] };
  const ours = { columns: ['a', 'average'], rows: [{ label: 'stl', values: [{ mean: 0.5, sd: 0.02 }, { mean: 0.4, sd: 0.03 }] }] };
  const against: Result['against'] = { baseline: 'stl', rows: [{ label: 'apo', paper: 0.02, ours: { mean: 0.01, low: -0.01, high: 0.03 } }, { label: 'pcgrad', paper: null, ours: { mean: -0.05, low: NaN, high: NaN } }, { label: 'moe', paper: -0.01, ours: null }] };
  const tables = (of: Result): string[][][] => [...parseHTML(page(of)).document.querySelectorAll('section[aria-labelledby=result] > .scroll table')].map((table) => [...table.querySelectorAll('tr')].map((row) => [...row.children].map((cell) => cell.textContent.trim())));

  test('joins the paper and what was done here where the columns are the same, and has two tables where they are not', () => {
    const [joined] = tables({ ...result, paper: { ...result.paper, table: paper }, ours: { ...result.ours, table: ours } });
    expect(joined).toEqual([
      ['', 'a', 'average'], ['paper', 'here', 'paper', 'here'],
      ['stl', '0.9000 ± 0.0100', '0.5000 ± 0.0200', '0.8000', '0.4000 ± 0.0300'],
      ['apo', '0.9500 ± 0.0100', '–', '–', '–'],
    ]);
    const [theirs, here] = tables({ ...result, paper: { ...result.paper, table: paper }, ours: { ...result.ours, table: { ...ours, columns: ['b', 'average'] } } });
    expect(theirs).toEqual([['', 'a', 'average'], ['stl', '0.9000 ± 0.0100', '0.8000'], ['apo', '0.9500 ± 0.0100', '–']]);
    expect(here?.[0]).toEqual(['', 'b', 'average']);
  });

  test('draws each method against single-task learning: our interval, our point, the paper’s point', () => {
    const figure = [...parseHTML(page({ ...result, against })).document.querySelectorAll('figure')].at(-1);
    const place = (mark: string): number[] => [...figure?.querySelectorAll(`g[aria-label=${mark}]`)[0]?.querySelectorAll('circle') ?? []].map((dot) => Number(dot.getAttribute('cx')));
    const [rule] = figure?.querySelectorAll('g[aria-label=rule] line') ?? [];
    const [interval] = [...figure?.querySelectorAll('g[aria-label=rule] line') ?? []].filter((line) => line.hasAttribute('x1') && line.hasAttribute('x2') && line.getAttribute('x1') !== line.getAttribute('x2'));
    const zero = Number(rule?.getAttribute('x1'));
    const [apo = NaN, pcgrad = NaN] = place('dot');
    expect(pcgrad).toBeLessThan(zero);
    expect(apo).toBeGreaterThan(zero);
    expect((zero - pcgrad) / (apo - zero)).toBeCloseTo(5, 6);
    expect([interval?.getAttribute('x1'), interval?.getAttribute('x2')].map((x) => (Number(x) - zero) / (apo - zero))).toEqual([-1, 3].map((x) => expect.closeTo(x, 6) as number));
    expect(figure?.querySelectorAll('g[aria-label=dot]')[1]?.querySelectorAll('path')).toHaveLength(2);
    expect([...figure?.querySelectorAll('title') ?? []].map((title) => title.textContent)).toEqual(['apo\nhere: +1.0 (-1.0 to +3.0)\npaper: +2.0', 'pcgrad\nhere: -5.0', 'moe\nhere: –\npaper: -1.0']);
    expect([...figure?.querySelectorAll('tbody tr') ?? []].map((row) => [...row.children].map((cell) => cell.textContent))).toEqual([['apo', '+2.0', '+1.0', '-1.0', '+3.0'], ['pcgrad', '–', '-5.0', '–', '–'], ['moe', '-1.0', '–', '–', '–']]);
  });
});
