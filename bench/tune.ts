/**
 * `npm run bench:tune [-- --rounds N --size small|default|gpu]`: measures, one choice at a time, the candidates for this adapter's entry of the table in `engine/device/variants.ts`, and prints the entry
 * to paste. A candidate replaces what is there only if it is better by more than noise; a choice that no kernel offers here is not tried.
 */
import { Device } from 'lazygrad';
import { renderTable, right } from '../cli/table.ts';
import type { Variants } from '../engine/device/variants.ts';
import { kernelCases } from './cases/index.ts';
import { flagsOf } from './flags.ts';
import { inTurn, ratioOf } from './rounds.ts';

const values = flagsOf(import.meta.filename, { rounds: { type: 'string', default: '9' }, size: { type: 'string', default: 'default' } });
const rounds = Number(values.rounds);
/** By how much a candidate must be faster to be taken. */
const MARGIN = 0.95;

interface Choice {
  readonly name: Exclude<keyof Variants, 'winograd' | 'matrixUnits'>;
  readonly candidates: readonly (number | string)[];
  /** What decides: names of cases. */
  readonly cases: RegExp;
}

const CHOICES: readonly Choice[] = [
  { name: 'contraction', candidates: ['subgroup', 'tile'], cases: /matmul\/(256|2048|a-bt|at-b)|conv2d\/(multi-task-cnn|resnet-3x3)\// },
  { name: 'attention', candidates: ['subgroup', 'tile'], cases: /attention\/(8x8x128x32|64x8x256x32)/ },
  { name: 'recurrent', candidates: ['subgroup', 'tile'], cases: /lstm\// },
  { name: 'splitBelow', candidates: [16, 64, 256, 1024], cases: /matmul\/deep|conv2d\/(multi-task-cnn|resnet-1x1)\/by-weight|matmul\/256$/ },
  { name: 'shortestSlice', candidates: [64, 128, 256, 512], cases: /matmul\/deep|conv2d\/(multi-task-cnn|resnet-1x1)\/by-weight|matmul\/256$/ },
];

/** The geometric mean over the cases of the ratio of each candidate's time to the first one's. */
async function compare(candidates: readonly Variants[], cases: RegExp): Promise<number[]> {
  const logs: number[][] = candidates.map(() => []);
  for (const one of kernelCases(values.size === 'gpu' ? 'gpu' : 'default').filter(({ name }) => cases.test(name))) {
    const devices: Device[] = [];
    try {
      const contenders = [];
      for (const variants of candidates) {
        const device = await Device.create({ variants });
        devices.push(device);
        const { run, check } = await one.prepare(device);
        run();
        await check();
        contenders.push({ run, finish: () => device.finish() });
      }
      const times = await inTurn(contenders, rounds);
      times.forEach((list, i) => void logs[i]?.push(Math.log(ratioOf(list, times[0] ?? []))));
    } finally {
      for (const device of devices) device.destroy();
    }
    process.stderr.write(`${one.name}: ${logs.map((list) => Math.exp(list.at(-1) ?? NaN).toFixed(2)).join('  ')}\n`);
  }
  return logs.map((list) => Math.exp(list.reduce((sum, log) => sum + log, 0) / list.length));
}

async function main(): Promise<void> {
  const device = await Device.create();
  const { adapter, variants: now } = device;
  device.destroy();
  let best: Variants = now;
  const rows: string[][] = [];
  for (const { name, candidates, cases } of CHOICES) {
    const current = best[name];
    const others = candidates.filter((candidate) => candidate !== current && (candidate !== 'subgroup' || best.subgroup !== null));
    if (others.length === 0) continue;
    const tried: Variants[] = [best, ...others.map((candidate) => ({ ...best, [name]: candidate }))];
    const ratios = await compare(tried, cases);
    const least = Math.min(...ratios);
    if (least < MARGIN) best = tried[ratios.indexOf(least)] ?? best;
    tried.forEach((variants, i) => rows.push([i === 0 ? name : '', String(variants[name]), (ratios[i] ?? NaN).toFixed(3), variants === best ? 'taken' : '']));
  }
  console.log(`adapter: ${adapter.name}; every case checked; ${rounds} rounds, one of each candidate in turn; time relative to the entry of now`);
  console.log(renderTable(['choice', 'candidate', right('time'), ''], rows));
  const entry = Object.entries(best).map(([name, value]) => `${name}: ${typeof value === 'string' ? `'${value}'` : String(value)}`).join(', ');
  console.log(`${JSON.stringify(best) === JSON.stringify(now) ? 'The entry stays' : 'The entry for engine/device/variants.ts'}:\n  { ${entry} },`);
}

await main();
