/** The commands that are under way to the device: one encoder until the next submit, one compute pass for neighbouring dispatches. */
import { Profiler } from './profiler.ts';
import type { Work } from './profiler.ts';

/**
 * Dispatches of one submit. Mesa's lavapipe copies the descriptor set of each into a memory mapping of its own until the submit is done, and a process
 * has 65,530 mappings at most, by Linux's default; past that it crashes.
 */
const PER_SUBMIT = 4096;

export class Encoder {
  readonly #device: GPUDevice;
  #profiler: Profiler | null = null;
  #encoder: GPUCommandEncoder | null = null;
  #pass: GPUComputePassEncoder | null = null;
  #dispatches = 0;
  /** Those that were handed over. */
  #submitted = 0;

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /** True while there are commands that were not submitted yet. */
  get isOpen(): boolean {
    return this.#encoder !== null;
  }

  /** All so far. */
  get dispatches(): number {
    return this.#dispatches;
  }

  /** True when what was recorded must be submitted before the next dispatch. */
  get isFull(): boolean {
    return this.#dispatches - this.#submitted >= PER_SUBMIT || (this.#profiler?.isFull ?? false);
  }

  /** Times every dispatch from now on. */
  profile(): Profiler {
    return (this.#profiler ??= new Profiler(this.#device));
  }

  /** The pass for one dispatch: one for all, but one each while they are timed. */
  pass(work: Work): GPUComputePassEncoder {
    this.#dispatches++;
    if (this.#profiler) this.#pass = this.outside().beginComputePass(this.#profiler.next(work));
    else this.#pass ??= (this.#encoder ??= this.#device.createCommandEncoder()).beginComputePass();
    return this.#pass;
  }

  /** The encoder between passes, for copies and clears. */
  outside(): GPUCommandEncoder {
    this.#pass?.end();
    this.#pass = null;
    return (this.#encoder ??= this.#device.createCommandEncoder());
  }

  /** Hands everything to the device. */
  submit(): void {
    const encoder = this.outside();
    const submitted = this.#profiler?.resolve(encoder);
    this.#device.queue.submit([encoder.finish()]);
    submitted?.();
    this.#encoder = null;
    this.#submitted = this.#dispatches;
  }
}
