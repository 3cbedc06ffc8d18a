/** What every optimizer over an arena offers, and how its state is stored. */
import { CheckpointError, ConfigError } from '../errors.ts';
import type { Tensor } from '../tensor.ts';

/** By name: vectors laid out as the arena's, and the count of steps as one uint32. */
export type OptimizerState = ReadonlyMap<string, Float32Array | Uint32Array>;

export interface Optimizer {
  /** Learning rate, at least 0; may change between steps, and between replays of a captured one. */
  lr: number;
  /** One step with the gradients in the arena, with nothing read back: one dispatch for most, or one for each chunk of a large arena. @throws ConfigError when `lr` was set out of range */
  step(): void;
  /** Everything that a resumed run needs beside the parameters and the options. */
  stateDict(): Promise<Map<string, Float32Array | Uint32Array>>;
  /** @throws CheckpointError unless the state is that of the same kind of optimizer over the same arena; then nothing has changed */
  loadStateDict(state: OptimizerState): void;
}

/** @throws ConfigError */
export function checkLearningRate(lr: number): void {
  if (!(lr >= 0 && lr < Infinity)) throw new ConfigError(`lr: expected a number from 0, got ${lr}`);
}

/** @throws ConfigError unless the value lies in [0, 1) */
export function checkFraction(name: string, value: number): void {
  if (!(value >= 0 && value < 1)) throw new ConfigError(`${name}: expected a number in [0, 1), got ${value}`);
}

/** Learning rate above 0, weight decay from 0. @throws ConfigError */
export function checkRates(lr: number, weightDecay: number): void {
  if (!(lr > 0 && lr < Infinity)) throw new ConfigError(`lr: expected a number above 0, got ${lr}`);
  if (!(weightDecay >= 0 && weightDecay < Infinity)) throw new ConfigError(`weightDecay: expected a number from 0, got ${weightDecay}`);
}

export async function readVectors(vectors: ReadonlyMap<string, Tensor>): Promise<Map<string, Float32Array | Uint32Array>> {
  const state = new Map<string, Float32Array | Uint32Array>();
  for (const [name, vector] of vectors) state.set(name, await vector.read() as Float32Array);
  return state;
}

/** Takes over the vectors. @param others names in the state beside them @throws CheckpointError before anything has changed */
export function writeVectors(optimizer: string, vectors: ReadonlyMap<string, Tensor>, state: OptimizerState, others: readonly string[] = []): void {
  const problems = [...vectors].flatMap(([name, { size }]) => {
    const found = state.get(name);
    if (!found) return [`${name} is missing`];
    if (!(found instanceof Float32Array)) return [`${name} is not float32`];
    return found.length === size ? [] : [`${name} has ${found.length} values, expected ${size}`];
  });
  for (const name of state.keys()) if (!vectors.has(name) && !others.includes(name)) problems.push(`${name} is unknown`);
  if (problems.length > 0) throw new CheckpointError(`the state does not fit ${optimizer}: ${problems.join('; ')}`);
  for (const [name, vector] of vectors) vector.write(state.get(name) ?? []);
}
