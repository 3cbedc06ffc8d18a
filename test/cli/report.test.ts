import { parseHTML } from 'linkedom';
import { describe, expect, test } from 'vitest';
import { pageOf } from '../../cli/report/page.ts';
import { runReport } from '../../cli/report/run-report.ts';
import type { RunRecord } from '../../cli/report/run-record.ts';
import { checkAnalysis } from '../../cli/report/analysis.ts';
import { ConfigError, DataError } from '../../engine/errors.ts';
import { expectError } from '../support/errors.ts';
import { epoch, run, start } from './runs.ts';

const OWNED: [number[], number[]] = [[0.1, 0.05], [0.3, 0.25]];
const two = [run({ owned: OWNED }), run({ method: 'stl', tests: { mnist: 0.9, 'fashion-mnist': 0.88 } })];

const renderReport = (runs: readonly RunRecord[]): string => pageOf(runReport(runs));
const page = (runs: readonly RunRecord[]): Document => parseHTML(renderReport(runs)).document;
/** The cells of each row, without what is drawn in them. */
const rows = (table: Element | null | undefined): string[][] => [...(table?.querySelectorAll('tr') ?? [])].map((row) => [...row.children].map((cell) => cell.textContent.trim()));
const section = (document: Document, id: string): Element | null => document.querySelector(`section[aria-labelledby="${id}"]`);
const texts = (elements: Iterable<Element>): string[] => [...elements].map((element) => element.textContent);

interface Strip {
  readonly left: number;
  readonly width: number;
}

interface Bar {
  readonly top: number;
  readonly height: number;
}

