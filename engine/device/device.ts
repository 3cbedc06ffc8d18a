/** A GPU device and what the engine keeps for it: memory, pipelines, the command stream. */
import { ConfigError, DeviceError, TensorError } from '../errors.ts';
import type { AdapterChoice, AdapterDescription, FoundAdapter } from './adapter.ts';
import { ADAPTER_CHOICES } from './adapter.ts';
import { CapturedStep } from './captured-step.ts';
import { findAdapter } from './find-adapter.ts';
import { Scope } from './scope.ts';
import { Faults } from './faults.ts';
import type { Kernel, KernelShape } from './kernel.ts';
import { LiveGroups } from './live-groups.ts';
import { MATRIX_FEATURE, matrixUnitsOf } from './matrix-units.ts';
import type { MemoryReport, Storage } from './memory.ts';
import { Memory } from './memory.ts';
import { Pipelines } from './pipelines.ts';
import type { Profiler } from './profiler.ts';
import type { Binding, Dispatch, StreamCounters } from './stream.ts';
import { CommandStream } from './stream.ts';
import { debugLevel, printToConsole, summaryLines, watch } from './debug.ts';
import type { Print } from './debug.ts';
import type { Recording } from './capture.ts';
import type { AdapterClass, Variants } from './variants.ts';
import { VARIANTS, classOf } from './variants.ts';

export interface DeviceOptions {
  /** Default: the environment variable LAZYGRAD_ADAPTER, else `auto`. */
  readonly adapter?: AdapterChoice;
  /**
   * Multiplies matrices on the adapter's units for that, where it has them: an experimental feature of Dawn, see `docs/gpu.md`. Default: whether the environment
   * variable LAZYGRAD_SUBGROUP_MATRIX is 1.
   */
  readonly subgroupMatrix?: boolean;
  /** For tests and benchmarks: the variants of the kernels of another class of adapters than this one's, or this one's but for some. */
  readonly variants?: AdapterClass | Partial<Variants>;
  /** For tests: bytes that one binding may take, where the adapter allows more. */
  readonly bindingLimit?: number;
  /** For tests: bind groups that the driver may hold at a time, where it could hold more. */
  readonly bindGroupLimit?: number;
  /** Default: the environment variable LAZYGRAD_DEBUG, else 0; see `debug.ts` for the levels. */
  readonly debug?: number;
  /** Where debugging prints to; default the console's error stream. */
  readonly print?: Print;
}

const WANTED_FEATURES = ['subgroups', 'shader-f16', 'timestamp-query'] as const;

export class Device {
  readonly adapter: AdapterDescription;
  readonly #device: GPUDevice;
  readonly #memory: Memory;
  readonly #pipelines: Pipelines;
  readonly #stream: CommandStream;
  /** For kernels that check their data. */
  readonly faults: Faults;
  /** Which variants of the kernels run on this adapter. */
  readonly variants: Variants;
  readonly #wait: <T>(promise: Promise<T>) => Promise<T> = (promise) => promise;
  #failure: DeviceError | null = null;
  #closed = false;
  #atEnd: () => void = () => undefined;

