/** The command line as a script sees it: exit codes, standard output, standard error. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { DATASETS } from '../../data/registry.ts';
import { lazygrad as run } from './support.ts';
import type { Result } from './support.ts';

const folder = mkdtempSync(join(tmpdir(), 'lazygrad-cli-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const lazygrad = (args: readonly string[], onError?: Parameters<typeof run>[2]): ReturnType<typeof run> => run(folder, args, onError);

const TRAIN = ['train', '--dataset', 'mnist-pair', '--method', 'apo', '--limit', '64', '--width', '0.125', '--batch-size', '16', '--adapter', 'swiftshader', '--seed', '3'];
const json = (text: string): Record<string, unknown> => JSON.parse(text) as Record<string, unknown>;

// Each is a process that loads the sources anew, several at once.
describe.concurrent('what is refused is one line on standard error and an exit code of 2', { timeout: 240_000 }, () => {
  test.each([
    [['train', '--dataset', 'mnist-pair', '--method', 'apo', '--lrr', '1'], /unknown option '--lrr'.*--lr/],
    [['train', '--dataset', 'mnist-pair', '--method', 'apo', '--lr', 'fast'], /'fast' is invalid.*number above 0/],
    [['train', '--dataset', 'mnist-pair', '--method', 'apo', '--epochs', '1.5'], /'1.5' is invalid.*whole number/],
    [['train', '--dataset', 'mnist-pair'], /'--method <name>' not specified/],
    [['train', '--dataset', 'minst', '--method', 'apo'], /minst.*mnist-pair/],
    [['train', '--dataset', 'mnist-pair', '--method', 'apo', '--set', 'k'], /name=value/],
    [['train', '--dataset', 'mnist-pair', '--method', 'apo', '--set', 'K=1'], /no option K; there are: k/],
    [['train', '--dataset', 'mnist-pair', '--method', 'apo', '--model', 'gpt'], /no model gpt/],
    [['train', '--dataset', 'mnist-pair', '--method', 'apo', '--adapter', 'quantum'], /quantum.*auto, hardware, software/],
    [['train', '--dataset', 'mnist-pair', '--method', 'apo', '--schedule', 'random'], /random.*sequential, interleaved, proportional/],
    [['reproduce', '99'], /no experiment 99; there are: 1a \(patient care.*figure-2 \(lazy training/],
    [['reproduce', 'figure-2', '--scale', 'huge'], /huge.*smoke, small, full/],
    [['frobnicate'], /unknown command 'frobnicate'/],
    [['resume', '/nowhere'], /'\/nowhere' is not a run/],
  ])('%j', async (args, message) => {
    const { code, out, err } = await lazygrad(args);
    expect(err).toMatch(message);
    expect(err.trim().split('\n')).toHaveLength(1);
    expect(out).toBe('');
    expect(code).toBe(2);
  });
});

test('missing data is an exit code of 3', async () => {
  const { code, err } = await lazygrad(['train', '--dataset', 'mnist-trio', '--method', 'apo', '--data', folder, '--adapter', 'swiftshader']);
  expect(err).toMatch(/^error: .*kmnist/m);
  expect(code).toBe(3);
});

test('--help is complete and shows an example', async () => {
  const { code, out } = await lazygrad(['train', '--help']);
  for (const option of ['--dataset', '--method', '--model', '--epochs', '--batch-size', '--lr', '--limit', '--seed', '--adapter', '--data', '--out', '--json', '--set', '--schedule', '--steps-per-task', '--cycle', '--task-order', '--order-every', '--augment']) expect(out).toContain(option);
  expect(out).toContain('Example:');
  expect(code).toBe(0);
});

test('lists as JSON', { timeout: 240_000 }, async () => {
  const sets = JSON.parse((await lazygrad(['datasets', '--json'])).out) as Record<string, unknown>[];
  expect(sets.map((set) => set.name)).toEqual(DATASETS.map((entry) => entry.name));
  expect(Object.keys(sets[0]!)).toEqual(expect.arrayContaining(['name', 'tasks', 'present', 'path', 'licence', 'source']));
  const methods = JSON.parse((await lazygrad(['methods', '--json'])).out) as { name: string; hyperparameters: Record<string, { default: unknown; range: unknown }> }[];
  expect(methods.find((m) => m.name === 'apo')!.hyperparameters.k).toMatchObject({ default: 0.5, range: [-10, 10] });
  const models = JSON.parse((await lazygrad(['models', '--json'])).out) as { name: string; parameters: number }[];
  // 32 * 9 + 32, 64 * 288 + 64, 128 * 3136 + 128
  expect(models.find((m) => m.name === 'multi-task-cnn')!.parameters).toBe(320 + 18_496 + 401_536);
});

test('models --model: the table of one, and as JSON', { timeout: 240_000 }, async () => {
  const { out, code } = await lazygrad(['models', '--model', 'mlp', '--input', '3x4', '--adapter', 'swiftshader']);
  expect(code).toBe(0);
  expect(out).toContain('3 x 4');
  expect(out).toMatch(/^fc1 +linear +128 +1664 +0\.003$/m);
  expect(out).toMatch(/^total +19466 +0\.038$/m);
  const found = json((await lazygrad(['models', '--model', 'mlp', '--input', '3x4', '--json', '--adapter', 'swiftshader'])).out) as { rows: object[] };
  expect(found).toMatchObject({ model: 'mlp', input: [3, 4], parameters: { shared: 12 * 128 + 128 + 128 * 129, own: 1290 }, flops: 2 * (12 * 128 + 128 * 128 + 1280) });
  expect(found.rows[0]).toEqual({ name: 'fc1', operation: 'linear', shape: [128], parameters: 1664, flops: 2 * 12 * 128 });
  const wrong = await lazygrad(['models', '--model', 'mlp', '--input', '3xq']);
  expect([wrong.code, wrong.err]).toEqual([2, expect.stringContaining('3x224x224')]);
});

test('doctor as JSON', async () => {
  const report = json((await lazygrad(['doctor', '--json', '--adapter', 'swiftshader'])).out);
  expect(report.adapter).toMatchObject({ kind: 'software', source: 'npm package @sparticuz/chromium' });
  expect(report.advice).toEqual(expect.arrayContaining([expect.stringMatching(/lavapipe/)]));
  expect(Object.keys(report)).toEqual(expect.arrayContaining(['features', 'limits']));
});

test('train --json prints exactly one document, and leaves a complete run directory', async () => {
  const run = join(folder, 'whole');
  const { code, out, err } = await lazygrad([...TRAIN, '--epochs', '2', '--json', '--out', run]);
  expect(code).toBe(0);
  expect(err).toContain('adapter: SwiftShader');
  const summary = json(out) as { tasks: { name: string; metric: string; validation: number; test: number }[]; ownership: { tasks: Record<string, number>; unclaimed: number } } & Record<string, unknown>;
  expect(Object.keys(summary)).toEqual(expect.arrayContaining(['adapter', 'dataset', 'method', 'model', 'seed', 'epochs', 'tasks', 'average', 'ownership', 'seconds', 'run']));
  expect(summary.tasks.map((task) => task.name)).toEqual(['mnist', 'fashion-mnist']);
  expect(Object.values(summary.ownership.tasks).reduce((a, b) => a + b, summary.ownership.unclaimed)).toBeCloseTo(1, 9);
  expect(readFileSync(join(run, 'metrics.jsonl'), 'utf8').trim().split('\n').map((line) => json(line).type)).toEqual(['start', 'epoch', 'epoch', 'end']);
  for (const file of ['config.json', 'checkpoint', 'summary.json', 'report.html']) expect(existsSync(join(run, file))).toBe(true);
});

test('an interrupt saves and says how to resume; the resumed run ends where an uninterrupted one does, schedule and order included', async () => {
  const run = join(folder, 'interrupted');
  const order = ['--schedule', 'interleaved', '--steps-per-task', '3', '--task-order', 'dynamic', '--order-every', '1', '--augment', 'mnist:padding=2'];
  let sent = false;
  const first = await lazygrad([...TRAIN, ...order, '--epochs', '3', '--json', '--out', run], (err, interrupt) => {
    if (!sent && err.includes('epoch 1/3')) {
      sent = true;
      interrupt();
    }
  });
  expect(first.code).toBe(130);
  expect(first.out).toBe('');
  expect(first.err).toContain(`lazygrad resume ${run}`);
  expect(json(readFileSync(join(run, 'config.json'), 'utf8')).options).toMatchObject({ schedule: 'interleaved', stepsPerTask: 3, cycle: false, taskOrder: 'dynamic', orderEvery: 1, augment: { mnist: { padding: 2 } } });
  const resumed = await lazygrad(['resume', run, '--adapter', 'swiftshader', '--json']);
  expect(resumed.code).toBe(0);
  expect(resumed.err).not.toContain('the run began on');
  const whole = await lazygrad([...TRAIN, ...order, '--epochs', '3', '--json', '--out', join(folder, 'uninterrupted')]);
  const comparable = ({ out }: Result): unknown => ({ ...json(out), seconds: 0, run: '' });
  expect(comparable(resumed)).toEqual(comparable(whole));
  expect(readFileSync(join(run, 'checkpoint'))).toEqual(readFileSync(join(folder, 'uninterrupted', 'checkpoint')));
  // The plan of its steps says how images were varied.
  expect(readFileSync(join(run, 'checkpoint')).toString('latin1')).toContain('padding');

  const config = join(run, 'config.json');
  writeFileSync(config, JSON.stringify({ ...json(readFileSync(config, 'utf8')), adapter: 'another adapter' }));
  expect((await lazygrad(['resume', run, '--adapter', 'swiftshader'])).err).toContain('the run began on another adapter');
}, 120_000);

test('reproduce: one JSON document with the paper beside what was done, and a page', async () => {
  const { code, out, err } = await lazygrad(['reproduce', 'figure-2', '--scale', 'smoke', '--adapter', 'swiftshader', '--seed', '3', '--json']);
  expect(err).toMatch(/report: runs\/.*reproduce-figure-2-smoke\/report.html/);
  expect(code).toBe(0);
  const document = json(out) as { id: string; paper: { setting: object }; ours: { setting: { seed: number }; numbers: Record<string, Record<string, number>> }; differences: string[]; run: string };
  expect(document).toMatchObject({ id: 'figure-2', scale: 'smoke', seed: 3, paper: { setting: { model: 'ResNet-101' } }, ours: { setting: { seed: 3, data: 'mnist' } } });
  expect(document.differences.length).toBeGreaterThan(2);
  expect(document.ours.numbers['top 1 %']!['moved per step']).toBe(Math.ceil(document.ours.numbers.standard!['moved per step']! / 100));
  expect(json(readFileSync(join(folder, document.run, 'result.json'), 'utf8'))).toEqual(json(out));
  expect(readFileSync(join(folder, document.run, 'report.html'), 'utf8')).toContain('<svg');
});