describe('the numbers', () => {
  test('test accuracy side by side, the best of each column in bold', () => {
    const table = section(page(two), 'summary')?.querySelector('table');
    expect(rows(table)).toEqual([
      ['method', 'mnist', 'fashion-mnist', 'average', 'against stl (95 %)', 'passes', 'wall seconds'],
      ['apo', '97.53', '86.42', '91.97', '+3.0', '1.0', '24.7'],
      ['stl', '90.00', '88.00', '89.00', '–', '1.0', '24.7'],
    ]);
    expect(texts(table?.querySelectorAll('strong') ?? [])).toEqual(['97.53', '91.97', '88.00']);
  });

  test('against single-task learning seed by seed, with its interval; negative transfer stands out', () => {
    const runs = (method: string, ...tests: number[]): RunRecord[] => tests.map((mnist, seed) => run({ method, seed, tests: { mnist } }));
    const document = page([...runs('stl', 0.9, 0.91, 0.89), ...runs('apo', 0.92, 0.91, 0.9), ...runs('pcgrad', 0.85, 0.855, 0.845)]);
    const table = section(document, 'summary')?.querySelector('table');
    // Differences 2, 0, 1 and -5, -5.5, -4.5; t of 2 degrees of freedom is 4.303.
    expect(rows(table).map((row) => row[3])).toEqual(['against stl (95 %)', '–', '+1.0 (-1.5 to +3.5)', '-5.0 (-6.2 to -3.8) negative transfer']);
    expect(texts(table?.querySelectorAll('.negative') ?? [])).toEqual(['-5.0 (-6.2 to -3.8) negative transfer']);
    expect(texts(section(document, 'summary')?.querySelectorAll('svg title') ?? [])).toEqual(['apo\nhere: +1.0 (-1.5 to +3.5)', 'pcgrad\nhere: -5.0 (-6.2 to -3.8)']);
    expect(section(page([run()]), 'summary')?.querySelector('.chart')).toBeNull();
    expect(section(document, 'summary')?.querySelectorAll('.scroll')).toHaveLength(2);
  });

  test('task by task, where the average hides a loss', () => {
    const runs = (method: string, ...tests: [number, number][]): RunRecord[] => tests.map(([mnist, other], seed) => run({ method, seed, tests: { mnist, 'fashion-mnist': other } }));
    const tables = section(page([...runs('stl', [0.9, 0.8], [0.91, 0.81], [0.89, 0.79]), ...runs('apo', [0.85, 0.9], [0.855, 0.91], [0.845, 0.89])]), 'summary')?.querySelectorAll('table');
    expect(rows([...tables ?? []].at(-1))).toEqual([['method', 'mnist (points)', 'fashion-mnist (points)'], ['apo', '-5.0 (-6.2 to -3.8) negative transfer', '+10.0 (+10.0 to +10.0)']]);
  });

  test('how different experts are, as it was kept', () => {
    const rows = ['expert 1', 'expert 2'];
    const kept = { experts: [{ title: 'samples of mnist', rows, columns: rows, values: [[0, 1], [1, 0]], diversity: 0.75 }] };
    const analysis = checkAnalysis(JSON.parse(JSON.stringify(kept)), 'analysis.json');
    expect(analysis).toEqual(kept);
    const shown = section(page([{ ...run(), analysis }]), 'analysis');
    expect(shown?.querySelector('h3')?.textContent).toBe('Diversity of the experts, apo');
    expect(shown?.querySelector('figcaption')?.textContent).toContain('0.750 on samples of mnist');
    expectError(() => checkAnalysis({ experts: [{ ...kept.experts[0], diversity: 2 }] }, 'analysis.json'), DataError, 'experts[0].diversity');
  });

  test('a head says what passes are', () => {
    expect(section(page(two), 'summary')?.querySelector('th[title]')?.outerHTML).toMatch(/^<th scope="col" title="forward passes of training for each batch that was read\..*">passes<\/th>$/);
  });

  test('several seeds of a method are one line, with mean and standard deviation', () => {
    const document = page([run({ seed: 1, tests: { mnist: 0.9 } }), run({ seed: 2, tests: { mnist: 0.94 } })]);
    expect(rows(section(document, 'summary')?.querySelector('table'))[1]).toEqual(['apo', '92.00 ± 2.83', '92.00 ± 2.83', '1.0', '24.7']);
    expect(rows(section(document, 'runs')?.querySelector('table')).slice(1).map((row) => row[2])).toEqual(['1', '2']);
  });

  test('several settings of a method are lines of their own', () => {
    const document = page([run({ options: { damping: 10 } }), run({ options: { damping: 100 } })]);
    expect(rows(section(document, 'summary')?.querySelector('table')).map((row) => row[0])).toEqual(['method', 'apo', 'apo (2)']);
    expect(section(document, 'runs')?.textContent).toContain('damping=100');
  });

  test('each epoch of each chart is in a table', () => {
    const document = page(two);
    expect(rows(section(document, 'tasks')?.querySelectorAll('table')[1]).slice(1)).toEqual([
      ['loss', 'accuracy (%)', 'loss', 'accuracy (%)'],
      ['1', '2.2500', '70.00', '2.2500', '70.00'],
      ['2', '1.5000', '80.00', '1.5000', '80.00'],
    ]);
    expect(rows(section(document, 'ownership')?.querySelector('table')).slice(2)).toEqual([
      ['1', '10.0', '5.0', '5.0', '20.0', '5.0', '10.0', '2.5', '20.0', '85.0'],
      ['2', '30.0', '25.0', '15.0', '20.0', '25.0', '30.0', '12.5', '20.0', '45.0'],
    ]);
  });

  test('hovering tells the values', () => {
    const titles = texts(page(two).querySelectorAll('svg title'));
    expect(titles).toContain('epoch 2\napo: 0.5000\nstl: 0.5000');
    expect(titles).toContain('epoch 2\napo: 80.00 %\nstl: 80.00 %');
    expect(titles).toContain('epoch 1\nowned: 5.0 %\nprotected: 10.0 %\nunclaimed: 85.0 %\nsensitive: 2.5 %\nof these, owned by another: 20.0 %');
    expect(titles).toContain('conv\nmnist: 30.0 %\nfashion-mnist: 25.0 %\nunclaimed: 45.0 %');
  });

  test('the stacked shares fill the chart: owned, protected, unclaimed from the bottom', () => {
    const chart = section(page(two), 'ownership')?.querySelector('svg.plot');
    const [owned, others, unclaimed] = ['owned', 'protected', 'unclaimed'].map((share) => {
      const bar = chart?.querySelectorAll(`rect[fill="var(--${share})"]`)[1];
      return { top: Number(bar?.getAttribute('y')), height: Number(bar?.getAttribute('height')) };
    }) as [Bar, Bar, Bar];
    const total = owned.height + others.height + unclaimed.height;
    expect([owned, others, unclaimed].map(({ height }) => height / total)).toEqual([0.3, 0.25, 0.45].map((share) => expect.closeTo(share, 6) as number));
    expect(unclaimed.top + unclaimed.height).toBeCloseTo(others.top, 6);
    expect(others.top + others.height).toBeCloseTo(owned.top, 6);
  });

  test('the owners of each layer at the end, side by side from left to right', () => {
    const document = page([run({ owned: OWNED }), run({ seed: 8, owned: [[0, 0], [0.1, 0.05]] })]);
    const figure = section(document, 'ownership')?.querySelectorAll('figure')[1];
    expect(rows(figure?.querySelector('table'))).toEqual([['layer', 'mnist', 'fashion-mnist', 'unclaimed'], ['conv', '20.0', '15.0', '65.0'], ['fc', '0.0', '0.0', '100.0']]);
    const [mnist, fashion, unclaimed] = ['series-0', 'series-1', 'unclaimed'].map((colour) => {
      const bar = figure?.querySelector(`.plot rect[fill="var(--${colour})"]`);
      return { left: Number(bar?.getAttribute('x')), width: Number(bar?.getAttribute('width')) };
    }) as [Strip, Strip, Strip];
    expect(mnist.left).toBeLessThan(fashion.left);
    expect(fashion.left).toBeLessThan(unclaimed.left);
    // One unit is left free behind each.
    expect((mnist.width + 1) / (fashion.width + 1)).toBeCloseTo(20 / 15, 6);
    expect((unclaimed.width + 1) / (mnist.width + 1)).toBeCloseTo(65 / 20, 6);
  });

  test('who, where and when', () => {
    const facts = page(two).querySelector('header')?.textContent ?? '';
    for (const fact of ['mnist-pair', 'apo, stl', 'multi-task-cnn', 'SwiftShader', '7', '2026-03-01 12:34 UTC', '55,000 / 5,000 / 10,000']) expect(facts).toContain(fact);
  });
});