  private constructor(device: GPUDevice, { description, wait }: FoundAdapter, variants: Variants, bindingLimit: number, bindGroupLimit: number) {
    if (wait) this.#wait = wait;
    this.#device = device;
    this.adapter = description;
    this.#pipelines = new Pipelines(device);
    this.#memory = new Memory(device, bindingLimit, () => this.#stream.isRecording);
    this.#stream = new CommandStream(device, this.#pipelines, new LiveGroups(bindGroupLimit), () => this.#memory.afterSubmit());
    this.faults = new Faults(this.#memory);
    this.variants = variants;
    device.onuncapturederror = (event) => {
      this.#failure ??= new DeviceError(`the device refused a command: ${event.error.message}`);
      event.preventDefault();
    };
    void device.lost.then((lost) => {
      if (!this.#closed) this.#failure ??= new DeviceError(`the device was lost: ${lost.message || lost.reason}`);
    });
  }

  /**
   * Opens a device. In a browser it asks `navigator.gpu`; in Node it loads Dawn and, on a machine without any Vulkan driver, SwiftShader.
   * @throws DeviceError when there is no such adapter.
   */
  static async create(options: DeviceOptions = {}): Promise<Device> {
    const environment = (globalThis as { process?: { env?: Record<string, string | undefined> } }).process?.env;
    const choice = options.adapter ?? environment?.LAZYGRAD_ADAPTER ?? 'auto';
    if (!isChoice(choice)) throw new ConfigError(`adapter '${choice}': expected one of ${ADAPTER_CHOICES.join(', ')}`);
    const subgroupMatrix = options.subgroupMatrix ?? environment?.LAZYGRAD_SUBGROUP_MATRIX === '1';
    const found = await findAdapter(choice, subgroupMatrix);
    const { adapter, description } = found;
    const matrixUnits = subgroupMatrix ? matrixUnitsOf(adapter.features, adapter.info) : null;
    const requiredFeatures = [...WANTED_FEATURES.filter((feature) => adapter.features.has(feature)), ...matrixUnits ? [MATRIX_FEATURE as GPUFeatureName] : []];
    const limits = adapter.limits;
    const device = await adapter.requestDevice({
      requiredFeatures,
      requiredLimits: {
        maxBufferSize: limits.maxBufferSize,
        maxStorageBufferBindingSize: limits.maxStorageBufferBindingSize,
        maxComputeInvocationsPerWorkgroup: limits.maxComputeInvocationsPerWorkgroup,
        maxComputeWorkgroupSizeX: limits.maxComputeWorkgroupSizeX,
        maxComputeWorkgroupStorageSize: limits.maxComputeWorkgroupStorageSize,
        maxStorageBuffersPerShaderStage: limits.maxStorageBuffersPerShaderStage,
      },
    });
    const { variants = {} } = options;
    const chosen = typeof variants === 'string' ? VARIANTS[variants] : { ...VARIANTS[classOf(description, device.features, adapter.info)], ...matrixUnits ? { matrixUnits } : {}, ...variants };
    const created = new Device(device, found, chosen, options.bindingLimit ?? Infinity, Math.min(options.bindGroupLimit ?? Infinity, found.bindGroupLimit ?? Infinity));
    created.#debug(options.debug ?? debugLevel(environment), options.print ?? printToConsole);
    return created;
  }

  #debug(level: number, print: Print): void {
    if (level <= 0) return;
    this.#memory.debug = true;
    if (!this.#device.features.has('timestamp-query')) return;
    const profiler = this.profile();
    watch(profiler, level, print);
    this.#atEnd = () => {
      if (profiler.totals.length > 0) summaryLines(profiler.totals).forEach(print);
    };
  }

  get features(): readonly string[] {
    return [...this.#device.features].sort();
  }

  get limits(): GPUSupportedLimits {
    return this.#device.limits;
  }

  get memory(): MemoryReport {
    return this.#memory.report;
  }

  get counters(): StreamCounters & { readonly pipelines: number } {
    return { ...this.#stream.counters, pipelines: this.#pipelines.count };
  }

  /** Times every dispatch from now on; the adapter must have the feature `timestamp-query`. */
  profile(): Profiler {
    if (!this.#device.features.has('timestamp-query')) throw new DeviceError('profiling needs the feature timestamp-query, which this adapter does not have');
    return this.#stream.profile();
  }

  /** Bytes that one binding can take; a tensor that operations work on is no larger. */
  get bindingLimit(): number {
    return this.#memory.bindingLimit;
  }

  /** For the operations of the engine: memory for the results. @param inParts it is never bound as a whole */
  allocate(bytes: number, inParts = false): Storage {
    return this.#memory.allocate(bytes, inParts);
  }

  /** For the operations of the engine: records one kernel. */
  dispatch<S extends KernelShape, E extends keyof S['entries'] = 'main'>(kernel: Kernel<S>, call: Dispatch<S, E>): void {
    this.#stream.dispatch(kernel, call);
  }

  clear(binding: Binding): void {
    this.#stream.clear(binding);
  }

  /** As `clear`, but not before something else touches the range: `claim` can make it needless. */
  clearLater(binding: Binding): void {
    this.#stream.clearLater(binding);
  }

  /**
   * For who is about to write a whole range: true if all of it is still to be cleared (`clearLater`), which then does not happen; false if it may hold
   * values, to which one must add.
   */
  claim(binding: Binding): boolean {
    return this.#stream.dropClear(binding);
  }

  copy(from: Binding, to: Binding): void {
    if (from.size !== to.size) throw new RangeError(`copy of ${from.size} bytes to ${to.size}`);
    this.#stream.copy(from.storage, from.offset, to.storage, to.offset, from.size);
  }

  /** Writes host bytes to a storage that was just allocated. `data.byteLength` is a multiple of 4. */
  upload(storage: Storage, data: ArrayBufferView<ArrayBuffer>): void {
    // Host data is written once: a captured step keeps it.
    if (!storage.isPlaced) this.#memory.place(storage, true);
    // Writes overtake what is only recorded: if that still uses the buffer, it goes first.
    if (this.#memory.isInUse(storage)) this.submit();
    this.#device.queue.writeBuffer(storage.buffer, 0, data.buffer, data.byteOffset, data.byteLength);
  }

  /** Hands the recorded commands to the device; a training step does so once. */
  submit(): void {
    this.#stream.submit();
  }

  /** Submits and waits until the device is done. @throws DeviceError if it refused anything, IndexError if a kernel found an index out of range */
  async finish(): Promise<void> {
    this.#check();
    if (this.faults.arePending && !this.isCapturing) {
      await this.#readBack(0, () => undefined);
      return;
    }
    this.submit();
    await this.submitted();
  }

  /** Resolves when the device has done everything submitted so far. @throws DeviceError if it refused anything */
  async submitted(): Promise<void> {
    await this.#wait(this.#device.queue.onSubmittedWorkDone());
    this.#check();
  }

  /** Submits and reads back. @throws DeviceError if the device refused anything, IndexError if a kernel found an index out of range */
  async read({ storage, offset, size }: Binding): Promise<ArrayBuffer> {
    this.#check();
    if (this.#stream.isCapturing) throw new TensorError('read: a step that is captured cannot read back; read after its replay');
    return this.#readBack(size, (staging, bytes) => this.#stream.copyOut(storage, offset, staging, 0, bytes));
  }

  /** What `fill` copies, and behind it the report of the kernels that check their data. */
  async #readBack(size: number, fill: (staging: GPUBuffer, bytes: number) => void): Promise<ArrayBuffer> {
    const bytes = Math.ceil(size / 4) * 4;
    const faults = this.faults.take();
    const staging = this.#device.createBuffer({ label: 'read-back', size: bytes + (faults?.size ?? 0), usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
    if (bytes > 0) fill(staging, bytes);
    if (faults) {
      this.#stream.copyOut(faults.storage, 0, staging, bytes, faults.size);
      this.#stream.clear(faults);
    }
    this.submit();
    let found: ArrayBuffer;
    try {
      await this.#wait(staging.mapAsync(GPUMapMode.READ));
      found = staging.getMappedRange().slice(0);
    } catch (error) {
      throw this.#failure ?? new DeviceError(`reading back failed: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      staging.destroy();
      this.#check();
    }
    if (faults) this.faults.check(new Uint32Array(found, bytes));
    return found.slice(0, size);
  }

  #check(): void {
    if (this.#failure) throw this.#failure;
  }

  /** Overwrites a range in order with everything recorded so far: new inputs for a captured step. `data.byteLength` is the range's size. */
  overwrite({ storage, offset, size }: Binding, data: ArrayBufferView<ArrayBuffer>): void {
    if (this.#stream.isCapturing) throw new TensorError('write: a step that is captured cannot write host data; write before its replay');
    if (data.byteLength !== size) throw new RangeError(`write of ${data.byteLength} bytes to ${size}`);
    this.submit();
    this.#device.queue.writeBuffer(storage.buffer, offset, data.buffer, data.byteOffset, data.byteLength);
  }

  /** True while a step is being captured. */
  get isCapturing(): boolean {
    return this.#stream.isCapturing;
  }

  /**
   * Records a step with fixed shapes, to be replayed with one submit (more past 4,096 dispatches) and no other work in JavaScript. The step runs once, without the
   * device: it has no effect until it is replayed. It gives the same bits as the eager step.
   *
   * An optimizer's learning rate and count of steps, and random numbers, are those of each replay; other numbers that the step takes from the
   * host are those of now. To feed it, make the inputs before, and `write` to them before each replay. What the step must hand out is
   * kept: `loss.keep()`.
   * @throws TensorError when the step reads back or writes host data to old tensors; LimitError when it takes more bind groups than the driver can hold
   */
  capture(step: () => void): CapturedStep {
    // What is recorded goes first: host data of the step is written at once, to buffers that it may still use.
    this.submit();
    const recording: Recording = { commands: [], created: [] };
    this.#memory.beginCapture(recording.created);
    this.#stream.beginCapture(recording.commands);
    try {
      using _scope = this.scope();
      step();
    } finally {
      this.#stream.endCapture();
      this.#memory.endCapture();
    }
    return new CapturedStep(recording, this.#memory, this.#stream, this.faults);
  }

  /** Everything allocated until the scope is disposed of is freed then, unless kept: `using scope = device.scope()`. */
  scope(): Scope {
    return new Scope(this.#memory);
  }

  /** Moves a storage out of the current scope into the one around it. */
  keep(storage: Storage): void {
    this.#memory.keep(storage);
  }

  /** Releases the device. Nothing made on it can be used afterwards. */
  destroy(): void {
    if (!this.#closed) this.#atEnd();
    this.#closed = true;
    this.#device.destroy();
  }
}

function isChoice(choice: string): choice is AdapterChoice {
  return (ADAPTER_CHOICES as readonly string[]).includes(choice);
}
