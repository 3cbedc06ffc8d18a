/** The pages in a browser, opened from disk. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Page } from 'playwright-core';
import { afterAll, describe, expect, test } from 'vitest';
import { experimentReport } from '../../cli/report/experiment-report.ts';
import { pageOf } from '../../cli/report/page.ts';
import { runReport } from '../../cli/report/run-report.ts';
import { openBrowser } from '../support/browser.ts';
import { run } from './runs.ts';

const folder = mkdtempSync(join(tmpdir(), 'lazygrad-page-'));
const browser = await openBrowser();
afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

const matrix = { rows: ['mnist', 'fashion-mnist'], columns: ['mnist', 'fashion-mnist'], values: [[1, -0.25], [-0.25, 1]] };
const PAGES = {
  runs: runReport([
    { ...run({ owned: [[0.1, 0.05], [0.3, 0.25]] }), analysis: { gradientCosines: { tasks: matrix.rows, values: matrix.values }, cka: [{ title: 'embeddings', ...matrix, values: [[1, 0.5], [0.5, 1]] }] } },
    run({ method: 'stl', tests: { mnist: 0.9, 'fashion-mnist': 0.88 } }),
  ]),
  experiment: experimentReport({ id: 'a3', title: 'three sets', scale: 'smoke', adapter: 'SwiftShader', lazygrad: '0.1.0' }, {
    paper: { source: 'the paper', claim: 'apo helps', setting: {} },
    ours: { setting: {}, numbers: {}, charts: [{ title: 'loss', x: 'iteration', y: 'nats', lines: [{ label: 'apo', points: [[0, 2], [10, 1]] }] }] },
    against: { baseline: 'stl', rows: [{ label: 'apo', paper: 0.01, ours: { mean: 0.02, low: -0.01, high: 0.05 } }, { label: 'pcgrad', paper: -0.02, ours: { mean: -0.03, low: -0.04, high: -0.02 } }] },
    differences: [],
  }),
};
/** What hovering over the middle of the chart with this description tells. */
const HOVERED = {
  runs: [['Training loss on mnist against the epoch', 'epoch 2\napo: 0.5000\nstl: 0.5000'], ["Owners of each layer's parameters under apo at the end", 'fc\nmnist: 0.0 %\nfashion-mnist: 0.0 %\nunclaimed: 100.0 %'], ["Cosines between the tasks' gradients under apo", 'fashion-mnist and fashion-mnist: 1.0000']],
  experiment: [['loss: nats against the iteration', 'iteration 10\napo: 1'], ['Difference to stl on average over the tasks, by method, here and in the paper', 'pcgrad\nhere: -3.0 (-4.0 to -2.0)\npaper: -2.0']],
} as const;

for (const [name, report] of Object.entries(PAGES)) writeFileSync(join(folder, `${name}.html`), pageOf(report));

/** The page, and what it asked for and complained of. */
async function open(name: string, colorScheme: 'light' | 'dark', width: number): Promise<{ readonly page: Page; readonly trouble: string[] }> {
  if (!browser) throw new Error('no browser');
  const page = await browser.newPage({ colorScheme, viewport: { width, height: 900 } });
  const trouble: string[] = [];
  const address = pathToFileURL(join(folder, `${name}.html`)).href;
  page.on('console', (message) => trouble.push(message.text()));
  page.on('pageerror', (error) => trouble.push(error.message));
  page.on('request', (request) => request.url() === address || trouble.push(request.url()));
  await page.goto(address);
  return { page, trouble };
}

/** Colours that charts name and the page does not know. */
const unknownColours = (): string[] => [...document.querySelectorAll('.plot [fill^=var], .plot [stroke^=var]')]
  .flatMap((mark) => [mark.getAttribute('fill'), mark.getAttribute('stroke')].flatMap((colour) => /^var\((.*)\)$/.exec(colour ?? '')?.[1] ?? []))
  .filter((name) => getComputedStyle(document.documentElement).getPropertyValue(name) === '');

describe.skipIf(browser === null)(browser ? 'in a browser' : 'in a browser: skipped, none can be started here', () => {
  test.each(Object.keys(PAGES).flatMap((name) => [[name, 'light', 1100], [name, 'dark', 380]] as const))('%s, %s, %i pixels wide: every chart is drawn, nothing is loaded, nothing is wrong, nothing sticks out', async (name, scheme, width) => {
    const { page, trouble } = await open(name, scheme, width);
    const charts = await page.locator('.plot').all();
    expect(charts.length).toBe(await page.locator('.chart').count());
    expect(charts.length).toBeGreaterThan(1);
    for (const chart of charts) {
      const box = await chart.boundingBox();
      expect(box?.width).toBeGreaterThan(100);
      expect(box?.height).toBeGreaterThan(50);
    }
    expect(await page.evaluate(unknownColours)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
    const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    expect(ground).toBe(scheme === 'light' ? 'rgb(255, 255, 255)' : 'rgb(21, 23, 26)');
    expect(trouble).toEqual([]);
    await page.close();
  });

  test.each(['runs', 'experiment'] as const)('%s: the pointer over a chart finds its value, and the place lights up', async (name) => {
    const { page } = await open(name, 'light', 1100);
    for (const [description, value] of HOVERED[name]) {
      // Right of the middle and below it: in the last band, row or cell.
      const target = page.locator(`.chart[aria-label="${description}"] .hover > rect`).last();
      await target.hover();
      expect(await target.evaluate((rect) => rect.querySelector('title')?.textContent)).toBe(value);
      expect(await target.evaluate((rect) => getComputedStyle(rect).fill)).not.toBe('rgba(0, 0, 0, 0)');
    }
    await page.close();
  });
});
