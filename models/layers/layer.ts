/** A layer is what it needs and what it does: specifications, and a function of them. It holds no parameters and no state. */
import type { Generator, ParameterSpec, RunningStatistics, Tensor } from '../../engine/index.ts';

/** Where a layer finds its parameters: an arena, or a view of one (masked, interpolated, adapted). */
export interface Parameters {
  get(name: string): Tensor;
}

/** What a forward pass depends on beside its input and the shared parameters. */
export interface Mode {
  /** The name of the task at hand. */
  readonly task: string;
  /** Whether dropout drops, noise is added and batches are normalised by their own statistics. */
  readonly training: boolean;
  /** What is drawn at random is drawn from it. */
  readonly generator: Generator;
  /** The parameters that the task at hand has for itself. */
  readonly own: Parameters;
  /** The running statistics that the task at hand has in the layer of that name. */
  statistics(name: string): RunningStatistics;
  /** Told what a layer computes on the way and others may want, on the tape: `moe.probabilities`, for example. */
  readonly observe?: ((name: string, value: Tensor) => void) | undefined;
}

/** Running statistics that a layer keeps, for each task apart. */
export interface StatisticsSpec {
  readonly name: string;
  readonly channels: number;
}

export interface Layer {
  readonly specs: readonly ParameterSpec[];
  /** Parameters that every task has for itself; they lie beside its head's. */
  readonly ownSpecs?: readonly ParameterSpec[];
  readonly statistics?: readonly StatisticsSpec[];
  forward(x: Tensor, parameters: Parameters, mode: Mode): Tensor;
}

/** Makes a layer from `[n, in]` to `[n, out]`: `linear`, or what stands in its place. */
export type DenseLayer = (name: string, inFeatures: number, outFeatures: number) => Layer;

/** One layer that needs what its parts need. */
export function composed<L extends Layer = Layer>(parts: readonly Layer[], forward: L['forward']): Layer & Pick<L, 'forward'> {
  return {
    specs: parts.flatMap((part) => part.specs),
    ownSpecs: parts.flatMap((part) => part.ownSpecs ?? []),
    statistics: parts.flatMap((part) => part.statistics ?? []),
    forward,
  };
}

/** One layer after the other. PyTorch: `torch.nn.Sequential`. */
export function sequential(...parts: readonly Layer[]): Layer {
  return composed(parts, (x, parameters, mode) => parts.reduce((y, part) => part.forward(y, parameters, mode), x));
}