describe('the page', () => {
  test('one figure per task and one per method with ownership, each with charts that say what they are and a table', () => {
    const document = page(two);
    const figures = [...document.querySelectorAll('figure')];
    expect(figures.map((figure) => figure.querySelector('h3')?.textContent)).toEqual(['Against single-task learning', 'mnist', 'fashion-mnist', 'apo', 'apo, layer by layer']);
    for (const figure of figures) {
      const charts = [...figure.querySelectorAll('.chart')];
      expect(charts.length).toBeGreaterThan(0);
      expect(charts.every((chart) => chart.getAttribute('role') === 'img' && chart.querySelector('svg.plot') !== null)).toBe(true);
      expect(figure.querySelectorAll('details table')).toHaveLength(1);
    }
    expect([...document.querySelectorAll('.chart')].map((chart) => chart.getAttribute('aria-label'))).toEqual([
      'Difference to stl on average over the tasks, by method',
      'Training loss on mnist against the epoch',
      'Validation accuracy on mnist against the epoch',
      'Training loss on fashion-mnist against the epoch',
      'Validation accuracy on fashion-mnist against the epoch',
      'Ownership of the shared parameters under apo, seen by mnist, against the epoch',
      'Ownership of the shared parameters under apo, seen by fashion-mnist, against the epoch',
      "Owners of each layer's parameters under apo at the end",
    ]);
  });

  test('no ownership, no section on it', () => {
    expect(section(page([run()]), 'ownership')).toBeNull();
  });

  test('is one file that loads nothing and runs nothing', () => {
    const source = renderReport(two);
    expect(source).not.toMatch(/https?:|url\(|@import/);
    const document = page(two);
    expect(document.querySelectorAll('script, link, img, iframe, object, embed, [src], [href]')).toHaveLength(0);
    expect(document.querySelector('meta[http-equiv="Content-Security-Policy"]')?.getAttribute('content')).toBe("default-src 'none'; style-src 'unsafe-inline'");
  });

  test('follows the reader’s choice of light or dark, with a colour for every series', () => {
    const style = page(two).querySelector('style')?.textContent ?? '';
    expect(style).toContain('@media (prefers-color-scheme: dark)');
    const used = new Set<string>(renderReport(Array.from({ length: 30 }, (_, i) => run({ method: `method-${i}` }))).match(/var\(--[\w-]+\)/g));
    for (const property of used) expect(style.split(`${property.slice(4, -1)}:`).length).toBe(3);
  });

  test('is the same every time', () => {
    expect(renderReport(two)).toBe(renderReport(two));
  });
});

describe('what comes from outside', () => {
  const HOSTILE = `</title></style><script>alert("1")</script><img src=x onerror='alert(2)'>&amp;`;

  test('stays text', () => {
    const hostile = run({ method: HOSTILE, tests: { [HOSTILE]: 0.5 }, owned: [[0.1], [0.2]], options: { [HOSTILE]: HOSTILE } });
    const record = { ...hostile, config: { ...hostile.config, dataset: HOSTILE, model: HOSTILE, adapter: HOSTILE, created: HOSTILE, lazygrad: HOSTILE, node: HOSTILE } };
    const document = page([record]);
    expect(document.querySelectorAll('script, img, [onerror], [src]')).toHaveLength(0);
    expect(document.querySelectorAll('style')).toHaveLength(1);
    expect(renderReport([record])).not.toMatch(/<script|<img/);
    expect(document.querySelector('figure h3')?.textContent).toBe(HOSTILE);
    expect(document.querySelector('h1')?.textContent).toBe(`${HOSTILE}: ${HOSTILE}`);
    expect(document.querySelector('.chart')?.getAttribute('aria-label')).toBe(`Training loss on ${HOSTILE} against the epoch`);
  });
});

describe('runs that are not what one hopes for', () => {
  test('one that was interrupted has no result yet', () => {
    const whole = run();
    const document = page([{ ...whole, events: whole.events.slice(0, 2) }]);
    expect(rows(section(document, 'summary')?.querySelector('table'))[1]).toEqual(['apo', '–', '–', '–', '–', '–']);
    expect(section(document, 'runs')?.textContent).toContain('not finished');
    expect(section(document, 'runs')?.textContent).toContain('1 of 2');
  });

  test('one that only began, or did not even begin, still makes a page', () => {
    expect(page([{ ...run(), events: [start()] }]).querySelectorAll('figure')).toHaveLength(2);
    expect(page([{ ...run(), events: [] }]).querySelectorAll('figure')).toHaveLength(0);
  });

  test.each([NaN, Infinity])('a loss of %s is a gap in the line, not a broken chart', (loss) => {
    const mnist = (value: number): Parameters<typeof epoch>[1] => [{ name: 'mnist', loss: value, validation: 0.5 }];
    const source = renderReport([{ ...run(), events: [start('apo', ['mnist']), epoch(1, mnist(1)), epoch(2, mnist(loss)), epoch(3, mnist(0.5))] }]);
    expect([...parseHTML(source).document.querySelectorAll('svg path, svg circle, svg rect')].flatMap((mark) => [...mark.attributes].map(({ value }) => value)).join(' ')).not.toMatch(/NaN|Infinity/);
    expect(rows(parseHTML(source).document.querySelector('figure table')).map((row) => row[1])).toEqual(['apo', 'accuracy (%)', '1.0000', 'NaN', '0.5000']);
  });

  test('none at all, or on different data sets, is an error', () => {
    const other = run();
    expect(() => renderReport([])).toThrow(new ConfigError('a report needs at least one run'));
    expect(() => renderReport([run(), { ...other, config: { ...other.config, dataset: 'ptbxl' } }])).toThrow('these are on mnist-pair, ptbxl');
  });
});
