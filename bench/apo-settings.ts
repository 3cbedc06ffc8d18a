/**
 * `npm run bench:apo-settings -- [--seeds N] [--limit N] [--epochs N] [--width X] [--filter PATTERN] [--out FILE]`: settings of APO beside plain
 * alternating SGD on MNIST, Fashion-MNIST and Kuzushiji-MNIST, each with the same seeds: splits, initial weights and order of the batches are a
 * function of the seed. Every finished run is a line of the file, and is not run again.
 */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { Device } from 'lazygrad';
import { loadDataset } from 'lazygrad/data/node';
import { findMethod, resolveHyperparameters, train } from 'lazygrad/methods';
import type { ScheduleOptions } from 'lazygrad/methods';
import { MultiTaskModel, modelInfo } from 'lazygrad/models';
import { renderTable, right } from '../cli/table.ts';
import { flagsOf } from './flags.ts';

interface Setting {
  readonly name: string;
  readonly method: 'alternating-sgd' | 'apo';
  readonly set?: Readonly<Record<string, string | number>>;
  readonly schedule?: ScheduleOptions['kind'];
}

const BASELINE = 'alternating SGD';
const apo = (name: string, set: Setting['set'] = {}, schedule: ScheduleOptions['kind'] = 'sequential'): Setting => ({ name: `APO ${name}`, method: 'apo', set, schedule });

const SETTINGS: readonly Setting[] = [
  { name: BASELINE, method: 'alternating-sgd' },
  { name: `${BASELINE}, interleaved`, method: 'alternating-sgd', schedule: 'interleaved' },
  apo('default'),
  apo('default, interleaved', {}, 'interleaved'),
  apo('official-2025-03', { preset: 'official-2025-03' }),
  apo('selection alone (mu 0, damping 1)', { mu: 0, damping: 1 }),
  apo('selection alone, interleaved', { mu: 0, damping: 1 }, 'interleaved'),
  apo('k -0.5, mu 0, damping 1', { k: -0.5, mu: 0, damping: 1 }),
  apo('k -0.5, mu 0, damping 1, interleaved', { k: -0.5, mu: 0, damping: 1 }, 'interleaved'),
  apo('mu 0, damping 2, interleaved', { mu: 0, damping: 2 }, 'interleaved'),
  apo('task start, mu 0.1, damping 1', { anchor: 'taskStart', mu: 0.1, damping: 1 }),
  apo('claim decay 0.3', { claimDecay: 0.3 }),
  apo('claims released after 1 idle epoch', { releaseAfter: 1 }),
  apo('claim budget 0.15', { claimBudget: 0.15 }),
];

interface Line {
  readonly setting: string;
  readonly seed: number;
  readonly scale: string;
  /** Test accuracy by task, and their mean. */
  readonly accuracies: readonly number[];
  readonly average: number;
  readonly owned: readonly number[] | null;
}

const values = flagsOf(import.meta.filename, {
  seeds: { type: 'string', default: '5' }, limit: { type: 'string', default: '1500' }, epochs: { type: 'string', default: '4' }, width: { type: 'string', default: '0.25' },
  filter: { type: 'string', default: '' }, out: { type: 'string', default: 'apo-settings.jsonl' },
});
const [seeds, limit, epochs, width] = [values.seeds, values.limit, values.epochs, values.width].map(Number) as [number, number, number, number];
const scale = `${limit} images a task, ${epochs} epochs, batch 32, lr 0.1, width ${width}`;

function finished(): Line[] {
  return existsSync(values.out) ? readFileSync(values.out, 'utf8').trim().split('\n').filter(Boolean).map((line) => JSON.parse(line) as Line) : [];
}

async function run(device: Device, { name, method: methodName, set = {}, schedule = 'sequential' }: Setting, seed: number): Promise<Line> {
  using _scope = device.scope();
  const dataset = await loadDataset('mnist-trio', { seed, limit });
  const trunk = modelInfo('multi-task-cnn').trunk([1, 28, 28], width);
  const model = new MultiTaskModel(device, trunk, dataset.tasks.map((task) => ({ name: task.name, outputs: task.classes })), seed);
  const method = findMethod(methodName);
  const end = await train({ device, dataset, model, method, hyperparameters: resolveHyperparameters(method, set), lr: 0.1, epochs, batchSize: 32, seed, schedule: { kind: schedule } });
  if (!end) throw new Error('interrupted');
  return { setting: name, seed, scale, accuracies: end.tasks.map(({ test }) => test), average: end.average.test, owned: end.ownership?.owned ?? null };
}

const mean = (xs: readonly number[]): number => xs.reduce((a, b) => a + b, 0) / xs.length;
const deviation = (xs: readonly number[]): number => Math.sqrt(xs.reduce((sum, x) => sum + (x - mean(xs)) ** 2, 0) / (xs.length - 1));
/** 97.5 % points of Student's t. */
const T = [NaN, 12.71, 4.3, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26];

async function main(): Promise<void> {
  const chosen = SETTINGS.filter(({ name }) => name === BASELINE || new RegExp(values.filter).test(name));
  const device = await Device.create();
  for (let seed = 0; seed < seeds; seed++) for (const setting of chosen) {
    if (finished().some((line) => line.setting === setting.name && line.seed === seed && line.scale === scale)) continue;
    const line = await run(device, setting, seed);
    appendFileSync(values.out, `${JSON.stringify(line)}\n`);
    process.stderr.write(`seed ${seed}  ${setting.name}  ${(100 * line.average).toFixed(2)}\n`);
  }
  const lines = finished().filter((line) => line.scale === scale && line.seed < seeds);
  const of = (name: string): Line[] => lines.filter(({ setting }) => setting === name).sort((a, b) => a.seed - b.seed);
  const baseline = of(BASELINE).map(({ average }) => average);
  const percent = (x: number): string => (100 * x).toFixed(1);
  console.log(`adapter: ${device.adapter.name}; ${scale}; ${seeds} seeds; test accuracy in percent`);
  console.log(renderTable(['setting', right('mean'), right('sd'), right('mnist'), right('fashion'), right('kmnist'), right('against alternating SGD, 95 %'), right('owned')], chosen.map(({ name }) => {
    const found = of(name);
    const averages = found.map(({ average }) => average);
    const differences = averages.map((x, i) => x - (baseline[i] ?? NaN));
    const half = (T[differences.length - 1] ?? 2.2) * deviation(differences) / Math.sqrt(differences.length);
    const tasks = [0, 1, 2].map((i) => percent(mean(found.map(({ accuracies }) => accuracies[i] ?? NaN))));
    const owned = found[0]?.owned ? [0, 1, 2].map((i) => mean(found.map((line) => line.owned?.[i] ?? NaN)).toFixed(2)).join(' ') : '';
    return [name, percent(mean(averages)), percent(deviation(averages)), ...tasks, name === BASELINE ? '' : `${percent(mean(differences))} ± ${percent(half)}`, owned];
  })));
  device.destroy();
}

await main();
