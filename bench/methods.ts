/**
 * `npm run bench:methods [-- --rounds N] [--methods a,b] [--json]`: what a training step of each joint method costs beside equal weighting: MultiTaskCNN, three tasks, a batch
 * of 32 of each, captured as the trainer does. One step of each method in turn, so ratios hold whatever else the machine does; a device each, for its peak of memory.
 */
import { Device } from 'lazygrad';
import type { Split, Task } from 'lazygrad/data';
import { METHODS, buildModel, phasesOf, resolveHyperparameters } from 'lazygrad/methods';
import type { Method } from 'lazygrad/methods';
import { multiTaskCNN } from 'lazygrad/models';
import { renderTable, right } from '../cli/table.ts';
import { flagsOf } from './flags.ts';
import { median } from './median.ts';
import { Steps } from '../methods/steps.ts';

const values = flagsOf(import.meta.filename, { rounds: { type: 'string', default: '9' }, methods: { type: 'string' }, json: { type: 'boolean', default: false } });
const rounds = Number(values.rounds);
const BATCH = 32;
const REFERENCE = 'equal-weights';
const wanted = values.methods?.split(',');

function split(seed: number): Split {
  return { length: BATCH, inputs: Float32Array.from({ length: BATCH * 784 }, (_, i) => Math.abs(Math.sin(i * 12.9898 + seed))), targets: Int32Array.from({ length: BATCH }, (_, i) => (i + seed) % 10) };
}

const tasks: readonly Task[] = ['a', 'b', 'c'].map((name, i) => ({ name, kind: 'multiclass', classes: 10, inputShape: [1, 28, 28], train: split(i), validation: split(i), test: split(i) }));
const names = tasks.map(({ name }) => name);

interface Prepared {
  readonly name: string;
  readonly run: () => Promise<void>;
  readonly peakBytes: () => number;
  readonly forwards: () => number;
  readonly ms: number[];
}

async function prepare(method: Method): Promise<Prepared> {
  const device = await Device.create();
  const hyperparameters = resolveHyperparameters(method, {});
  const model = buildModel(method, { device, trunk: (dense) => multiTaskCNN({ input: [1, 28, 28], ...(dense && { dense }) }), tasks: tasks.map(({ name, classes }) => ({ name, outputs: classes })), seed: 0 }, hyperparameters);
  const rule = method.create({ model, tasks: names, lr: 0.05, seed: 0, values: hyperparameters });
  const [phase] = phasesOf(method, names, 1, hyperparameters);
  if (phase) await rule.startPhase?.(phase, false);
  const steps = new Steps({ device, model, rule, lossSums: new Map(names.map((name) => [name, 0])), targetCounts: new Map() });
  const parts = tasks.map((task) => ({ task, batch: { inputs: task.train.inputs as Float32Array, targets: task.train.targets, size: BATCH } }));
  const run = async (): Promise<void> => {
    await steps.run(parts, BATCH);
    await device.finish();
  };
  await run();
  const losses = await steps.lossSums();
  if ([...losses.values()].some((loss) => !Number.isFinite(loss))) throw new Error(`${method.name}: a loss is no number: nothing is reported`);
  return { name: method.name, run, peakBytes: () => device.memory.peakBytes, forwards: () => steps.work.forwards / steps.work.batches, ms: [] };
}

const joint = METHODS.filter((method) => {
  const phases = phasesOf(method, names, 1, resolveHyperparameters(method, {}));
  return phases.length === 1 && phases[0]?.mode === 'joint' && (!wanted || method.name === REFERENCE || wanted.includes(method.name));
});
const prepared: Prepared[] = [];
for (const method of joint) prepared.push(await prepare(method));
for (let round = 0; round < rounds; round++) {
  for (const { run, ms } of prepared) {
    const begun = performance.now();
    await run();
    ms.push(performance.now() - begun);
  }
}
const reference = prepared.find(({ name }) => name === REFERENCE);
const results = prepared.map(({ name, ms, peakBytes, forwards }) => {
  const ratios = ms.map((value, i) => value / (reference?.ms[i] ?? NaN));
  return { name, ms: median(ms), ratio: median(ratios), forwards: forwards(), peakBytes: peakBytes(), memory: peakBytes() / (reference?.peakBytes() ?? NaN) };
});
console.log(values.json
  ? JSON.stringify({ date: new Date().toISOString(), results })
  : renderTable(['method', right('ms'), right(`time / ${REFERENCE}`), right('forward passes'), right('peak MB'), right(`memory / ${REFERENCE}`)], results.map((r) => [r.name, r.ms.toFixed(0), r.ratio.toFixed(2), r.forwards.toFixed(0), (r.peakBytes / 1e6).toFixed(1), r.memory.toFixed(2)])));
process.exit(0);
