/** Bind groups, made once for each pipeline and the buffers that it is given. */
import type { EntryPoint } from './kernel.ts';
import type { LiveGroups } from './live-groups.ts';
import type { Pipeline } from './pipelines.ts';
import type { Binding } from './stream.ts';

export class BindGroups {
  readonly #device: GPUDevice;
  readonly #live: LiveGroups;
  readonly #uniforms: GPUBuffer;
  readonly #kept: number;
  readonly #groups = new Map<string, GPUBindGroup>();
  #emptying = false;

  /** @param uniforms where parameters are; a dispatch gives its offset @param kept beyond so many, all are dropped at the next turn of the event loop */
  constructor(device: GPUDevice, live: LiveGroups, uniforms: GPUBuffer, kept: number) {
    this.#device = device;
    this.#live = live;
    this.#uniforms = uniforms;
    this.#kept = kept;
  }

  get size(): number {
    return this.#groups.size;
  }

  /** @param buffers all that the entry point has @throws LimitError when there are as many as the driver can hold */
  get(entry: EntryPoint, pipeline: Pipeline, buffers: Readonly<Record<string, Binding>>): GPUBindGroup {
    let key = String(pipeline.id);
    for (const { name } of entry.buffers) {
      const binding = buffers[name];
      if (binding) key += `|${binding.storage.id}:${binding.offset}:${binding.size}`;
    }
    const known = this.#groups.get(key);
    if (known) return known;
    const entries: GPUBindGroupEntry[] = entry.params ? [{ binding: entry.params.binding, resource: { buffer: this.#uniforms, offset: 0, size: entry.params.size } }] : [];
    for (const { name, binding: index } of entry.buffers) {
      const binding = buffers[name];
      if (binding) entries.push({ binding: index, resource: { buffer: binding.storage.plannedBuffer, offset: binding.offset, size: binding.size } });
    }
    const group = this.#live.make(() => this.#device.createBindGroup({ label: pipeline.label, layout: pipeline.layout, entries }));
    this.#groups.set(key, group);
    this.#emptyLater();
    return group;
  }

  /** The driver gets a bind group back when the event loop turns and not before: dropped in the middle of a step it would be held all the same, and made again. */
  #emptyLater(): void {
    if (this.#emptying || this.#groups.size <= this.#kept) return;
    this.#emptying = true;
    setTimeout(() => {
      this.#groups.clear();
      this.#emptying = false;
    }, 0);
  }
}
