/** Buffers: a bounded pool of size classes, and storages that know whether they are still alive. */
import { DeviceError, LimitError, TensorError } from '../errors.ts';

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
export class Storage {
  readonly #memory: Memory;
  readonly #buffer: GPUBuffer;
  /** Identifies the underlying buffer, for caches of bind groups. */
  readonly id: number;
  #alive = true;
  #origin: string | undefined;

  constructor(memory: Memory, buffer: GPUBuffer, id: number, origin: string | undefined) {
    this.#memory = memory;
    this.#buffer = buffer;
    this.id = id;
    this.#origin = origin;
  }

  /** Throws `TensorError` after the storage was freed. */
  get buffer(): GPUBuffer {
    this.checkAlive();
    return this.#buffer;
  }

  /** @throws TensorError after the storage was freed */
  checkAlive(): void {
    if (!this.#alive) throw new TensorError(`the tensor was used after it was freed${this.#origin ? `; it was made${this.#origin}` : ' (set LAZYGRAD_DEBUG=1 to see where it was made)'}`);
  }

  get size(): number {
    return this.#buffer.size;
  }

  get alive(): boolean {
    return this.#alive;
  }

  free(): void {
    if (!this.#alive) return;
    this.#alive = false;
    this.#memory.reclaim(this.#buffer, this.id);
  }
}

export class Memory {
  readonly #device: GPUDevice;
  readonly #free = new Map<number, { buffer: GPUBuffer; id: number }[]>();
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

  /** @param isRecording whether there are commands that were not submitted yet */
  constructor(device: GPUDevice, isRecording: () => boolean) {
    this.#device = device;
    this.#isRecording = isRecording;
  }

  /** True when recorded commands may still use the buffer of this storage under its former owner. */
  isInUse(storage: Storage): boolean {
    return this.#inUse.has(storage.id);
  }

  get report(): MemoryReport {
    return { liveBuffers: this.#liveBuffers, liveBytes: this.#liveBytes, pooledBytes: this.#pooledBytes, peakBytes: this.#peakBytes };
  }

  /** @param bytes what the contents need; the buffer may be larger. */
  allocate(bytes: number): Storage {
    const size = sizeClass(bytes);
    const limit = Math.min(this.#device.limits.maxBufferSize, this.#device.limits.maxStorageBufferBindingSize);
    if (bytes > limit) throw new LimitError(`a tensor of ${bytes} bytes exceeds the adapter's limit of ${limit} bytes for one buffer`);
    const pooled = this.#free.get(size)?.pop();
    if (pooled) this.#pooledBytes -= size;
    const { buffer, id } = pooled ?? this.#create(Math.min(size, Math.floor(limit / 4) * 4));
    this.#liveBuffers++;
    this.#liveBytes += buffer.size;
    this.#peakBytes = Math.max(this.#peakBytes, this.#liveBytes);
    const storage = new Storage(this, buffer, id, this.debug ? new Error().stack?.split('\n').slice(3, 8).join('\n').replace(/^/, '\n') : undefined);
    this.#scopes.at(-1)?.add(storage);
    return storage;
  }

  #create(size: number): { buffer: GPUBuffer; id: number } {
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
    const list = this.#free.get(buffer.size);
    if (list) list.push({ buffer, id });
    else this.#free.set(buffer.size, [{ buffer, id }]);
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
