/**
 * `npm run bench:apo-cost -- [--rounds N] [--repetitions N] [--batch N] [--json]`: what APO costs of a whole training step of MultiTaskCNN: the steps that the
 * trainer takes, captured, of the methods `apo` and `alternating-sgd`, one of each in turn in one process. A round gives the ratio of the two medians,
 * of the times and of the processor's time that the process took: on a software adapter that is nearly all of the step, whatever else the machine does.
 */
import { Device, Generator, crossEntropy, rand, tensor } from 'lazygrad';
import type { Tensor } from 'lazygrad';
import { findMethod, resolveHyperparameters, termOf } from 'lazygrad/methods';
import { MultiTaskModel, multiTaskCNN } from 'lazygrad/models';
import { renderTable, right } from '../cli/table.ts';
import { flagsOf } from './flags.ts';
import { median } from './median.ts';
import { expectClose, expectFalling } from './case.ts';

const values = flagsOf(import.meta.filename, { rounds: { type: 'string', default: '5' }, repetitions: { type: 'string', default: '40' }, batch: { type: 'string', default: '64' }, json: { type: 'boolean', default: false } });
const [rounds, repetitions, batch] = [values.rounds, values.repetitions, values.batch].map(Number) as [number, number, number];

/** A captured training step, checked: it learns. */
async function prepare(device: Device, name: 'alternating-sgd' | 'apo'): Promise<() => void> {
  const model = new MultiTaskModel(device, multiTaskCNN({ input: [1, 28, 28] }), [{ name: 'a', outputs: 10 }], 0);
  const x = rand(device, [batch, 1, 28, 28], new Generator(1));
  const y = tensor(device, Int32Array.from({ length: batch }, (_, i) => i % 10));
  const method = findMethod(name);
  const rule = method.create({ model, tasks: ['a'], lr: 0.05, seed: 0, values: resolveHyperparameters(method, {}) });
  const loss = (): Tensor => crossEntropy(model.forward(x, 'a'), y);
  const captured = device.capture(() => {
    rule.step([termOf({ model, task: { name: 'a', kind: 'multiclass' }, inputs: x, targets: y, missing: false })]);
  });
  const run = (): void => captured.replay();
  expectClose('loss before training', await expectFalling(device, loss, run, 5), Math.log(10), 0.15);
  return run;
}

interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

async function main(): Promise<void> {
  const device = await Device.create();
  const steps = [await prepare(device, 'alternating-sgd'), await prepare(device, 'apo')];
  const table: { sgd: number; apo: number; ratio: number; processor: number }[] = [];
  for (let round = 0; round < rounds; round++) {
    const times: number[][] = steps.map(() => []);
    const processor: number[][] = steps.map(() => []);
    for (let i = 0; i < repetitions; i++) {
      // Each goes first as often as the other.
      for (const which of i % 2 === 0 ? [0, 1] : [1, 0]) {
        const begun = performance.now();
        const before = process.cpuUsage();
        steps[which]?.();
        await device.finish();
        times[which]?.push(performance.now() - begun);
        const { user, system } = process.cpuUsage(before);
        processor[which]?.push(user + system);
      }
    }
    const [sgd = NaN, apo = NaN] = times.map(median);
    const [plain = NaN, owned = NaN] = processor.map(median);
    table.push({ sgd, apo, ratio: apo / sgd, processor: owned / plain });
  }
  const spread = (ratios: readonly number[]): Spread => ({ median: median(ratios), least: Math.min(...ratios), most: Math.max(...ratios) });
  const ratio = spread(table.map((row) => row.ratio));
  const processor = spread(table.map((row) => row.processor));
  const adapter = device.adapter;
  device.destroy();
  if (values.json) {
    console.log(JSON.stringify({ adapter, date: new Date().toISOString(), batch, repetitions, rounds: table, ratio, processor }));
    return;
  }
  console.log(`adapter: ${adapter.name}; MultiTaskCNN, batch ${batch}, ${repetitions} steps of each a round`);
  console.log(renderTable([right('round'), right('SGD ms'), right('APO ms'), right('ratio'), right('of processor time')], table.map((r, i) => [String(i + 1), r.sgd.toFixed(1), r.apo.toFixed(1), r.ratio.toFixed(3), r.processor.toFixed(3)])));
  const shown = (s: Spread): string => `${s.median.toFixed(3)} (${s.least.toFixed(3)} to ${s.most.toFixed(3)})`;
  console.log(`APO / SGD: ${shown(ratio)}; of processor time ${shown(processor)}`);
}

await main();
