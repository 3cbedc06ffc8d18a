/** Measures one case on a device of its own: first the values, then the time. */
import { Bench } from 'tinybench';
import { Device } from 'lazygrad';
import type { AdapterDescription } from 'lazygrad';
import type { Case } from './case.ts';
import { median } from './median.ts';
import { SubmitClock } from './submit-clock.ts';

export interface Measured {
  readonly name: string;
  readonly ms: { readonly median: number; readonly min: number; readonly max: number };
  /** The first run, with the compilation of its kernels where the driver has no cache of them. */
  readonly firstMs: number;
  readonly dispatches: number;
  readonly submits: number;
  /** Highest number of bytes that tensors held up to the end of the first run. */
  readonly peakBytes: number;
  /** The call that runs the case once, for each of its dispatches; and what of it went by in the queue's submit, which is the driver's work. */
  readonly hostMicroseconds: number;
  readonly submitMicroseconds: number;
  readonly gflops?: number;
  readonly gbps?: number;
}

/** A case whose check failed, or which the adapter has no room for: there is no speed. */
export interface Refused {
  readonly name: string;
  readonly error: string;
}

export type Result = Measured | Refused;

/** Runs that are submitted before anybody waits, so that waiting is no part of what is measured. */
const AT_ONCE_MS = 10;
const MOST_AT_ONCE = 50;

/** @param ms how long the case is repeated, at least 7 times */
export async function measure(one: Case, ms: number): Promise<{ readonly adapter: AdapterDescription; readonly result: Result }> {
  const device = await Device.create();
  try {
    return { adapter: device.adapter, result: await measureOn(device, one, ms) };
  } catch (error) {
    return { adapter: device.adapter, result: { name: one.name, error: error instanceof Error ? error.message : String(error) } };
  } finally {
    device.destroy();
  }
}

async function measureOn(device: Device, { name, flops: known, bytes, prepare }: Case, ms: number): Promise<Measured> {
  const { run, check, flops: count } = await prepare(device);
  const started = performance.now();
  run();
  await device.finish();
  const firstMs = performance.now() - started;
  const { peakBytes } = device.memory;
  await check();
  const steady = performance.now();
  run();
  await device.finish();
  const atOnce = Math.max(1, Math.min(MOST_AT_ONCE, Math.round(AT_ONCE_MS / (performance.now() - steady))));

  const clock = new SubmitClock();
  const bench = new Bench({ time: ms, iterations: 7, warmupTime: 0, warmupIterations: 2, retainSamples: true });
  const before = device.counters;
  let runs = 0;
  const [host, submits]: [number[], number[]] = [[], []];
  bench.add(name, async () => {
    for (let i = 0; i < atOnce; i++) {
      const begun = performance.now();
      clock.take();
      run();
      submits.push(clock.take());
      host.push(performance.now() - begun);
      runs++;
    }
    await device.finish();
  });
  await bench.run();
  clock.stop();
  const after = device.counters;
  const samples = (bench.tasks[0]?.result as { latency?: { samples?: readonly number[] } }).latency?.samples?.map((sample) => sample / atOnce) ?? [];
  const middle = median(samples);
  const dispatches = (after.dispatches - before.dispatches) / runs;
  const flops = count ? count() : known;
  return {
    name, firstMs, peakBytes, dispatches,
    ms: { median: middle, min: Math.min(...samples), max: Math.max(...samples) },
    submits: (after.submits - before.submits) / runs,
    hostMicroseconds: (median(host) * 1000) / Math.max(1, dispatches),
    submitMicroseconds: (median(submits) * 1000) / Math.max(1, dispatches),
    ...flops === undefined ? {} : { gflops: flops / middle / 1e6 },
    ...bytes === undefined ? {} : { gbps: bytes / middle / 1e6 },
  };
}
