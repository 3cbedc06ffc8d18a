/** One process of `first-step.ts`: the first two steps, as a line of JSON; with `--costs` what each pipeline cost. */
import { Device, Generator, SGD, backward, crossEntropy, rand, tensor } from 'lazygrad';
import { MultiTaskModel, multiTaskCNN } from 'lazygrad/models';

export interface FirstStep {
  readonly firstMs: number;
  readonly secondMs: number;
  readonly pipelines: number;
  /** Milliseconds by pipeline, the most first; empty unless asked for. */
  readonly costs: readonly { readonly label: string; readonly ms: number }[];
}

/** Adds up how long the calls that make pipelines take. Drivers that compile at the first dispatch show little here. */
function watchPipelines(): Map<string, number> {
  const costs = new Map<string, number>();
  const original = Object.getOwnPropertyDescriptor(GPUDevice.prototype, 'createComputePipeline')?.value as GPUDevice['createComputePipeline'];
  GPUDevice.prototype.createComputePipeline = function (descriptor): GPUComputePipeline {
    const begun = performance.now();
    const pipeline = original.call(this, descriptor);
    costs.set(descriptor.label ?? '', performance.now() - begun);
    return pipeline;
  };
  return costs;
}

const device = await Device.create();
const costs = process.argv.includes('--costs') ? watchPipelines() : new Map<string, number>();
const model = new MultiTaskModel(device, multiTaskCNN({ input: [1, 28, 28] }), [{ name: 'a', outputs: 10 }], 0);
const x = rand(device, [64, 1, 28, 28], new Generator(1));
const y = tensor(device, Int32Array.from({ length: 64 }, (_, i) => i % 10));
const optimizers = [model.shared, ...model.heads.values()].map((arena) => new SGD(arena, { lr: 0.05 }));
await device.finish();

async function step(): Promise<{ readonly ms: number; readonly loss: number }> {
  using _scope = device.scope();
  const begun = performance.now();
  model.zeroGrad();
  const loss = crossEntropy(model.forward(x, 'a'), y);
  backward(loss);
  for (const optimizer of optimizers) optimizer.step();
  await device.finish();
  return { ms: performance.now() - begun, loss: await loss.item() };
}

const before = device.counters.pipelines;
const first = await step();
const pipelines = device.counters.pipelines - before;
const second = await step();
if (!(Math.abs(first.loss - Math.log(10)) < 0.15 && second.loss < first.loss)) throw new Error(`losses ${first.loss} and ${second.loss}: nothing is reported`);
const line: FirstStep = { firstMs: first.ms, secondMs: second.ms, pipelines, costs: [...costs].map(([label, ms]) => ({ label, ms })).sort((a, b) => b.ms - a.ms) };
console.log(JSON.stringify(line));
process.exit(0);
