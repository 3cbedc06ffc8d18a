/** The running statistics of one layer of batch normalisation, a pair for each of several distributions: for each task, say. */
import type { Device } from './device/device.ts';
import { ConfigError } from './errors.ts';
import { writeVectors } from './optim/optimizer.ts';
import type { RunningStatistics } from './ops/batch-norm.ts';
import { move } from './ops/strided.ts';
import { tensor, zeros } from './tensor.ts';
import type { HostArray, Tensor } from './tensor.ts';

/** What is bound alone starts at a multiple of this, in elements. */
const ALIGNMENT = 64;

/**
 * Running mean and variance for each of several keys, starting at 0 and 1. Two buffers in all. State: `KEY.runningMean` and
 * `KEY.runningVariance`, each `[channels]`.
 * @example batchNorm(x, { ...statistics.of('digits'), training: true })
 */
export class BatchStatistics {
  readonly device: Device;
  readonly channels: number;
  readonly #pairs = new Map<string, RunningStatistics>();
  readonly #means: Tensor;
  readonly #variances: Tensor;

  /** @throws ConfigError unless there are channels and keys, and no key twice */
  constructor(device: Device, channels: number, keys: readonly string[]) {
    if (!Number.isInteger(channels) || channels < 1) throw new ConfigError(`BatchStatistics: expected a number of channels from 1, got ${channels}`);
    if (keys.length === 0) throw new ConfigError('BatchStatistics: expected at least one key');
    this.device = device;
    this.channels = channels;
    const pitch = Math.ceil(channels / ALIGNMENT) * ALIGNMENT;
    this.#means = zeros(device, [keys.length * pitch]);
    this.#variances = zeros(device, [keys.length * pitch]);
    for (const [i, key] of keys.entries()) {
      if (this.#pairs.has(key)) throw new ConfigError(`BatchStatistics: two keys are called ${key}`);
      const place = { shape: [channels], strides: [1], offset: i * pitch };
      this.#pairs.set(key, { runningMean: this.#means.view(place), runningVariance: this.#variances.view(place) });
    }
    this.reset();
  }

  get keys(): readonly string[] {
    return [...this.#pairs.keys()];
  }

  /** The pair of one key, for `batchNorm`. @throws ConfigError when there is none */
  of(key: string): RunningStatistics {
    const pair = this.#pairs.get(key);
    if (!pair) throw new ConfigError(`BatchStatistics: expected one of ${this.keys.join(', ')}, got ${key}`);
    return pair;
  }

  /** Back to mean 0 and variance 1: one key, or all. @throws ConfigError when there is no such key */
  reset(key?: string): void {
    using _scope = this.device.scope();
    const one = tensor(this.device, [1]).view({ shape: [this.channels], strides: [0], offset: 0 });
    const zero = zeros(this.device, [1]).view({ shape: [this.channels], strides: [0], offset: 0 });
    for (const { runningMean, runningVariance } of key === undefined ? this.#pairs.values() : [this.of(key)]) {
      move(zero, runningMean);
      move(one, runningVariance);
    }
  }

  /** Everything, to be restored by `loadStateDict`. */
  async stateDict(): Promise<Map<string, Float32Array>> {
    const [means, variances] = [await this.#means.read(), await this.#variances.read()];
    const part = (all: HostArray, { offset }: Tensor): Float32Array => Float32Array.from(all.slice(offset, offset + this.channels));
    return new Map([...this.#pairs].flatMap(([key, { runningMean, runningVariance }]) => [[`${key}.runningMean`, part(means, runningMean)] as const, [`${key}.runningVariance`, part(variances, runningVariance)] as const]));
  }

  /** @throws CheckpointError unless the state has these keys and this number of channels; then nothing has changed */
  loadStateDict(state: ReadonlyMap<string, Float32Array | Uint32Array>): void {
    writeVectors('BatchStatistics', this.#vectors(), state);
  }

  /** Frees the memory. */
  dispose(): void {
    this.#means.dispose();
    this.#variances.dispose();
  }

  #vectors(): Map<string, Tensor> {
    return new Map([...this.#pairs].flatMap(([key, pair]) => Object.entries(pair).map(([name, t]: [string, Tensor]) => [`${key}.${name}`, t] as const)));
  }
}
