/** Time per kernel, by timestamp queries around every dispatch. For finding out; it makes everything a little slower. */

export interface KernelTime {
  readonly label: string;
  readonly count: number;
  /** Device time of all dispatches together. */
  readonly milliseconds: number;
}

const CAPACITY = 2048;

export class Profiler {
  readonly #device: GPUDevice;
  readonly #queries: GPUQuerySet;
  readonly #totals = new Map<string, { count: number; nanoseconds: number }>();
  #labels: string[] = [];
  #pending: Promise<void>[] = [];

  constructor(device: GPUDevice) {
    this.#device = device;
    this.#queries = device.createQuerySet({ label: 'profiler', type: 'timestamp', count: 2 * CAPACITY });
  }

  /** True when the queries are used up and the commands must be submitted first. */
  get isFull(): boolean {
    return this.#labels.length >= CAPACITY;
  }

  /** What the pass of the next dispatch must be begun with. */
  next(label: string): GPUComputePassDescriptor {
    const at = 2 * (this.#labels.push(label) - 1);
    return { label, timestampWrites: { querySet: this.#queries, beginningOfPassWriteIndex: at, endOfPassWriteIndex: at + 1 } };
  }

  /** To be called before an encoder is finished. Returns what to call once it was submitted. */
  resolve(encoder: GPUCommandEncoder): () => void {
    const labels = this.#labels;
    this.#labels = [];
    if (labels.length === 0) return () => undefined;
    const bytes = labels.length * 16;
    const resolved = this.#device.createBuffer({ size: bytes, usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC });
    const staging = this.#device.createBuffer({ size: bytes, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
    encoder.resolveQuerySet(this.#queries, 0, 2 * labels.length, resolved, 0);
    encoder.copyBufferToBuffer(resolved, 0, staging, 0, bytes);
    return () => {
      this.#pending.push(staging.mapAsync(GPUMapMode.READ).then(() => {
        const times = new BigInt64Array(staging.getMappedRange());
        labels.forEach((label, i) => this.#add(label, Number((times[2 * i + 1] ?? 0n) - (times[2 * i] ?? 0n))));
        staging.destroy();
        resolved.destroy();
      }));
    };
  }

  #add(label: string, nanoseconds: number): void {
    const total = this.#totals.get(label) ?? { count: 0, nanoseconds: 0 };
    this.#totals.set(label, { count: total.count + 1, nanoseconds: total.nanoseconds + nanoseconds });
  }

  /** Totals so far, the slowest first. */
  async report(): Promise<KernelTime[]> {
    await Promise.all(this.#pending);
    this.#pending = [];
    return [...this.#totals].map(([label, { count, nanoseconds }]) => ({ label, count, milliseconds: nanoseconds / 1e6 })).sort((a, b) => b.milliseconds - a.milliseconds);
  }
}
