/** Tasks that are judged by different metrics, in every output: each number under the name of what it is, percent for shares alone. */
import { PassThrough } from 'node:stream';
import { parseHTML } from 'linkedom';
import { describe, expect, test } from 'vitest';
import type { MetricName } from '../../analysis/metrics.ts';
import { createProgress } from '../../cli/progress.ts';
import { pageOf } from '../../cli/report/page.ts';
import { runReport } from '../../cli/report/run-report.ts';
import type { RunRecord } from '../../cli/report/run-record.ts';
import { testTable } from '../../cli/summary.ts';
import type { Summary } from '../../cli/summary.ts';
import type { EndEvent } from '../../methods/events.ts';
import { epoch, run, start } from './runs.ts';

const METRIC: Readonly<Record<string, MetricName>> = { ward: 'accuracy', death: 'auroc', stay: 'rmse' };
const NAMES = Object.keys(METRIC);

function judged(method: string, values: readonly number[], names: readonly string[] = NAMES): RunRecord {
  const tests = Object.fromEntries(names.map((name, i) => [name, values[i]!]));
  const record = run({ method, tests });
  return { ...record, events: record.events.map((event) => {
    if (event.type === 'start') return { ...event, tasks: event.tasks.map((task) => ({ ...task, metric: METRIC[task.name]! })) };
    if (event.type === 'end') return { ...event, tasks: event.tasks.map((task) => ({ ...task, metric: METRIC[task.name]! })), average: names.length > 1 ? { validation: NaN, test: NaN } : event.average };
    return event;
  }) };
}

const runs = [judged('apo', [0.9, 0.8123, 1.5]), judged('alternating-sgd', [0.8, 0.9, 2.25])];
const page = (records: readonly RunRecord[]): Document => parseHTML(pageOf(runReport(records))).document;
const rows = (table: Element | null | undefined): string[][] => [...(table?.querySelectorAll('tr') ?? [])].map((row) => [...row.children].map((cell) => cell.textContent.trim()));

describe('the report', () => {
  test('says what each column is, averages nothing, and knows that a low RMSE is good', () => {
    const section = page(runs).querySelector('section[aria-labelledby="summary"]');
    expect(section?.querySelector('h2')?.textContent).toBe('Test results');
    expect(section?.querySelector('.note')?.textContent).toMatch(/^Passes: forward passes of training for each batch .* Wall time is that of one run\.$/);
    expect(rows(section?.querySelector('table'))).toEqual([
      ['method', 'ward, accuracy (%)', 'death, AUROC', 'stay, RMSE', 'passes', 'wall seconds'],
      ['apo', '90.00', '0.8123', '1.5000', '1.0', '24.7'],
      ['alternating-sgd', '80.00', '0.9000', '2.2500', '1.0', '24.7'],
    ]);
    expect([...section?.querySelectorAll('strong') ?? []].map(({ textContent }) => textContent)).toEqual(['90.00', '1.5000', '0.9000']);
  });

  test('names the metric on charts, in tables and where one hovers', () => {
    const document = page(runs);
    expect([...document.querySelectorAll('.chart')].map((chart) => chart.getAttribute('aria-label')).filter((label) => label?.startsWith('Validation'))).toEqual([
      'Validation accuracy on ward against the epoch', 'Validation AUROC on death against the epoch', 'Validation RMSE on stay against the epoch',
    ]);
    expect([...document.querySelectorAll('figure table')].map((table) => rows(table)[1]!.slice(0, 2))).toEqual([['loss', 'accuracy (%)'], ['loss', 'AUROC'], ['loss', 'RMSE']]);
    const titles = [...document.querySelectorAll('svg title')].map(({ textContent }) => textContent);
    expect(titles).toContain('epoch 1\napo: 70.00 %\nalternating-sgd: 70.00 %');
    expect(titles).toContain('epoch 1\napo: 0.7000\nalternating-sgd: 0.7000');
    const text = [...document.querySelectorAll('figure')].map((figure) => figure.textContent);
    expect(text.map((figure) => figure.includes('training loss (nats)'))).toEqual([true, true, false]);
    expect(text.map((figure) => figure.includes('validation RMSE'))).toEqual([false, false, true]);
  });

  test('one metric for all tasks: it is in the heading, and there is an average', () => {
    const section = page([judged('apo', [0.8123], ['death'])]).querySelector('section[aria-labelledby="summary"]');
    expect(section?.querySelector('h2')?.textContent).toBe('Test AUROC');
    expect(rows(section?.querySelector('table'))).toEqual([['method', 'death', 'average', 'passes', 'wall seconds'], ['apo', '0.8123', '0.8123', '1.0', '24.7']]);
  });
});

test('the table in the terminal', () => {
  const summary = (record: RunRecord): Summary => {
    const end = record.events.find((event): event is EndEvent => event.type === 'end')!;
    return { method: record.config.method, tasks: end.tasks, average: end.average, seconds: end.seconds } as unknown as Summary;
  };
  expect(testTable(runs.map(summary))).toBe([
    'test                   apo  alternating-sgd',
    '------------------  ------  ---------------',
    'ward, accuracy (%)   90.00            80.00',
    'death, AUROC        0.8123           0.9000',
    'stay, RMSE          1.5000           2.2500',
    'seconds               24.7             24.7',
    '',
  ].join('\n'));
  expect(testTable([summary(judged('apo', [0.8123], ['death']))])).toMatch(/^test AUROC +apo\n[- ]+\ndeath +0.8123\naverage +0.8123\nseconds/);
  expect(testTable([summary(judged('apo', [0.8123], ['ward']))])).toMatch(/^test accuracy +apo\n[- ]+\nward +81.23\naverage +81.23\nseconds/);
});

test('progress', () => {
  const pipe = new PassThrough({ encoding: 'utf8' });
  let text = '';
  pipe.on('data', (chunk: string) => (text += chunk));
  const progress = createProgress(pipe as unknown as NodeJS.WriteStream);
  progress.onEvent({ ...start('apo', NAMES), tasks: NAMES.map((name) => ({ name, metric: METRIC[name]!, train: 1, validation: 1, test: 1 })) });
  progress.onEvent(epoch(1, NAMES.map((name) => ({ name, loss: 1, validation: name === 'stay' ? NaN : 0.5 }))));
  progress.stop();
  expect(text.split('\n').slice(0, 3)).toEqual([
    'epoch 1/2  ward   loss 1.0000  validation 50.00 %',
    'epoch 1/2  death  loss 1.0000  validation AUROC 0.5000',
    'epoch 1/2  stay   loss 1.0000  validation RMSE NaN',
  ]);
});
