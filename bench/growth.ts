/**
 * `npm run bench:growth [-- --rounds N] [--filter TEXT] [--json]`: how time and memory grow. Each row is a series of sizes and the slope of the logarithm of time, and of
 * peak bytes, against the logarithm of the size, by least squares: 1 for linear, 0 for what does not grow. Times are medians of steps of one size each in turn; bytes are
 * the device's own counters, of one step from an empty device, and exact.
 */
import { Device } from 'lazygrad';
import { renderTable, right } from '../cli/table.ts';
import { flagsOf } from './flags.ts';
import { SERIES } from './growth/series.ts';
import { slope } from './growth/slope.ts';
import { median } from './median.ts';
import { inTurn } from './rounds.ts';

const values = flagsOf(import.meta.filename, { rounds: { type: 'string', default: '9' }, filter: { type: 'string', default: '' }, json: { type: 'boolean', default: false } });
const rounds = Number(values.rounds);

interface Grown {
  readonly name: string;
  readonly sizes: readonly number[];
  readonly ms: readonly number[];
  readonly bytes: readonly number[];
  readonly timeExponent: number;
  readonly memoryExponent: number;
}

const results: Grown[] = [];
let adapter = '';
for (const { name, sizes, prepare } of SERIES.filter((series) => series.name.includes(values.filter))) {
  const devices: Device[] = [];
  try {
    const contenders = [];
    const bytes: number[] = [];
    for (const size of sizes) {
      const device = await Device.create();
      devices.push(device);
      adapter = device.adapter.name;
      const run = prepare(device, size);
      run();
      await device.finish();
      bytes.push(device.memory.peakBytes);
      contenders.push({ run, finish: () => device.finish() });
    }
    const ms = (await inTurn(contenders, rounds)).map(median);
    results.push({ name, sizes, ms, bytes, timeExponent: slope(sizes, ms), memoryExponent: slope(sizes, bytes) });
    process.stderr.write(`${name}\n`);
  } finally {
    for (const device of devices) device.destroy();
  }
}
if (values.json) {
  console.log(JSON.stringify({ adapter, date: new Date().toISOString(), rounds, results }));
} else {
  console.log(`adapter: ${adapter}; ${rounds} rounds`);
  console.log(renderTable(['against', 'sizes', 'median ms', right('time exponent'), 'peak MB', right('memory exponent')], results.map((r) => [
    r.name, r.sizes.join(' '), r.ms.map((value) => value.toFixed(1)).join(' '), r.timeExponent.toFixed(2), r.bytes.map((value) => (value / 1e6).toFixed(2)).join(' '), r.memoryExponent.toFixed(2),
  ])));
}
