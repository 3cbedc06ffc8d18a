/** The running statistics of a model's layers of batch normalisation, for each task apart. */
import { BatchStatistics, CheckpointError, ConfigError } from '../engine/index.ts';
import type { Device } from '../engine/index.ts';
import type { StatisticsSpec } from './layers/layer.ts';

/** State: `LAYER.TASK.runningMean` and `LAYER.TASK.runningVariance`, each `[channels]`. */
export class ModelStatistics {
  readonly #layers: ReadonlyMap<string, BatchStatistics>;

  /** @throws ConfigError when two layers have one name */
  constructor(device: Device, specs: readonly StatisticsSpec[], tasks: readonly string[]) {
    this.#layers = new Map(specs.map(({ name, channels }) => [name, new BatchStatistics(device, channels, tasks)]));
    if (this.#layers.size < specs.length) throw new ConfigError('two layers with running statistics have the same name');
  }

  /** Names of the layers. */
  get layers(): readonly string[] {
    return [...this.#layers.keys()];
  }

  /** Those of one layer, by task. @throws ConfigError when there are none */
  of(layer: string): BatchStatistics {
    const found = this.#layers.get(layer);
    if (!found) throw new ConfigError(`no layer ${layer} keeps running statistics; these do: ${this.layers.join(', ') || 'none'}`);
    return found;
  }

  async stateDict(): Promise<Map<string, Float32Array>> {
    const states = await Promise.all([...this.#layers].map(async ([layer, statistics]) => [layer, await statistics.stateDict()] as const));
    return new Map(states.flatMap(([layer, state]) => [...state].map(([name, data]) => [`${layer}.${name}`, data] as const)));
  }

  /** @throws CheckpointError unless the state is that of these layers and tasks */
  loadStateDict(state: ReadonlyMap<string, Float32Array | Uint32Array>): void {
    const parts = new Map(this.layers.map((layer) => [layer, new Map([...state].flatMap(([name, data]) => name.startsWith(`${layer}.`) ? [[name.slice(layer.length + 1), data]] : []))]));
    const unknown = [...state.keys()].filter((name) => !this.layers.some((layer) => name.startsWith(`${layer}.`)));
    if (unknown.length > 0) throw new CheckpointError(`the running statistics do not fit: no layer has ${unknown.join(', ')}`);
    for (const [layer, part] of parts) this.of(layer).loadStateDict(part);
  }
}
