/** Time per kernel, by timestamp queries around every dispatch. For finding out; it makes everything a little slower. */
import type { Binding } from './stream.ts';

/** What one dispatch does. */
export interface Work {
  readonly label: string;
  readonly groups: readonly [number, number, number];
  /** Bytes of all ranges that are bound: what the kernel may touch. */
  readonly bytes: () => number;
  /** Floating-point operations; 0 where nobody counted them. */
  readonly flops: number;
}

export function workOf(label: string, buffers: Readonly<Record<string, Binding>>, groups: Work['groups'], flops = 0): Work {
  return { label, groups, flops, bytes: () => [...new Map(Object.values(buffers).map(({ storage, size }) => [storage, size])).values()].reduce((total, size) => total + size, 0) };
}

/** One dispatch, or all of one kernel together. */
export interface KernelTime {
  readonly label: string;
  readonly count: number;
  /** Device time. */
  readonly milliseconds: number;
  /** Floating-point operations; 0 where nobody counted them. */
  readonly flops: number;
  /** Bytes of the ranges that were bound, an upper bound of those moved. */
  readonly bytes: number;
}

const CAPACITY = 2048;

export class Profiler {
  readonly #device: GPUDevice;
  readonly #queries: GPUQuerySet;
  readonly #totals = new Map<string, KernelTime>();
  #recorded: (Omit<KernelTime, 'milliseconds'> & { readonly groups: Work['groups'] })[] = [];
  readonly #pending = new Set<Promise<void>>();
  /** Called for every dispatch once its time is known, in order. */
  onKernel: ((time: KernelTime, groups: Work['groups']) => void) | null = null;

  constructor(device: GPUDevice) {
    this.#device = device;
    this.#queries = device.createQuerySet({ label: 'profiler', type: 'timestamp', count: 2 * CAPACITY });
  }

  /** True when the queries are used up and the commands must be submitted first. */
  get isFull(): boolean {
    return this.#recorded.length >= CAPACITY;
  }

  /** What the pass of the next dispatch must be begun with. */
  next({ label, groups, bytes, flops }: Work): GPUComputePassDescriptor {
    const at = 2 * (this.#recorded.push({ label, groups, count: 1, bytes: bytes(), flops }) - 1);
    return { label, timestampWrites: { querySet: this.#queries, beginningOfPassWriteIndex: at, endOfPassWriteIndex: at + 1 } };
  }

  /** To be called before an encoder is finished. Returns what to call once it was submitted. */
  resolve(encoder: GPUCommandEncoder): () => void {
    const recorded = this.#recorded;
    this.#recorded = [];
    if (recorded.length === 0) return () => undefined;
    const bytes = recorded.length * 16;
    const resolved = this.#device.createBuffer({ size: bytes, usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC });
    const staging = this.#device.createBuffer({ size: bytes, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
    encoder.resolveQuerySet(this.#queries, 0, 2 * recorded.length, resolved, 0);
    encoder.copyBufferToBuffer(resolved, 0, staging, 0, bytes);
    return () => {
      const done = staging.mapAsync(GPUMapMode.READ).then(() => {
        const times = new BigInt64Array(staging.getMappedRange());
        recorded.forEach(({ groups, ...work }, i) => {
          const time = { ...work, milliseconds: Number((times[2 * i + 1] ?? 0n) - (times[2 * i] ?? 0n)) / 1e6 };
          this.#add(time);
          this.onKernel?.(time, groups);
        });
        staging.destroy();
        resolved.destroy();
      // The device went away first: what it did then is not counted.
      }, () => undefined).then(() => void this.#pending.delete(done));
      this.#pending.add(done);
    };
  }

  #add(time: KernelTime): void {
    const total = this.#totals.get(time.label);
    this.#totals.set(time.label, total ? {
      label: time.label, count: total.count + 1, milliseconds: total.milliseconds + time.milliseconds, flops: total.flops + time.flops, bytes: total.bytes + time.bytes,
    } : time);
  }

  /** Totals of what has come back so far, the slowest first. */
  get totals(): KernelTime[] {
    return [...this.#totals.values()].sort((a, b) => b.milliseconds - a.milliseconds);
  }

  /** Totals of everything submitted so far, the slowest first. */
  async report(): Promise<KernelTime[]> {
    await Promise.all(this.#pending);
    return this.totals;
  }
}
