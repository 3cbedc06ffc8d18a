/** Measures one case: all engines prepared and checked first, then timed in turn, one at a time, while the others wait for input. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkKernel, checkTrained, checkTraining } from './check.ts';
import { EngineProcess } from './engine-process.ts';
import { REFERENCE } from './engines.ts';
import type { EngineEntry } from './engines.ts';
import type { StoredWork } from './protocol.ts';
import { median } from '../median.ts';
import type { CaseResult, FirstStep, Measured } from './report.ts';
import type { Work } from './work.ts';

export interface Options {
  readonly root: string;
  /** Where arrays are handed over. */
  readonly folder: string;
  readonly rounds: number;
  /** How long an engine may take for an answer. */
  readonly limitMs: number;
  /** Peers get Dawn as anybody does who takes it from npm: bounds checks on, and its own way of waiting. */
  readonly plain: boolean;
  /** Told what goes on. */
  readonly progress: (line: string) => void;
  /** Told of each engine that came up. */
  readonly seen: (engine: string, version: string, adapter: string) => void;
}

/** Steps beside the first one before anything is timed; the check comes after them. */
const WARM_UP = 2;
/** Short steps are waited for together, so that how waiting goes is no part of what is measured. */
const AT_ONCE_MS = 20;
const MOST_AT_ONCE = 20;
/** What an engine does in its turn of a round: as many steps as fit, at least one. */
const TURN_MS = 500;
const MOST_TIMES = 20;
/** An engine with longer steps takes part in the first rounds only. */
const SLOW_MS = 2000;
const SLOW_ROUNDS = 2;

/** LAZYGRAD_DEBUG leaves Dawn's bounds checks on. */
const environmentOf = (engine: string, plain: boolean): Readonly<Record<string, string>> => plain && !engine.startsWith(REFERENCE) ? { PEERS_PLAIN: '1', LAZYGRAD_DEBUG: '1' } : {};

const messageOf = (error: unknown): string => error instanceof Error ? error.message : String(error);

function store(work: Work, folder: string): StoredWork {
  const arrays = [...work.arrays].map(([name, { shape, data }]) => {
    writeFileSync(join(folder, `${name}.bin`), new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    return { name, shape, dtype: data instanceof Int32Array ? 'int32' as const : 'float32' as const };
  });
  return { ...work, folder, arrays };
}

class Entry {
  readonly engine: string;
  readonly process: EngineProcess;
  readonly rounds: number[][] = [];
  firstMs: number | undefined;
  failed: string | undefined;
  count = 1;
  atOnce = 1;
  stepMs = 0;

  constructor(process: EngineProcess) {
    this.engine = process.name;
    this.process = process;
  }

  /** Does it; an error ends this engine's part alone. */
  async attempt(what: () => Promise<void>): Promise<void> {
    if (this.failed !== undefined) return;
    try {
      await what();
    } catch (error) {
      this.failed = messageOf(error);
      await this.process.end();
    }
  }

  async time(count: number, atOnce = 1): Promise<readonly number[]> {
    return (await this.process.ask({ do: 'step', count, atOnce })).ms ?? [];
  }

  get measured(): Measured {
    const { engine, firstMs, rounds, failed } = this;
    return { engine, rounds, ...firstMs === undefined ? {} : { firstMs }, ...failed === undefined ? {} : { failed } };
  }
}

async function begin({ process }: Entry, work: StoredWork, seen: Options['seen']): Promise<void> {
  const { version = '', adapter = '' } = await process.hello();
  seen(process.name, version, adapter);
  await process.ask({ do: 'prepare', work });
}

export async function measure(work: Work, engines: readonly EngineEntry[], options: Options): Promise<CaseResult> {
  const { root, folder, limitMs, plain, progress, seen } = options;
  const stored = store(work, folder);
  let reference: Float32Array | null = null;
  const entries: Entry[] = [];
  try {
    for (const { name, command } of engines) {
      const entry = new Entry(new EngineProcess(name, command, { root, limitMs, environment: environmentOf(name, plain) }));
      entries.push(entry);
      await entry.attempt(async () => {
        await begin(entry, stored, seen);
        [entry.firstMs] = await entry.time(1);
        const warm = await entry.time(WARM_UP);
        entry.stepMs = Math.min(...warm);
        entry.atOnce = Math.max(1, Math.min(MOST_AT_ONCE, Math.round(AT_ONCE_MS / entry.stepMs)));
        entry.count = Math.max(1, Math.min(MOST_TIMES, Math.floor(TURN_MS / (entry.stepMs * entry.atOnce))));
        const file = join(folder, 'result.bin');
        await entry.process.ask({ do: 'read', file });
        const result = new Float32Array(new Uint8Array(readFileSync(file)).buffer);
        if (work.parameters.length === 0) {
          checkKernel(work, result);
        } else if (name === REFERENCE) {
          checkTrained(work, result);
          reference = result;
        } else if (reference) {
          checkTraining(work, result, reference);
        } else {
          throw new Error(`no values of ${REFERENCE} to check with`);
        }
      });
      progress(`${work.name}: ${name} ${entry.failed === undefined ? `is right, first step ${(entry.firstMs ?? NaN).toFixed(0)} ms` : `failed: ${entry.failed}`}`);
      if (entry.failed !== undefined) for (const line of entry.process.said) progress(`  ${line}`);
    }
    for (let round = 0; round < options.rounds; round++) {
      // There and back: nobody always follows the same engine.
      for (const entry of round % 2 === 0 ? entries : [...entries].reverse()) {
        if (round >= SLOW_ROUNDS && entry.stepMs > SLOW_MS) continue;
        await entry.attempt(async () => {
          entry.rounds.push([...await entry.time(entry.count, entry.atOnce)]);
        });
      }
    }
    progress(`${work.name}: ${entries.map(({ engine, rounds, failed }) => `${engine} ${failed === undefined ? `${median(rounds.flat()).toFixed(1)} ms` : 'failed'}`).join(', ')}`);
  } finally {
    await Promise.all(entries.map((entry) => entry.process.end()));
  }
  return { name: work.name, engines: entries.map((entry) => entry.measured) };
}

/** @param cacheFolder an empty folder for Mesa's cache of compiled programs; other drivers keep theirs where they do */
export async function measureFirstStep(work: Work, { name, command }: EngineEntry, cacheFolder: string, { root, folder, limitMs, plain, progress, seen }: Options): Promise<FirstStep> {
  const stored = store(work, folder);
  const times: number[] = [];
  let failed: string | undefined;
  for (const which of ['cold', 'warm']) {
    const entry = new Entry(new EngineProcess(name, command, { root, limitMs, environment: { ...environmentOf(name, plain), MESA_SHADER_CACHE_DIR: cacheFolder } }));
    await entry.attempt(async () => {
      await begin(entry, stored, seen);
      times.push(...await entry.time(1));
    });
    await entry.process.end();
    failed ??= entry.failed;
    progress(`first step, ${which}: ${name} ${entry.failed ?? `${(times.at(-1) ?? NaN).toFixed(0)} ms`}`);
  }
  return { engine: name, coldMs: times[0] ?? NaN, warmMs: times[1] ?? NaN, ...failed === undefined ? {} : { failed } };
}
