/** Kernels to pipelines: compiled at first use, one for each set of baked-in constants. */
import { DeviceError } from '../errors.ts';
import type { Kernel } from './kernel.ts';

export interface Pipeline {
  readonly id: number;
  readonly label: string;
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
}

export class Pipelines {
  readonly #device: GPUDevice;
  readonly #modules = new Map<Kernel, GPUShaderModule>();
  readonly #pipelines = new Map<Kernel, Map<string, Pipeline>>();
  #count = 0;

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /** Distinct pipelines compiled so far. */
  get count(): number {
    return this.#count;
  }

  get(kernel: Kernel, entry: string, overrides: Readonly<Record<string, number>>): Pipeline {
    let variants = this.#pipelines.get(kernel);
    if (!variants) this.#pipelines.set(kernel, (variants = new Map<string, Pipeline>()));
    let key = entry;
    for (const name in overrides) key += `,${name}=${overrides[name] ?? ''}`;
    let pipeline = variants.get(key);
    if (!pipeline) variants.set(key, (pipeline = this.#compile(kernel, entry, overrides, key)));
    return pipeline;
  }

  #compile(kernel: Kernel, entryName: string, overrides: Readonly<Record<string, number>>, key: string): Pipeline {
    const entry = kernel.entries[entryName];
    if (!entry) throw new TypeError(`kernel ${kernel.name} has no entry point ${entryName}`);
    for (const feature of kernel.features) {
      if (!this.#device.features.has(feature)) throw new DeviceError(`kernel ${kernel.name} needs the feature ${feature}, which this adapter does not have`);
    }
    let module = this.#modules.get(kernel);
    if (!module) this.#modules.set(kernel, (module = this.#device.createShaderModule({ label: kernel.name, code: kernel.code })));
    const label = `${kernel.name}:${key}`;
    const layout = this.#device.createBindGroupLayout({
      label,
      entries: [
        ...(entry.params ? [{ binding: entry.params.binding, visibility: GPUShaderStage.COMPUTE, buffer: { type: 'uniform', hasDynamicOffset: true, minBindingSize: entry.params.size } } as const] : []),
        ...entry.buffers.map((b) => ({ binding: b.binding, visibility: GPUShaderStage.COMPUTE, buffer: { type: b.access === 'read' ? 'read-only-storage' : 'storage' } }) as const),
      ],
    });
    const pipeline = this.#device.createComputePipeline({
      label,
      layout: this.#device.createPipelineLayout({ label, bindGroupLayouts: [layout] }),
      compute: { module, entryPoint: entryName, constants: overrides },
    });
    return { id: this.#count++, label, pipeline, layout };
  }
}
