/**
 * `npm run bench:loader [-- --seconds S] [--json]`: how many samples a second batches of 28 x 28 come at, from memory, from a file and from a folder of pictures that are decoded on demand;
 * and while MultiTaskCNN is trained on them, which share of the time its step waits for the next batch.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { Device, SGD, backward, crossEntropy, tensor } from 'lazygrad';
import { streamBatches } from 'lazygrad/data';
import type { Batch, Split } from 'lazygrad/data';
import { fileSource, loadImageFolder } from 'lazygrad/data/node';
import { MultiTaskModel, multiTaskCNN } from 'lazygrad/models';
import { renderTable, right } from '../cli/table.ts';
import { flagsOf } from './flags.ts';

const values = flagsOf(import.meta.filename, { seconds: { type: 'string', default: '3' }, json: { type: 'boolean', default: false } });
const milliseconds = Number(values.seconds) * 1000;
const [SIZE, BATCH, IN_MEMORY, PICTURES] = [784, 64, 60_000, 2000];

interface Loader {
  readonly name: string;
  readonly split: Split;
}

interface Result {
  readonly name: string;
  readonly samplesPerSecond: number;
  /** Samples a second that training takes, and the share of its time in which it waits for them. */
  readonly trained: number;
  readonly waited: number;
}

async function loaders(folder: string): Promise<Loader[]> {
  const inputs = Uint8Array.from({ length: IN_MEMORY * SIZE }, (_, i) => (i * 2_654_435_761) >>> 24);
  const targets = Int32Array.from({ length: IN_MEMORY }, (_, i) => i % 10);
  const path = join(folder, 'values.bin');
  await writeFile(path, inputs);
  const pictures = join(folder, 'pictures');
  for (let i = 0; i < PICTURES; i++) {
    const place = join(pictures, String(i % 10));
    if (i < 10) await mkdir(place, { recursive: true });
    await sharp(inputs.subarray(i * SIZE, (i + 1) * SIZE), { raw: { width: 28, height: 28, channels: 1 } }).png().toFile(join(place, `${i}.png`));
  }
  const { train } = await loadImageFolder(pictures, { height: 28, width: 28, channels: 1, seed: 0, validation: 0, test: 0.001, onDemand: true });
  return [
    { name: 'memory', split: { length: IN_MEMORY, inputs, targets } },
    { name: 'file', split: { length: IN_MEMORY, inputs: await fileSource(path, { type: 'uint8', size: SIZE }), targets } },
    { name: 'pictures', split: train },
  ];
}

/** Epoch after epoch. */
async function* batchesOf(split: Split): AsyncGenerator<Batch> {
  for (let epoch = 0; ; epoch++) yield* streamBatches(split, SIZE, { batchSize: BATCH, seed: 0, epoch });
}

/** Draws batches for the time that is given. @returns samples a second, and the share of the time that went by in waiting for a batch */
async function draw(split: Split, use: (batch: Batch) => Promise<void>): Promise<{ readonly rate: number; readonly waited: number }> {
  const stream = batchesOf(split);
  await stream.next();
  const begun = performance.now();
  let [samples, waiting, now] = [0, 0, begun];
  while (now - begun < milliseconds) {
    const batch = (await stream.next()).value as Batch;
    waiting += performance.now() - now;
    if (batch.inputs.length !== batch.size * SIZE) throw new Error('a batch is not of its size: nothing is reported');
    await use(batch);
    samples += batch.size;
    now = performance.now();
  }
  await stream.return(undefined);
  return { rate: (samples * 1000) / (now - begun), waited: waiting / (now - begun) };
}

async function measure(device: Device, { name, split }: Loader): Promise<Result> {
  const { rate } = await draw(split, () => Promise.resolve());
  const model = new MultiTaskModel(device, multiTaskCNN({ input: [1, 28, 28] }), [{ name: 'a', outputs: 10 }], 0);
  const optimizers = [model.shared, ...model.heads.values()].map((arena) => new SGD(arena, { lr: 0.01 }));
  const step = async ({ inputs, targets, size }: Batch): Promise<void> => {
    using _scope = device.scope();
    model.zeroGrad();
    backward(crossEntropy(model.forward(tensor(device, inputs, [size, 1, 28, 28]), 'a'), tensor(device, targets)));
    for (const optimizer of optimizers) optimizer.step();
    await device.finish();
  };
  const trained = await draw(split, step);
  return { name, samplesPerSecond: rate, trained: trained.rate, waited: trained.waited };
}

const folder = await mkdtemp(join(tmpdir(), 'lazygrad-loader-'));
try {
  const device = await Device.create();
  const results: Result[] = [];
  for (const loader of await loaders(folder)) results.push(await measure(device, loader));
  const load = loadavg().map((value) => value.toFixed(1)).join(', ');
  if (values.json) console.log(JSON.stringify({ adapter: device.adapter, date: new Date().toISOString(), load, results }));
  else {
    console.log(`adapter: ${device.adapter.name}; load of the machine over 1, 5 and 15 minutes: ${load}`);
    console.log(renderTable(['inputs', right('samples/s'), right('trained samples/s'), right('of it waited %')], results.map((r) => [r.name, r.samplesPerSecond.toFixed(0), r.trained.toFixed(0), (100 * r.waited).toFixed(2)])));
  }
  device.destroy();
} finally {
  await rm(folder, { recursive: true, force: true });
}
