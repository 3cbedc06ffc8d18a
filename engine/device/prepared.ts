/** A captured step, ready to be encoded again and again: bind groups and parameters are made once. */
import { BindGroups } from './bind-groups.ts';
import type { Command } from './capture.ts';
import type { Encoder } from './encoder.ts';
import type { EntryPoint, ParamSource } from './kernel.ts';
import { writeParams } from './kernel.ts';
import type { LiveGroups } from './live-groups.ts';
import { workOf } from './profiler.ts';
import type { Work } from './profiler.ts';

type Dispatch = Extract<Command, { kind: 'dispatch' }>;

type PreparedStep =
  | { readonly kind: 'dispatch'; readonly work: Work; readonly pipeline: GPUComputePipeline; readonly group: GPUBindGroup; readonly offsets: readonly number[]; readonly groups: readonly [number, number, number] }
  | Exclude<Command, Dispatch>;

/** Parameters that are asked for at every replay, and where they go. */
interface LiveParams {
  readonly kernel: string;
  readonly entry: EntryPoint;
  readonly source: ParamSource;
  readonly at: number;
}

export class PreparedSteps {
  readonly #device: GPUDevice;
  readonly #slot: number;
  readonly #uniforms: GPUBuffer;
  /** What the uniform buffer holds. */
  readonly #staging: DataView<ArrayBuffer>;
  readonly #live: LiveParams[] = [];
  readonly #steps: readonly PreparedStep[];
  /** Number that its dispatches share. */
  readonly bindGroups: number;

  /** All storages of the commands have buffers. @param slot bytes that each dispatch has for its parameters */
  constructor(device: GPUDevice, live: LiveGroups, commands: readonly Command[], slot: number) {
    this.#device = device;
    this.#slot = slot;
    const slots = commands.filter((command) => command.kind === 'dispatch' && command.params).length;
    this.#staging = new DataView(new ArrayBuffer(slots * slot));
    this.#uniforms = device.createBuffer({ label: 'parameters of a captured step', size: Math.max(1, slots) * slot, usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST });
    const bindGroups = new BindGroups(device, live, this.#uniforms, Infinity);
    try {
      this.#steps = this.#prepareAll(commands, bindGroups);
    } catch (error) {
      this.destroy();
      throw error;
    }
    this.bindGroups = bindGroups.size;
    if (slots > 0) device.queue.writeBuffer(this.#uniforms, 0, this.#staging.buffer);
  }

  #prepareAll(commands: readonly Command[], bindGroups: BindGroups): PreparedStep[] {
    let next = 0;
    return commands.map((command) => {
      if (command.kind !== 'dispatch') return command;
      const at = command.params ? next : null;
      if (command.params) next += this.#slot;
      return this.#prepare(command, at, bindGroups);
    });
  }

  #prepare({ kernel, entry, pipeline, buffers, params, groups, flops }: Dispatch, at: number | null, bindGroups: BindGroups): PreparedStep {
    if (entry.params && params && at !== null) {
      if (typeof params === 'function') this.#live.push({ kernel: kernel.name, entry, source: params, at });
      else writeParams(kernel.name, entry, params, this.#staging, at);
    }
    return {
      kind: 'dispatch', groups, pipeline: pipeline.pipeline, work: workOf(pipeline.label, buffers, groups, flops), offsets: at === null ? [] : [at],
      group: bindGroups.get(entry, pipeline, buffers),
    };
  }

  /** Number of dispatches, clears and copies. */
  get size(): number {
    return this.#steps.length;
  }

  /** Encodes the step behind whatever was recorded before. Earlier replays must have been submitted. @param submit called when the encoder is full */
  encode(encoder: Encoder, submit: () => void): void {
    for (const { kernel, entry, source, at } of this.#live) writeParams(kernel, entry, source, this.#staging, at);
    const [first, last] = [this.#live[0], this.#live.at(-1)];
    if (first && last) this.#device.queue.writeBuffer(this.#uniforms, first.at, this.#staging.buffer, first.at, last.at + this.#slot - first.at);
    let set: GPUComputePipeline | null = null;
    let open: GPUComputePassEncoder | null = null;
    for (const step of this.#steps) {
      if (step.kind === 'dispatch') {
        if (encoder.isFull) submit();
        const pass = encoder.pass(step.work);
        // A call less where neighbours run the same kernel: a quarter of the cost of a dispatch.
        if (pass !== open || step.pipeline !== set) pass.setPipeline(step.pipeline);
        [set, open] = [step.pipeline, pass];
        pass.setBindGroup(0, step.group, step.offsets);
        pass.dispatchWorkgroups(step.groups[0], step.groups[1], step.groups[2]);
      } else if (step.kind === 'clear') {
        encoder.outside().clearBuffer(step.binding.storage.plannedBuffer, step.binding.offset, step.binding.size);
      } else {
        encoder.outside().copyBufferToBuffer(step.from.plannedBuffer, step.fromOffset, step.to.plannedBuffer, step.toOffset, step.bytes);
      }
    }
  }

  destroy(): void {
    this.#uniforms.destroy();
  }
}
