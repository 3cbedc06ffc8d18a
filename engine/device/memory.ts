/** Buffers: a bounded pool of size classes, and storages that know whether they are still alive. */
import { DeviceError, LimitError, TensorError } from '../errors.ts';
import { LowestFirst } from './lowest-first.ts';

export interface MemoryReport {
  /** Buffers and bytes that tensors hold now. */
  readonly liveBuffers: number;
  readonly liveBytes: number;
  /** Bytes kept for reuse. */
  readonly pooledBytes: number;
  /** Highest `liveBytes` so far. */
  readonly peakBytes: number;
}

const SMALLEST = 256;
const POOL_LIMIT = 1 << 30;

/** Rounds up to one of four sizes per power of two, so that at most a fifth is wasted and buffers of like sizes are shared. */
export function sizeClass(bytes: number): number {
  if (bytes <= SMALLEST) return SMALLEST;
  const step = Math.max(SMALLEST, 2 ** (Math.ceil(Math.log2(bytes)) - 3));
  return Math.ceil(bytes / step) * step;
}

/** A buffer on loan from the pool. Tensors are views of storages. */
interface Placed {
  readonly buffer: GPUBuffer;
  readonly id: number;
}

export class Storage {
  readonly #memory: Memory;
  readonly size: number;
  readonly #origin: string | undefined;
  #placed: Placed | null;
  #alive = true;
  /** Held by a captured step: freeing it does not give the buffer back. */
  #pinned = false;

  /** @param placed null while a step is captured: buffers are planned afterwards */
  constructor(memory: Memory, size: number, placed: Placed | null, origin: string | undefined) {
    this.#memory = memory;
    this.size = size;
    this.#placed = placed;
    this.#origin = origin;
  }

  /** @throws TensorError after the storage was freed */
  get buffer(): GPUBuffer {
    this.checkAlive();
    return this.#place.buffer;
  }

  /** The buffer, for a captured step, which outlives the tensors in it. */
  get plannedBuffer(): GPUBuffer {
    return this.#place.buffer;
  }

  /** Identifies the underlying buffer, for caches of bind groups. */
  get id(): number {
    return this.#place.id;
  }

  get #place(): Placed {
    if (!this.#placed) throw new TensorError('the tensor belongs to a step that is being captured: it has no values yet');
    return this.#placed;
  }

  get isPlaced(): boolean {
    return this.#placed !== null;
  }

  /** Shares the buffer of another storage of the same size. */
  placeIn(other: Storage): void {
    this.#placed = other.#place;
  }

  /** Takes a buffer. */
  place(placed: Placed, pinned: boolean): void {
    this.#placed = placed;
    this.#pinned = pinned;
  }

