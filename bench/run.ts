/** `npm run bench -- [--filter PATTERN] [--json] [--seconds S]`: measures on the adapter that `auto` finds, or LAZYGRAD_ADAPTER names. */
import { parseArgs } from 'node:util';
import { Bench } from 'tinybench';
import { Device } from 'lazygrad';
import { renderTable, right } from '../cli/table.ts';
import { CASES } from './cases.ts';
import type { Case } from './case.ts';
import { SubmitClock } from './submit-clock.ts';

interface Result {
  readonly name: string;
  readonly ms: { readonly median: number; readonly min: number; readonly max: number };
  readonly firstMs: number;
  readonly dispatches: number;
  readonly submits: number;
  readonly peakBytes: number;
  /** The call that runs the case once, for each of its dispatches; and what of it went by in the queue's submit, which is the driver's work. */
  readonly hostMicroseconds: number;
  readonly submitMicroseconds: number;
  readonly gflops?: number;
  readonly gbps?: number;
}

const { values } = parseArgs({ options: { filter: { type: 'string', default: '' }, json: { type: 'boolean', default: false }, seconds: { type: 'string', default: '3' }, help: { type: 'boolean', default: false } } });

const medianOf = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1] ?? NaN;

async function measure({ name, flops, bytes, prepare }: Case, time: number): Promise<Result & { readonly adapter: Device['adapter'] }> {
  const device = await Device.create();
  const clock = new SubmitClock();
  const { run, check } = await prepare(device);
  const started = performance.now();
  run();
  await device.finish();
  const firstMs = performance.now() - started;
  await check();
  const bench = new Bench({ time, iterations: 7, warmupTime: 0, warmupIterations: 2, retainSamples: true });
  const before = device.counters;
  let runs = 0;
  const host: number[] = [];
  const submits: number[] = [];
  bench.add(name, async () => {
    const begun = performance.now();
    clock.take();
    run();
    submits.push(clock.take());
    host.push(performance.now() - begun);
    await device.finish();
    runs++;
  });
  await bench.run();
  const counters = device.counters;
  const samples = [...(bench.tasks[0]?.result as { latency?: { samples?: readonly number[] } }).latency?.samples ?? []].sort((a, b) => a - b);
  const median = samples[samples.length >> 1] ?? NaN;
  const dispatches = (counters.dispatches - before.dispatches) / runs;
  const { adapter, memory: { peakBytes } } = device;
  clock.stop();
  device.destroy();
  return {
    adapter, name, firstMs, peakBytes,
    ms: { median, min: samples[0] ?? NaN, max: samples.at(-1) ?? NaN },
    dispatches,
    hostMicroseconds: (medianOf(host) * 1000) / dispatches,
    submitMicroseconds: (medianOf(submits) * 1000) / dispatches,
    submits: (counters.submits - before.submits) / runs,
    ...(flops === undefined ? {} : { gflops: flops / median / 1e6 }),
    ...(bytes === undefined ? {} : { gbps: bytes / median / 1e6 }),
  };
}

async function main(): Promise<void> {
  const cases = CASES.filter(({ name }) => name.includes(values.filter));
  if (values.help || cases.length === 0) {
    console.log(`usage: npm run bench -- [--filter TEXT] [--seconds S] [--json]\ncases: ${CASES.map(({ name }) => name).join(', ')}`);
    process.exitCode = values.help ? 0 : 2;
    return;
  }
  const results: Result[] = [];
  let adapter: Device['adapter'] | null = null;
  for (const one of cases) {
    if (!values.json) process.stderr.write(`${one.name} ...\n`);
    const { adapter: used, ...result } = await measure(one, Number(values.seconds) * 1000);
    adapter = used;
    results.push(result);
  }
  if (values.json) {
    console.log(JSON.stringify({ adapter, date: new Date().toISOString(), results }));
    return;
  }
  console.log(`adapter: ${adapter?.name ?? ''} (${adapter?.kind ?? ''}; ${adapter?.source ?? ''})`);
  const fixed = (value: number | undefined, digits: number): string => value === undefined ? '' : value.toFixed(digits);
  console.log(renderTable(['case', right('median ms'), right('min'), right('max'), right('GFLOP/s'), right('GB/s'), right('dispatches'), right('host us each'), right('of it submit'), right('submits'), right('first ms'), right('peak MB')], results.map((r) => [r.name, fixed(r.ms.median, 2), fixed(r.ms.min, 2), fixed(r.ms.max, 2), fixed(r.gflops, 1), fixed(r.gbps, 2), fixed(r.dispatches, 0), fixed(r.hostMicroseconds, 1), fixed(r.submitMicroseconds, 1), fixed(r.submits, 0), fixed(r.firstMs, 0), fixed(r.peakBytes / 1e6, 1)])));
}

await main();
