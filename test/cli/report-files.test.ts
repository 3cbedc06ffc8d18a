/** Reports as Markdown and as pictures, and from what folders they are made. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseHTML } from 'linkedom';
import sharp from 'sharp';
import { afterAll, describe, expect, test } from 'vitest';
import type { RunAnalysis } from '../../cli/report/analysis.ts';
import { checkAnalysis } from '../../cli/report/analysis.ts';
import { markdownOf } from '../../cli/report/markdown.ts';
import { LIGHT } from '../../cli/report/palette.ts';
import type { RunRecord } from '../../cli/report/run-record.ts';
import { runReport } from '../../cli/report/run-report.ts';
import { writeReportFiles } from '../../cli/report-files.ts';
import { reportOn } from '../../cli/report-source.ts';
import { DataError } from '../../engine/errors.ts';
import { run } from './runs.ts';

const folder = mkdtempSync(join(tmpdir(), 'lazygrad-report-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ANALYSIS: RunAnalysis = {
  gradientCosines: { tasks: ['mnist', 'fashion-mnist'], values: [[1, -0.25], [-0.25, NaN]] },
  cka: [{ title: 'stages', rows: ['conv', 'fc'], columns: ['conv', 'fc'], values: [[1, 0.5], [0.5, 0.75]] }],
};
const owners = { ...run({ owned: [[0.1, 0.05], [0.3, 0.25]] }), analysis: ANALYSIS };
const report = runReport([owners, run({ method: 'stl', tests: { mnist: 0.9, 'fashion-mnist': 0.95 } })]);
const CHARTS = ['against-stl', 'cka-apo-stages', 'gradients-apo', 'loss-fashion-mnist', 'loss-mnist', 'owners-apo', 'shares-apo-fashion-mnist', 'shares-apo-mnist', 'validation-fashion-mnist', 'validation-mnist'];

describe('Markdown', () => {
  const lines = markdownOf(report, ({ name }) => `${name.replaceAll(' ', '_')}.svg`).split('\n');

  test('has every table and a link to every picture', () => {
    expect(lines[0]).toBe('# mnist-pair: apo, stl');
    expect(lines).toContain('| method | mnist | fashion-mnist | average | against stl (95 %) | passes | wall seconds |');
    expect(lines).toContain('| apo | **97.53** | 86.42 | 91.97 | -0.5 | 1.0 | 24.7 |');
    expect(lines).toContain('| epoch | apo, loss | apo, accuracy (%) | stl, loss | stl, accuracy (%) |');
    expect(lines).toContain('| 2 | 0.5000 | 80.00 | 0.5000 | 80.00 |');
    expect(lines).toContain('| conv | 30.0 | 25.0 | 45.0 |');
    expect(lines.filter((line) => line.startsWith('!['))).toHaveLength(CHARTS.length);
    expect(lines).toContain('![Training loss on fashion-mnist against the epoch](loss_fashion-mnist.svg)');
    // Each line of a table has as many cells as its head.
    const widths = lines.map((line) => line.startsWith('| ') ? line.split(' | ').length : 0);
    expect(widths.every((width, i) => width === 0 || !widths[i - 1] || width === widths[i - 1])).toBe(true);
  });

  test('what comes from outside stays text', () => {
    const text = markdownOf(runReport([run({ method: '<img src=x>|*a*\n# b', tests: { '[t](x)': 0.5 } })]), () => 'x.svg');
    expect(text).toContain('| \\<img src=x\\>\\|\\*a\\* \\# b |');
    expect(text).toContain('### \\[t\\](x)');
    expect(text).not.toMatch(/[^\\]<img|^# b/m);
  });
});

describe('files', () => {
  test('Markdown, its pictures beside it, each by itself in plain colours with title and legend', async () => {
    const out = join(folder, 'markdown');
    const files = await writeReportFiles(report, 'markdown', out);
    expect(files[0]).toBe(join(out, 'report.md'));
    const linked = [...readFileSync(join(out, 'report.md'), 'utf8').matchAll(/\]\((report-charts\/.*?)\)/g)].map(([, path]) => path ?? '');
    expect(linked).toHaveLength(CHARTS.length);
    expect(linked.every((path) => existsSync(join(out, path)))).toBe(true);
    expect(readdirSync(join(out, 'report-charts')).sort()).toEqual(CHARTS.map((name) => `${name}.svg`));
    for (const path of linked) expect(readFileSync(join(out, path), 'utf8')).not.toMatch(/var\(|="[^"]*(NaN|undefined)|url\(|href/);
    const picture = readFileSync(join(out, 'report-charts/shares-apo-mnist.svg'), 'utf8');
    expect(picture).toContain(LIGHT.owned);
    const { document } = parseHTML(picture);
    const texts = [...document.querySelectorAll('text')].map(({ textContent }) => textContent);
    expect(texts.join(' ')).toContain('Ownership of the shared parameters under apo, seen by mnist, against the epoch');
    expect(texts).toContain('protected from it: owned by another');
  });

  test('a PNG of each chart, twice as fine as it is drawn', async () => {
    const out = join(folder, 'png');
    const files = await writeReportFiles(report, 'png', out);
    expect(files.map((file) => file.slice(out.length + 1)).sort()).toEqual(CHARTS.map((name) => `${name}.png`));
    const image = sharp(join(out, 'owners-apo.png'));
    expect((await image.metadata()).width).toBe(2 * (640 + 24));
    const { data, info } = await image.removeAlpha().raw().toBuffer({ resolveWithObject: true });
    const colours = new Set(Array.from({ length: info.width * info.height }, (_, i) => `#${Buffer.from(data.subarray(3 * i, 3 * i + 3)).toString('hex')}`));
    for (const colour of ['#ffffff', LIGHT.series[0], LIGHT.series[1], LIGHT.unclaimed]) expect(colours).toContain(colour);
  });

  test('charts of the same name do not overwrite each other', async () => {
    const files = await writeReportFiles(runReport([run({ tests: { 'a b': 0.5, 'A/B': 0.6, '数': 0.7 } })]), 'svg', join(folder, 'names'));
    expect(new Set(files).size).toBe(files.length);
    expect(files.map((file) => file.slice(folder.length + 7))).toEqual(['loss-a-b.svg', 'validation-a-b.svg', 'loss-a-b-2.svg', 'validation-a-b-2.svg', 'loss.svg', 'validation.svg']);
  });
});

describe('sources', () => {
  const keep = (path: string, { config, events, analysis }: RunRecord): void => {
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, 'config.json'), JSON.stringify(config));
    writeFileSync(join(path, 'metrics.jsonl'), events.map((event) => `${JSON.stringify(event)}\n`).join(''));
    if (analysis) writeFileSync(join(path, 'analysis.json'), JSON.stringify(analysis));
  };

  test('a folder of runs is a report on all of them, the oldest first, with what was measured on their models', async () => {
    const later = run({ method: 'stl' });
    keep(join(folder, 'compare/a'), { ...later, config: { ...later.config, created: '2026-03-02T00:00:00.000Z' } });
    keep(join(folder, 'compare/b'), owners);
    const found = await reportOn([join(folder, 'compare')]);
    expect(found.title).toBe('mnist-pair: apo, stl');
    expect(found.sections.map(({ id }) => id)).toEqual(['summary', 'tasks', 'ownership', 'analysis', 'runs']);
    await expect(reportOn([join(folder, 'nothing')])).rejects.toThrow(/nothing' is not a run, nor a folder of runs/);
  });

  test('an experiment is reported on from its result', async () => {
    const path = join(folder, 'experiment');
    mkdirSync(path);
    writeFileSync(join(path, 'experiment.json'), '{}');
    const result = { id: 'a3', title: 't', scale: 'smoke', adapter: { name: 'SwiftShader' }, lazygrad: '0.1.0', paper: { source: 's', claim: 'c', setting: {} }, ours: { setting: {}, charts: [], numbers: { apo: { seconds: NaN } } }, against: { baseline: 'stl', rows: [{ label: 'apo', paper: null, ours: { mean: 0.1, low: NaN, high: NaN } }] }, differences: ['d'] };
    writeFileSync(join(path, 'result.json'), JSON.stringify(result));
    const found = await reportOn([path]);
    expect(found.title).toBe('a3: t');
    const figure = found.sections[0]?.blocks.find((block) => block.kind === 'figure');
    expect(figure?.kind === 'figure' && figure.figure.tables[0]?.rows).toEqual([{ head: 'apo', cells: ['+10.0', '–', '–'] }]);
    writeFileSync(join(path, 'result.json'), '{');
    await expect(reportOn([path])).rejects.toThrow(/result.json: expected the result of an experiment/);
  });
});

describe('analysis.json', () => {
  test('heat maps with every value in its cell, and as a table', () => {
    const section = report.sections.find(({ id }) => id === 'analysis');
    const [cosines, cka] = section?.blocks.flatMap((block) => block.kind === 'figure' ? [block.figure] : []) ?? [];
    const { document } = parseHTML(cosines?.charts[0]?.svg ?? '');
    const cells = [...document.querySelectorAll('g[aria-label=cell]')[0]?.children ?? []];
    expect(cells.map((cell) => [cell.getAttribute('fill'), Number(cell.getAttribute('fill-opacity'))])).toEqual([['var(--positive)', 0.62], ['var(--negative)', 0.155], ['var(--negative)', 0.155], ['var(--positive)', 0]]);
    expect([...document.querySelectorAll('g[aria-label=text] text')].map(({ textContent }) => textContent)).toEqual(['1.00', '-0.25', '-0.25', '–']);
    expect([...document.querySelectorAll('title')].map(({ textContent }) => textContent)[1]).toBe('mnist and fashion-mnist: -0.2500');
    expect(cosines?.tables[0]?.rows[1]).toEqual({ head: 'fashion-mnist', cells: ['-0.2500', 'NaN'] });
    expect(cka?.tables[0]).toEqual({ caption: 'stages, apo', columns: ['', 'conv', 'fc'], rows: [{ head: 'conv', cells: ['1.0000', '0.5000'] }, { head: 'fc', cells: ['0.5000', '0.7500'] }] });
  });

  test('is taken over as it is, null for NaN', () => {
    expect(checkAnalysis(JSON.parse(JSON.stringify(ANALYSIS)), 'f')).toEqual(ANALYSIS);
    expect(checkAnalysis({}, 'f')).toEqual({});
  });

  test.each([
    [[], 'f: the document: expected an object, got a list of 0'],
    [null, 'f: the document: expected an object, got null'],
    [{ gradientCosines: { tasks: ['a', 1], values: [] } }, 'f: gradientCosines.tasks[1]: expected a text, got 1'],
    [{ gradientCosines: { tasks: ['a', 'b'], values: [[1, 0]] } }, 'f: gradientCosines.values: expected 2 rows, got a list of 1'],
    [{ gradientCosines: { tasks: ['a', 'b'], values: [[1, 0], [1]] } }, 'f: gradientCosines.values[1]: expected 2 numbers, got a list of 1'],
    [{ gradientCosines: { tasks: ['a'], values: [[1.5]] } }, 'f: gradientCosines.values[0][0]: expected a number from -1 to 1, got 1.5'],
    [{ cka: {} }, 'f: cka: expected a list, got a value of type object'],
    [{ cka: [{ rows: [], columns: [], values: [] }] }, 'f: cka[0].title: expected a text, got a value of type undefined'],
  ])('%j is refused', (found, message) => {
    expect(() => checkAnalysis(found, 'f')).toThrow(new DataError(message));
  });
});
