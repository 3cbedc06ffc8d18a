/**
 * `npm run bench:replay [-- --rounds N]`: what a replay costs on the host, beside WebGPU called by hand: as many dispatches, of as many kernels, with as
 * many buffers, their pipelines and bind groups made before. One of each in turn, so the ratio holds whatever else the machine does.
 */
import { Device } from 'lazygrad';
import { findNodeAdapter } from '../engine/node/dawn.ts';
import type { AdapterChoice } from 'lazygrad';
import { renderTable, right } from '../cli/table.ts';
import { overheadCase } from './cases/overhead.ts';
import { flagsOf } from './flags.ts';

const values = flagsOf(import.meta.filename, { rounds: { type: 'string', default: '400' } });
const rounds = Number(values.rounds);
const KERNELS = 12;
const SLOT = 256;

function at<T>(list: readonly T[], i: number): T {
  const found = list[i];
  if (found === undefined) throw new RangeError(`nothing at ${i}`);
  return found;
}

/** A command buffer of trivial dispatches, encoded and submitted. */
async function byHand(choice: AdapterChoice, dispatches: number): Promise<{ run: () => void; finish: () => Promise<void> }> {
  const { adapter } = await findNodeAdapter(choice);
  const device = await adapter.requestDevice();
  const uniforms = device.createBuffer({ size: dispatches * SLOT, usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST });
  const buffers = Array.from({ length: dispatches + 2 }, () => device.createBuffer({ size: SLOT, usage: GPUBufferUsage.STORAGE }));
  const layout = device.createBindGroupLayout({
    entries: [
      { binding: 0, visibility: GPUShaderStage.COMPUTE, buffer: { type: 'uniform', hasDynamicOffset: true } },
      ...[1, 2, 3].map((binding): GPUBindGroupLayoutEntry => ({ binding, visibility: GPUShaderStage.COMPUTE, buffer: { type: binding === 3 ? 'storage' : 'read-only-storage' } })),
    ],
  });
  const pipelines = Array.from({ length: KERNELS }, (_, i) => device.createComputePipeline({
    layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
    compute: {
      module: device.createShaderModule({
        code: `@group(0) @binding(0) var<uniform> p: vec4f; @group(0) @binding(1) var<storage, read> a: array<f32>; @group(0) @binding(2) var<storage, read> b: array<f32>;
          @group(0) @binding(3) var<storage, read_write> c: array<f32>; @compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) { c[id.x] = a[id.x] * p.x + b[id.x] + ${i}; }`,
      }),
      entryPoint: 'main',
    },
  }));
  const steps = Array.from({ length: dispatches }, (_, i) => ({
    pipeline: at(pipelines, i % KERNELS),
    offsets: [i * SLOT],
    group: device.createBindGroup({ layout, entries: [{ binding: 0, resource: { buffer: uniforms, size: 16 } }, ...[0, 1, 2].map((j) => ({ binding: j + 1, resource: { buffer: at(buffers, i + j) } }))] }),
  }));
  return {
    run() {
      const encoder = device.createCommandEncoder();
      const pass = encoder.beginComputePass();
      for (const { pipeline, group, offsets } of steps) {
        pass.setPipeline(pipeline);
        pass.setBindGroup(0, group, offsets);
        pass.dispatchWorkgroups(1, 1, 1);
      }
      pass.end();
      device.queue.submit([encoder.finish()]);
    },
    finish: async () => {
      await device.queue.onSubmittedWorkDone();
    },
  };
}

const device = await Device.create();
const { run, check } = await overheadCase('replay').prepare(device);
await check();
const before = device.counters.dispatches;
run();
const dispatches = device.counters.dispatches - before;
await device.finish();
const bare = await byHand((process.env.LAZYGRAD_ADAPTER ?? 'auto') as AdapterChoice, dispatches);
const samples: [number[], number[]] = [[], []];
for (let round = 0; round < rounds; round++) {
  for (const [i, once, finish] of [[0, run, (): Promise<void> => device.finish()], [1, bare.run, bare.finish]] as const) {
    const begun = performance.now();
    once();
    samples[i].push(((performance.now() - begun) * 1000) / dispatches);
    await finish();
  }
}
const sorted = samples.map((list) => list.slice(rounds >> 3).sort((a, b) => a - b));
const quantile = (i: number, share: number): number => sorted[i]?.[Math.floor((sorted[i].length - 1) * share)] ?? NaN;
console.log(`adapter: ${device.adapter.name}; ${dispatches} dispatches`);
console.log(renderTable(['host us a dispatch', right('least'), right('median')], [
  ['a replay', quantile(0, 0).toFixed(2), quantile(0, 0.5).toFixed(2)],
  ['WebGPU by hand', quantile(1, 0).toFixed(2), quantile(1, 0.5).toFixed(2)],
  ['ratio', (quantile(0, 0) / quantile(1, 0)).toFixed(2), (quantile(0, 0.5) / quantile(1, 0.5)).toFixed(2)],
]));
process.exit(0);
