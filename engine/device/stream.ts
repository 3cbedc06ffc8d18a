/** The command stream: dispatches are recorded in order and submitted together, with one write for all their parameters. */
import { LimitError } from '../errors.ts';
import type { Command } from './capture.ts';
import type { EntryPoint, Kernel, KernelShape, ParamSource } from './kernel.ts';
import { writeParams } from './kernel.ts';
import { BindGroups } from './bind-groups.ts';
import { Encoder } from './encoder.ts';
import type { LiveGroups } from './live-groups.ts';
import { PendingClears } from './pending-clears.ts';
import type { Pipelines } from './pipelines.ts';
import type { Storage } from './memory.ts';
import { PreparedSteps } from './prepared.ts';
import type { Profiler } from './profiler.ts';
import { workOf } from './profiler.ts';

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
  /** Floating-point operations, where it is worth telling a profile. */
  readonly flops?: number;
  /** Numbers of workgroups. */
  readonly groups: readonly [number, number?, number?];
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
  readonly #bindGroups: BindGroups;
  readonly #live: LiveGroups;
  readonly #onSubmit: () => void;
  readonly #encoder: Encoder;
  readonly #clears = new PendingClears();
  #commands: Command[] | null = null;
  #used = 0;
  #submits = 0;

  /** @param onSubmit called after each submit */
  constructor(device: GPUDevice, pipelines: Pipelines, live: LiveGroups, onSubmit: () => void) {
    this.#device = device;
    this.#live = live;
    this.#encoder = new Encoder(device);
    this.#onSubmit = onSubmit;
    this.#pipelines = pipelines;
    this.#slot = Math.max(256, device.limits.minUniformBufferOffsetAlignment);
    this.#uniforms = device.createBuffer({ label: 'parameters', size: SLOTS * this.#slot, usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST });
    this.#bindGroups = new BindGroups(device, live, this.#uniforms, Math.min(BIND_GROUP_CACHE, live.limit / 4));
    this.#staging = new DataView(new ArrayBuffer(SLOTS * this.#slot));
  }

  /** True while there are commands that were not submitted yet. */
  get isRecording(): boolean {
    return this.#encoder.isOpen;
  }

  get counters(): StreamCounters {
    return { dispatches: this.#encoder.dispatches, submits: this.#submits };
  }

  dispatch<S extends KernelShape, E extends keyof S['entries'] = 'main'>(kernel: Kernel<S>, call: Dispatch<S, E>): void {
    const name = (call.entry ?? 'main') as string;
    const [x, y = 1, z = 1] = call.groups;
    if (x > MAX_GROUPS || y > MAX_GROUPS || z > MAX_GROUPS) throw new LimitError(`kernel ${kernel.name}: ${x} x ${y} x ${z} workgroups; each must be at most ${MAX_GROUPS}`);
    if (x === 0 || y === 0 || z === 0) return;
    const pipeline = this.#pipelines.get(kernel, name, (call.overrides ?? {}) as Record<string, number>);
    const entry = (kernel as Kernel).entries[name];
    if (!entry) throw new TypeError(`kernel ${kernel.name} has no entry point ${name}`);
    check(kernel, entry, call.buffers);
    if (!this.#clears.isEmpty) for (const binding of Object.values<Binding>(call.buffers)) this.#touch(binding);
    if (this.#commands) {
      this.#commands.push({ kind: 'dispatch', kernel, entry, pipeline, buffers: call.buffers, params: entry.params ? call.params : null, groups: [x, y, z], flops: call.flops ?? 0 });
      return;
    }
    const group = this.#bindGroups.get(entry, pipeline, call.buffers);
    if (this.#used === SLOTS || this.#encoder.isFull) this.submit();
    const pass = this.#encoder.pass(workOf(pipeline.label, call.buffers, [x, y, z], call.flops));
    pass.setPipeline(pipeline.pipeline);
    if (entry.params) {
      const at = this.#used++ * this.#slot;
      writeParams(kernel.name, entry, call.params, this.#staging, at);
      pass.setBindGroup(0, group, [at]);
    } else {
      pass.setBindGroup(0, group);
    }
    pass.dispatchWorkgroups(x, y, z);
  }

  /** From now on commands are kept in the list instead of being encoded. */
  beginCapture(commands: Command[]): void {
    this.#commands = commands;
  }

  endCapture(): void {
    this.#clearAll();
    this.#commands = null;
  }

  get isCapturing(): boolean {
    return this.#commands !== null;
  }

  /** Makes what a captured step needs to be encoded again and again. All its storages have buffers now. */
  prepare(commands: readonly Command[]): PreparedSteps {
    return new PreparedSteps(this.#device, this.#live, commands, this.#slot);
  }

  /** Encodes a prepared step behind whatever was recorded before, and submits. */
  replay(steps: PreparedSteps): void {
    this.#clearAll();
    steps.encode(this.#encoder, () => this.submit());
    this.submit();
  }

  /** Times every dispatch from now on. */
  profile(): Profiler {
    return this.#encoder.profile();
  }

  /** Copies bytes between storages, in order with the dispatches. Offsets and size are multiples of 4. */
  copy(from: Storage, fromOffset: number, to: Storage, toOffset: number, bytes: number): void {
    this.#touch({ storage: from, offset: fromOffset, size: bytes });
    this.#touch({ storage: to, offset: toOffset, size: bytes });
    if (this.#commands) this.#commands.push({ kind: 'copy', from, fromOffset, to, toOffset, bytes });
    else this.#encoder.outside().copyBufferToBuffer(from.buffer, fromOffset, to.buffer, toOffset, bytes);
  }

  /** Copies bytes to a buffer that the host will map. */
  copyOut(from: Storage, offset: number, staging: GPUBuffer, at: number, bytes: number): void {
    this.#touch({ storage: from, offset, size: bytes });
    this.#encoder.outside().copyBufferToBuffer(from.buffer, offset, staging, at, bytes);
  }

  /** Sets bytes to zero, in order with the dispatches. */
  clear(binding: Binding): void {
    if (this.#commands) this.#commands.push({ kind: 'clear', binding });
    else this.#encoder.outside().clearBuffer(binding.storage.buffer, binding.offset, binding.size);
  }

  /** As `clear`, when something touches the range: a dispatch that binds some of it, a copy, or the next submit. */
  clearLater(binding: Binding): void {
    this.#clears.add(binding);
  }

  /** Drops a clear that is still to come. False if there is none of all of the range. */
  dropClear(binding: Binding): boolean {
    return this.#clears.drop(binding);
  }

  #touch(binding: Binding): void {
    for (const range of this.#clears.take(binding)) this.clear(range);
  }

  #clearAll(): void {
    for (const range of this.#clears.takeAll()) this.clear(range);
  }

  /** Hands everything recorded so far to the device. While a step is captured there is nothing to hand over. */
  submit(): void {
    if (this.#commands) return;
    this.#clearAll();
    if (!this.#encoder.isOpen) return;
    if (this.#used > 0) this.#device.queue.writeBuffer(this.#uniforms, 0, this.#staging.buffer, 0, this.#used * this.#slot);
    this.#encoder.submit();
    this.#used = 0;
    this.#submits++;
    this.#onSubmit();
  }
}

/** All buffers must be given and alive. */
function check(kernel: Kernel, entry: EntryPoint, buffers: Readonly<Record<string, Binding>>): void {
  for (const { name } of entry.buffers) {
    const binding = buffers[name];
    if (!binding) throw new TypeError(`kernel ${kernel.name}: buffer ${name} is missing`);
    binding.storage.checkAlive();
  }
}
