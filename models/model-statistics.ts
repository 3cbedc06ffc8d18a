/** The running statistics of a model's layers of batch normalisation, for each task apart. */
import { BatchStatistics, CheckpointError, ConfigError } from '../engine/index.ts';
import type { Device } from '../engine/index.ts';
import type { StatisticsSpec } from './layers/layer.ts';

function namesIn({ keys }: BatchStatistics): string[] {
  return keys.flatMap((task) => [`${task}.runningMean`, `${task}.runningVariance`]);
}

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

  /** @throws CheckpointError unless the state has these layers, tasks and numbers of channels; then nothing has changed */
  loadStateDict(state: ReadonlyMap<string, Float32Array | Uint32Array>): void {
    const sizes = new Map<string, number>([...this.#layers].flatMap(([layer, statistics]) => namesIn(statistics).map((name) => [`${layer}.${name}`, statistics.channels] as const)));
    const problems = [
      ...[...sizes].flatMap(([name, channels]) => state.get(name)?.length === channels ? [] : [state.has(name) ? `${name} does not have ${channels} values` : `${name} is missing`]),
      ...[...state.keys()].flatMap((name) => sizes.has(name) ? [] : [`${name} is unknown`]),
    ];
    if (problems.length > 0) throw new CheckpointError(`the running statistics do not fit: ${problems.join('; ')}`);
    for (const [layer, statistics] of this.#layers) {
      statistics.loadStateDict(new Map(namesIn(statistics).map((name) => [name, state.get(`${layer}.${name}`) ?? new Float32Array()])));
    }
  }
}
