/** The command stream: dispatches are recorded in order and submitted together, with one write for all their parameters. */
import { LimitError } from '../errors.ts';
import type { Command } from './capture.ts';
import type { EntryPoint, Kernel, KernelShape, ParamSource } from './kernel.ts';
import { writeParams } from './kernel.ts';
import type { Pipeline, Pipelines } from './pipelines.ts';
import type { Storage } from './memory.ts';
import { Profiler } from './profiler.ts';

/** A range of a storage, in bytes. The offset is a multiple of 256. */
export interface Binding {
  readonly storage: Storage;
  readonly offset: number;
  readonly size: number;
}

export interface Dispatch<S extends KernelShape, E extends keyof S['entries']> {
  /** Entry point; `main` unless said otherwise. */
  readonly entry?: E;
  readonly overrides?: Partial<S['overrides']>;
  readonly buffers: { readonly [B in keyof S['entries'][E]['buffers']]: Binding };
  /** What varies from one replay of a captured step to the next (a learning rate, a random stream) is given by a function. */
  readonly params: ParamSource<S['entries'][E]['params']>;
  /** Numbers of workgroups. */
  readonly groups: readonly [number, number?, number?];
}

type PreparedStep =
  | { readonly kind: 'dispatch'; readonly label: string; readonly pipeline: GPUComputePipeline; readonly group: GPUBindGroup; readonly offsets: readonly number[]; readonly groups: readonly [number, number, number] }
  | Exclude<Command, { kind: 'dispatch' }>;

/** Parameters that are asked for at every replay, and where they go. */
interface LiveParams {
  readonly kernel: string;
  readonly entry: EntryPoint;
  readonly source: ParamSource;
  readonly at: number;
}

export interface PreparedSteps {
  readonly steps: readonly PreparedStep[];
  readonly uniforms: GPUBuffer;
  /** What the uniform buffer holds. */
  readonly staging: DataView<ArrayBuffer>;
  readonly live: readonly LiveParams[];
}

export interface StreamCounters {
  readonly dispatches: number;
  readonly submits: number;
}

const MAX_GROUPS = 65_535;
const SLOTS = 2048;
const BIND_GROUP_CACHE = 8192;

export class CommandStream {
  readonly #device: GPUDevice;
  readonly #pipelines: Pipelines;
  readonly #slot: number;
  readonly #uniforms: GPUBuffer;
  readonly #staging: DataView<ArrayBuffer>;
  readonly #bindGroups = new Map<string, GPUBindGroup>();
  readonly #onSubmit: () => void;
  #profiler: Profiler | null = null;
  #commands: Command[] | null = null;
  #encoder: GPUCommandEncoder | null = null;
  #pass: GPUComputePassEncoder | null = null;
  #used = 0;
  #dispatches = 0;
  #submits = 0;

  /** @param onSubmit called after each submit */
  constructor(device: GPUDevice, pipelines: Pipelines, onSubmit: () => void) {
    this.#device = device;
    this.#onSubmit = onSubmit;
    this.#pipelines = pipelines;
    this.#slot = Math.max(256, device.limits.minUniformBufferOffsetAlignment);
    this.#uniforms = device.createBuffer({ label: 'parameters', size: SLOTS * this.#slot, usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST });
    this.#staging = new DataView(new ArrayBuffer(SLOTS * this.#slot));
  }

  /** True while there are commands that were not submitted yet. */
  get isRecording(): boolean {
    return this.#encoder !== null;
  }

