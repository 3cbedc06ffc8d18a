/** The folder of one run. Whole files appear complete or not at all; metrics are appended line by line and flushed. */
import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { TrainEvent } from '../methods/events.ts';
import { ConfigError, DataError } from '../engine/errors.ts';
import type { RecordedConfig, RunConfig, RunRecord } from './report/run-record.ts';

const FILES = { config: 'config.json', metrics: 'metrics.jsonl', checkpoint: 'checkpoint', summary: 'summary.json', report: 'report.html', result: 'result.json', data: 'data.json' } as const;

/** `parent`: a new folder in it, named after the run. `directory`: this very folder. */
export type RunLocation = { readonly parent: string } | { readonly directory: string };

/** What the data of a run was; see `recordData`. */
export const DATA: string = FILES.data;

/** Where the result of an experiment goes. */
export const RESULT: string = FILES.result;

export interface RunDirectory {
  readonly path: string;
  /** Where the checkpoint goes; others write it. */
  readonly checkpoint: string;
  /** Keeps an event. Single steps are not kept. */
  record(event: TrainEvent): void;
  writeSummary(summary: object): void;
  writeReport(html: string): void;
}

/** Starts a run's folder with its `config.json`. */
export function createRunDirectory(location: RunLocation, config: RunConfig, now: Date = new Date()): RunDirectory {
  const path = makeRunFolder(location, `${basename(config.dataset, '.json')}-${config.method}`, now);
  const recorded: RecordedConfig = { lazygrad: packageVersion(), node: process.version, created: now.toISOString(), ...config };
  writeFileAtomic(join(path, FILES.config), json(recorded));
  return openRunDirectory(path);
}

/** A folder for something new. @param name what is in it; a new folder in `parent` is called by the time and that @throws ConfigError when the folder is taken or cannot be made */
export function makeRunFolder(location: RunLocation, name: string, now: Date = new Date()): string {
  const stamp = now.toISOString().slice(0, 19).replaceAll(':', '-');
  return 'directory' in location ? claim(location.directory) : makeFresh(location.parent, fileName(`${stamp}-${name}`));
}

/** An existing run's folder, to go on with it. */
export function openRunDirectory(path: string): RunDirectory {
  checkRun(path);
  const metrics = join(path, FILES.metrics);
  const kept = wholeLines(metrics);
  // A line that a crash cut short would spoil the next one.
  if (existsSync(metrics) && kept !== readFileSync(metrics, 'utf8')) writeFileAtomic(metrics, kept);
  return {
    path,
    checkpoint: join(path, FILES.checkpoint),
    record(event) {
      if (event.type !== 'progress') appendFileSync(metrics, `${JSON.stringify(event)}\n`, { flush: true });
    },
    writeSummary: (summary) => writeFileAtomic(join(path, FILES.summary), json(summary)),
    writeReport: (html) => writeFileAtomic(join(path, FILES.report), html),
  };
}

/** Reads a run back. Where a resumed run repeats an epoch, the later line counts; a last line that was cut short does not. */
export function readRun(path: string): RunRecord {
  checkRun(path);
  const config = parse(join(path, FILES.config), readFileSync(join(path, FILES.config), 'utf8')) as RecordedConfig;
  const metrics = join(path, FILES.metrics);
  const events = new Map<string, TrainEvent>();
  wholeLines(metrics).split('\n').slice(0, -1).forEach((line, i) => {
    const event = parse(`${metrics}:${i + 1}`, line, reviveNumbers) as TrainEvent;
    events.set(event.type === 'epoch' ? `epoch ${event.epoch}` : event.type, event);
  });
  return { config, events: [...events.values()] };
}

/** Writes beside the target, flushes, renames: a reader sees the old content or the new, never a part. */
export function writeFileAtomic(path: string, content: string | Uint8Array): void {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
  try {
    writeFileSync(temporary, content, { flush: true });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

function checkRun(path: string): void {
  if (!existsSync(join(path, FILES.config))) throw new ConfigError(`'${path}' is not a run: it has no ${FILES.config}`);
}

/** The file up to its last end of line. */
function wholeLines(path: string): string {
  const content = existsSync(path) ? readFileSync(path, 'utf8') : '';
  return content.slice(0, content.lastIndexOf('\n') + 1);
}

function claim(directory: string): string {
  if (Object.values(FILES).some((file) => existsSync(join(directory, file)))) throw new ConfigError(`'${directory}' already holds a run: name another folder, or resume that run`);
  makeFolder(directory);
  return directory;
}

/** `name`, or with -2, -3, ... behind it if that is taken. */
function makeFresh(parent: string, name: string): string {
  makeFolder(parent);
  for (let n = 1; ; n++) {
    const path = join(parent, n === 1 ? name : `${name}-${n}`);
    try {
      mkdirSync(path);
      return path;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
  }
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true });
  } catch (error) {
    throw new ConfigError(`cannot make the folder '${path}': ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

const fileName = (text: string): string => text.replace(/[^\w.-]+/g, '_');
const json = (value: object): string => `${JSON.stringify(value, null, 2)}\n`;

function parse(where: string, text: string, reviver?: (key: string, value: unknown) => unknown): unknown {
  try {
    return JSON.parse(text, reviver);
  } catch (error) {
    throw new DataError(`${where}: not JSON: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

/** JSON has no NaN or infinity and writes null for them. */
const reviveNumbers = (key: string, value: unknown): unknown => (value === null && key !== 'ownership' && key !== 'sensitivity' ? NaN : value);

/** `package.json` is one folder above this file's, as source and as built. */
export function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string };
  return version;
}