  /** @throws TensorError after the storage was freed */
  checkAlive(): void {
    if (!this.#alive) throw new TensorError(`the tensor was used after it was freed${this.#origin ? `; it was made${this.#origin}` : ' (set LAZYGRAD_DEBUG=1 to see where it was made)'}`);
  }

  get alive(): boolean {
    return this.#alive;
  }

  free(): void {
    if (!this.#alive) return;
    this.#alive = false;
    if (this.#placed && !this.#pinned) this.#memory.reclaim(this.#placed.buffer, this.#placed.id);
  }

  /** Gives back what `place` pinned. */
  unpin(): void {
    if (this.#placed && this.#pinned) this.#memory.reclaim(this.#placed.buffer, this.#placed.id);
    this.#pinned = false;
  }
}

export class Memory {
  readonly #device: GPUDevice;
  readonly #free = new Map<number, LowestFirst<Placed>>();
  #created: Storage[] | null = null;
  #evicted: GPUBuffer[] = [];
  #scopes: Set<Storage>[] = [];
  #nextId = 0;
  #liveBuffers = 0;
  #liveBytes = 0;
  #pooledBytes = 0;
  #peakBytes = 0;
  /** Buffers freed since the last submit that recorded commands may still use. */
  readonly #inUse = new Set<number>();
  readonly #isRecording: () => boolean;
  /** Remember where each storage was made, for the message of a use after free. */
  debug = false;

  /** Bytes that one binding can take. */
  readonly bindingLimit: number;

  /** @param isRecording whether there are commands that were not submitted yet */
  constructor(device: GPUDevice, bindingLimit: number, isRecording: () => boolean) {
    this.#device = device;
    this.bindingLimit = Math.floor(Math.min(bindingLimit, device.limits.maxStorageBufferBindingSize) / 256) * 256;
    this.#isRecording = isRecording;
  }

  /** True when recorded commands may still use the buffer of this storage under its former owner. */
  isInUse(storage: Storage): boolean {
    return this.#inUse.has(storage.id);
  }

  get report(): MemoryReport {
    return { liveBuffers: this.#liveBuffers, liveBytes: this.#liveBytes, pooledBytes: this.#pooledBytes, peakBytes: this.#peakBytes };
  }

  /**
   * @param bytes what the contents need; the buffer may be larger
   * @param inParts it is never bound as a whole, so only the limit of a buffer counts
   */
  allocate(bytes: number, inParts = false): Storage {
    const size = sizeClass(bytes);
    const limit = inParts ? this.#device.limits.maxBufferSize : Math.min(this.#device.limits.maxBufferSize, this.bindingLimit);
    if (bytes > limit) throw new LimitError(`a tensor of ${bytes} bytes exceeds the adapter's limit of ${limit} bytes for one ${inParts ? 'buffer' : 'binding'}`);
    const whole = Math.min(size, Math.floor(limit / 4) * 4);
    const origin = this.debug ? new Error().stack?.split('\n').slice(3, 8).join('\n').replace(/^/, '\n') : undefined;
    const storage = new Storage(this, whole, this.#created ? null : this.#take(whole), origin);
    this.#created?.push(storage);
    this.#scopes.at(-1)?.add(storage);
    return storage;
  }

  #take(size: number): Placed {
    const pooled = this.#free.get(size)?.pop();
    if (pooled) this.#pooledBytes -= size;
    this.#liveBuffers++;
    this.#liveBytes += size;
    this.#peakBytes = Math.max(this.#peakBytes, this.#liveBytes);
    return pooled ?? this.#create(size);
  }

  /** Gives a storage of a captured step a buffer of its own; `pinned` if the step must keep it whatever happens to the tensor. */
  place(storage: Storage, pinned = false): void {
    storage.place(this.#take(storage.size), pinned);
  }

  /** From now on storages get no buffers; they are listed in `created`. */
  beginCapture(created: Storage[]): void {
    if (this.#created) throw new TensorError('capture: a step is being captured already');
    this.#created = created;
  }

  endCapture(): void {
    this.#created = null;
  }

  #create(size: number): Placed {
    try {
      return { buffer: this.#device.createBuffer({ label: `storage of ${size} bytes`, size, usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST }), id: this.#nextId++ };
    } catch (error) {
      throw new DeviceError(`could not allocate ${size} bytes on the device: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  reclaim(buffer: GPUBuffer, id: number): void {
    this.#liveBuffers--;
    this.#liveBytes -= buffer.size;
    if (this.#isRecording()) this.#inUse.add(id);
    if (this.#pooledBytes + buffer.size > POOL_LIMIT) {
      this.#evicted.push(buffer);
      return;
    }
    this.#pooledBytes += buffer.size;
    let list = this.#free.get(buffer.size);
    if (!list) this.#free.set(buffer.size, (list = new LowestFirst()));
    list.push({ buffer, id });
  }

  /** To be called right after a submit: nothing recorded names old buffers any more, and what fell out of the pool can go. */
  afterSubmit(): void {
    this.#inUse.clear();
    for (const buffer of this.#evicted) buffer.destroy();
    this.#evicted = [];
  }

  openScope(): Set<Storage> {
    const scope = new Set<Storage>();
    this.#scopes.push(scope);
    return scope;
  }

  closeScope(scope: Set<Storage>): void {
    if (this.#scopes.at(-1) !== scope) throw new TensorError('memory scopes must be closed in the reverse order of opening');
    this.#scopes.pop();
    for (const storage of scope) storage.free();
  }

  /** Hands a storage to the enclosing scope, or out of all scopes. */
  keep(storage: Storage): void {
    for (let i = this.#scopes.length - 1; i >= 0; i--) {
      if (this.#scopes[i]?.delete(storage)) {
        this.#scopes[i - 1]?.add(storage);
        return;
      }
    }
  }
}