  get counters(): StreamCounters {
    return { dispatches: this.#dispatches, submits: this.#submits };
  }

  dispatch<S extends KernelShape, E extends keyof S['entries'] = 'main'>(kernel: Kernel<S>, call: Dispatch<S, E>): void {
    const name = (call.entry ?? 'main') as string;
    const [x, y = 1, z = 1] = call.groups;
    if (x > MAX_GROUPS || y > MAX_GROUPS || z > MAX_GROUPS) throw new LimitError(`kernel ${kernel.name}: ${x} x ${y} x ${z} workgroups; each must be at most ${MAX_GROUPS}`);
    if (x === 0 || y === 0 || z === 0) return;
    const pipeline = this.#pipelines.get(kernel, name, (call.overrides ?? {}) as Record<string, number>);
    const entry = (kernel as Kernel).entries[name];
    if (!entry) throw new TypeError(`kernel ${kernel.name} has no entry point ${name}`);
    if (this.#commands) {
      this.#commands.push({ kind: 'dispatch', kernel, entry: name, pipeline, buffers: checked(kernel, entry, call.buffers), params: entry.params ? call.params : null, groups: [x, y, z] });
      return;
    }
    const group = this.#bindGroup(kernel, name, pipeline, call.buffers);
    if (this.#used === SLOTS || this.#profiler?.isFull) this.submit();
    const pass = this.#openPass(pipeline.label);
    pass.setPipeline(pipeline.pipeline);
    if (entry.params) {
      const at = this.#used++ * this.#slot;
      writeParams(kernel.name, entry, call.params, this.#staging, at);
      pass.setBindGroup(0, group, [at]);
    } else {
      pass.setBindGroup(0, group);
    }
    pass.dispatchWorkgroups(x, y, z);
    this.#dispatches++;
  }

  /** From now on commands are kept in the list instead of being encoded. */
  beginCapture(commands: Command[]): void {
    this.#commands = commands;
  }

  endCapture(): void {
    this.#commands = null;
  }

  get isCapturing(): boolean {
    return this.#commands !== null;
  }

  /** Makes what a captured step needs to be encoded again and again. All its storages have buffers now. */
  prepare(commands: readonly Command[]): PreparedSteps {
    const slots = commands.filter((command) => command.kind === 'dispatch' && command.params).length;
    const staging = new DataView(new ArrayBuffer(slots * this.#slot));
    const uniforms = this.#device.createBuffer({ label: 'parameters of a captured step', size: Math.max(1, slots) * this.#slot, usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST });
    const live: LiveParams[] = [];
    let next = 0;
    const steps = commands.map((command): PreparedStep => {
      if (command.kind !== 'dispatch') return command;
      const { kernel, entry: name, pipeline, buffers, groups, params } = command;
      const entry = kernel.entries[name];
      const at = next;
      if (entry && params) {
        if (typeof params === 'function') live.push({ kernel: kernel.name, entry, source: params, at });
        else writeParams(kernel.name, entry, params, staging, at);
        next += this.#slot;
      }
      const entries: GPUBindGroupEntry[] = entry?.params ? [{ binding: entry.params.binding, resource: { buffer: uniforms, offset: 0, size: entry.params.size } }] : [];
      for (const { name: buffer, binding: index } of entry?.buffers ?? []) {
        const binding = buffers[buffer];
        if (binding) entries.push({ binding: index, resource: { buffer: binding.storage.plannedBuffer, offset: binding.offset, size: binding.size } });
      }
      return { kind: 'dispatch', label: pipeline.label, pipeline: pipeline.pipeline, group: this.#device.createBindGroup({ label: pipeline.label, layout: pipeline.layout, entries }), offsets: params ? [at] : [], groups };
    });
    if (slots > 0) this.#device.queue.writeBuffer(uniforms, 0, staging.buffer);
    return { steps, uniforms, staging, live };
  }

  /** Encodes a prepared step behind whatever was recorded before. */
  replay({ steps, uniforms, staging, live }: PreparedSteps): void {
    for (const { kernel, entry, source, at } of live) writeParams(kernel, entry, source, staging, at);
    const [first, last] = [live[0], live.at(-1)];
    // Earlier replays were submitted: they are not overtaken.
    if (first && last) this.#device.queue.writeBuffer(uniforms, first.at, staging.buffer, first.at, last.at + this.#slot - first.at);
    for (const step of steps) {
      if (step.kind === 'dispatch') {
        if (this.#profiler?.isFull) this.submit();
        const pass = this.#openPass(step.label);
        pass.setPipeline(step.pipeline);
        pass.setBindGroup(0, step.group, step.offsets);
        pass.dispatchWorkgroups(step.groups[0], step.groups[1], step.groups[2]);
        this.#dispatches++;
      } else if (step.kind === 'clear') {
        this.#outsidePass().clearBuffer(step.binding.storage.plannedBuffer, step.binding.offset, step.binding.size);
      } else {
        this.#outsidePass().copyBufferToBuffer(step.from.plannedBuffer, step.fromOffset, step.to.plannedBuffer, step.toOffset, step.bytes);
      }
    }
  }

  /** One pass for all dispatches; one each while they are timed. */
  #openPass(label: string): GPUComputePassEncoder {
    if (this.#profiler) this.#pass = this.#outsidePass().beginComputePass(this.#profiler.next(label));
    else this.#pass ??= (this.#encoder ??= this.#device.createCommandEncoder()).beginComputePass();
    return this.#pass;
  }

  /** Times every dispatch from now on. */
  profile(): Profiler {
    return (this.#profiler ??= new Profiler(this.#device));
  }

  #bindGroup(kernel: Kernel, entryName: string, pipeline: Pipeline, buffers: Readonly<Record<string, Binding>>): GPUBindGroup {
    const entry = kernel.entries[entryName];
    if (!entry) throw new TypeError(`kernel ${kernel.name} has no entry point ${entryName}`);
    let key = String(pipeline.id);
    for (const { name } of entry.buffers) {
      const binding = buffers[name];
      if (!binding) throw new TypeError(`kernel ${kernel.name}: buffer ${name} is missing`);
      key += `|${binding.storage.id}:${binding.offset}:${binding.size}`;
    }
    const cached = this.#bindGroups.get(key);
    if (cached) {
      // The key names buffers, which live on in the pool; the storages must be alive all the same.
      for (const { name } of entry.buffers) buffers[name]?.storage.checkAlive();
      return cached;
    }
    if (this.#bindGroups.size >= BIND_GROUP_CACHE) this.#bindGroups.clear();
    const entries: GPUBindGroupEntry[] = entry.params ? [{ binding: entry.params.binding, resource: { buffer: this.#uniforms, offset: 0, size: entry.params.size } }] : [];
    for (const { name, binding: index } of entry.buffers) {
      const binding = buffers[name];
      if (binding) entries.push({ binding: index, resource: { buffer: binding.storage.buffer, offset: binding.offset, size: binding.size } });
    }
    const group = this.#device.createBindGroup({ label: pipeline.label, layout: pipeline.layout, entries });
    this.#bindGroups.set(key, group);
    return group;
  }

  /** Copies bytes between storages, in order with the dispatches. Offsets and size are multiples of 4. */
  copy(from: Storage, fromOffset: number, to: Storage, toOffset: number, bytes: number): void {
    if (this.#commands) this.#commands.push({ kind: 'copy', from, fromOffset, to, toOffset, bytes });
    else this.#outsidePass().copyBufferToBuffer(from.buffer, fromOffset, to.buffer, toOffset, bytes);
  }

  /** Copies bytes to a buffer that the host will map. */
  copyOut(from: Storage, offset: number, staging: GPUBuffer, at: number, bytes: number): void {
    this.#outsidePass().copyBufferToBuffer(from.buffer, offset, staging, at, bytes);
  }

  /** Sets bytes to zero, in order with the dispatches. */
  clear(binding: Binding): void {
    if (this.#commands) this.#commands.push({ kind: 'clear', binding });
    else this.#outsidePass().clearBuffer(binding.storage.buffer, binding.offset, binding.size);
  }

  #outsidePass(): GPUCommandEncoder {
    this.#pass?.end();
    this.#pass = null;
    return (this.#encoder ??= this.#device.createCommandEncoder());
  }

  /** Hands everything recorded so far to the device. While a step is captured there is nothing to hand over. */
  submit(): void {
    if (!this.#encoder || this.#commands) return;
    const encoder = this.#outsidePass();
    if (this.#used > 0) this.#device.queue.writeBuffer(this.#uniforms, 0, this.#staging.buffer, 0, this.#used * this.#slot);
    const submitted = this.#profiler?.resolve(encoder);
    this.#device.queue.submit([encoder.finish()]);
    submitted?.();
    this.#encoder = null;
    this.#used = 0;
    this.#submits++;
    this.#onSubmit();
  }
}

/** All buffers are given and alive. */
function checked(kernel: Kernel, entry: EntryPoint, buffers: Readonly<Record<string, Binding>>): Readonly<Record<string, Binding>> {
  for (const { name } of entry.buffers) {
    const binding = buffers[name];
    if (!binding) throw new TypeError(`kernel ${kernel.name}: buffer ${name} is missing`);
    binding.storage.checkAlive();
  }
  return buffers;
}
