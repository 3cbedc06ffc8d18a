import { appendFileSync, existsSync, linkSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createRunDirectory, openRunDirectory, readRun, writeFileAtomic } from '../../cli/run-directory.ts';
import { ConfigError, DataError } from '../../engine/errors.ts';
import { end, epoch, start } from './runs.ts';

const CONFIG = { dataset: 'mnist-pair', method: 'apo', model: 'multi-task-cnn', seed: 7, adapter: 'SwiftShader', options: { lr: 0.05 } };
const NOW = new Date('2026-03-01T12:34:56.789Z');
const losses = (loss: number): Parameters<typeof epoch>[1] => [{ name: 'mnist', loss, validation: 0.9 }];

let root: string;
beforeEach(() => (root = mkdtempSync(join(tmpdir(), 'lazygrad-'))));
afterEach(() => rmSync(root, { recursive: true }));

describe('where a run goes', () => {
  test('into a folder named after time, data set and method; a second and a third run do not collide', () => {
    const parent = join(root, 'deep/runs');
    const paths = [1, 2, 3].map(() => createRunDirectory({ parent }, CONFIG, NOW).path);
    const name = '2026-03-01T12-34-56-mnist-pair-apo';
    expect(paths).toEqual([name, `${name}-2`, `${name}-3`].map((n) => join(parent, n)));
  });

  test('into a named folder, made if need be', () => {
    const directory = join(root, 'a/b');
    expect(createRunDirectory({ directory }, CONFIG, NOW).path).toBe(directory);
  });

  test('a named folder that holds a run is refused by name, and left alone', () => {
    const directory = join(root, 'mine');
    createRunDirectory({ directory }, CONFIG, NOW);
    const before = readFileSync(join(directory, 'config.json'), 'utf8');
    expect(() => createRunDirectory({ directory }, { ...CONFIG, seed: 8 }, NOW)).toThrow(new ConfigError(`'${directory}' already holds a run: name another folder, or resume that run`));
    expect(readFileSync(join(directory, 'config.json'), 'utf8')).toBe(before);
  });

  test('a file in the way is an error that names it', () => {
    const directory = join(root, 'file');
    writeFileSync(directory, '');
    expect(() => createRunDirectory({ directory }, CONFIG, NOW)).toThrow(ConfigError);
    expect(() => createRunDirectory({ directory }, CONFIG, NOW)).toThrow(directory);
  });

  test('a name cannot lead out of the parent', () => {
    const { path } = createRunDirectory({ parent: root }, { ...CONFIG, dataset: '../../x' }, NOW);
    expect(path).toBe(join(root, '2026-03-01T12-34-56-x-apo'));
  });
});

describe('what a run leaves', () => {
  test('its configuration, with the versions that made it', () => {
    const { path } = createRunDirectory({ parent: root }, CONFIG, NOW);
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(JSON.parse(readFileSync(join(path, 'config.json'), 'utf8'))).toEqual({ lazygrad: version, node: process.version, created: '2026-03-01T12:34:56.789Z', ...CONFIG });
  });

  test('a line for each event but the steps, there as soon as it is recorded', () => {
    const run = createRunDirectory({ parent: root }, CONFIG, NOW);
    const lines = (): string[] => readFileSync(join(run.path, 'metrics.jsonl'), 'utf8').split('\n');
    run.record(start());
    expect(lines()).toHaveLength(2);
    run.record({ type: 'progress', epoch: 1, task: 'mnist', step: 1, steps: 2 });
    run.record(epoch(1, losses(0.5)));
    run.record(end({ mnist: 0.9 }));
    expect(lines().slice(0, -1).map((line) => (JSON.parse(line) as { type: string }).type)).toEqual(['start', 'epoch', 'end']);
  });

  test('whole files, without remains', () => {
    const run = createRunDirectory({ parent: root }, CONFIG, NOW);
    run.writeSummary({ seconds: 1 });
    run.writeSummary({ seconds: 2 });
    run.writeReport('<p>');
    expect(readdirSync(run.path).sort()).toEqual(['config.json', 'report.html', 'summary.json']);
    expect(JSON.parse(readFileSync(join(run.path, 'summary.json'), 'utf8'))).toEqual({ seconds: 2 });
    expect(run.checkpoint).toBe(join(run.path, 'checkpoint'));
  });

  test('a reader who has the old file open keeps all of it', () => {
    const [path, open] = [join(root, 'file'), join(root, 'open')];
    writeFileAtomic(path, 'old');
    linkSync(path, open);
    writeFileAtomic(path, 'new');
    expect([path, open].map((file) => readFileSync(file, 'utf8'))).toEqual(['new', 'old']);
  });

  test('a write that fails leaves the old file and nothing beside it', () => {
    const occupied = join(root, 'target');
    mkdirSync(join(occupied, 'child'), { recursive: true });
    expect(() => writeFileAtomic(occupied, 'new')).toThrow();
    expect(readdirSync(root)).toEqual(['target']);
    expect(existsSync(join(occupied, 'child'))).toBe(true);
  });
});

describe('reading a run back', () => {
  test('gives what was recorded; NaN survives', () => {
    const run = createRunDirectory({ parent: root }, CONFIG, NOW);
    const events = [start(), epoch(1, losses(NaN), { owned: [0.5], protected: [0], unclaimed: 0.5 }), epoch(2, losses(0.25)), end({ mnist: 0.9 })];
    events.forEach((event) => run.record(event));
    const { config, events: read } = readRun(run.path);
    expect(config).toMatchObject(CONFIG);
    expect(read).toEqual(events);
  });

  test('after a resume the later line of an epoch counts, and a line cut short by a crash does not', () => {
    const run = createRunDirectory({ parent: root }, CONFIG, NOW);
    run.record(start());
    run.record(epoch(1, losses(0.5)));
    run.record(epoch(2, losses(0.4)));
    appendFileSync(join(run.path, 'metrics.jsonl'), '{"type":"epo');
    expect(readRun(run.path).events).toEqual([start(), epoch(1, losses(0.5)), epoch(2, losses(0.4))]);
    openRunDirectory(run.path).record(epoch(2, losses(0.3)));
    expect(readRun(run.path).events).toEqual([start(), epoch(1, losses(0.5)), epoch(2, losses(0.3))]);
  });

  test('a damaged line is an error with its file and number', () => {
    const run = createRunDirectory({ parent: root }, CONFIG, NOW);
    run.record(start());
    writeFileSync(join(run.path, 'metrics.jsonl'), `${JSON.stringify(start())}\n{"type"\n`);
    expect(() => readRun(run.path)).toThrow(DataError);
    expect(() => readRun(run.path)).toThrow(`${join(run.path, 'metrics.jsonl')}:2: not JSON`);
  });

  test('a folder without a run is an error that names it', () => {
    expect(() => readRun(root)).toThrow(new ConfigError(`'${root}' is not a run: it has no config.json`));
  });
});
