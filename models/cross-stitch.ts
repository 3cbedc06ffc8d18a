/** A trunk for each task, and units between them that mix what they compute. */
import { ConfigError, matmul, reshape, slice, stack, tensor } from '../engine/index.ts';
import type { Tensor } from '../engine/index.ts';
import type { Stage, Trunk } from './multi-task-model.ts';
import { prefixed } from './prefixed.ts';
import { startingAlike } from './unshared.ts';

export interface CrossStitchOptions {
  /** Makes the network of a task. */
  readonly trunk: () => Trunk;
  /** At least two. */
  readonly tasks: readonly string[];
  /** What a network takes of itself at first, from 0 to 1; the others share the rest alike. */
  readonly own: number;
  /** Of the networks' first values, which are the same for all. */
  readonly seed: number;
}

/** Names of the units' matrices begin with it. */
export const STITCH = 'stitch.';

/**
 * An input of any task goes through all networks. After each stage their values are mixed: `h_i' = sum_j S[i, j] h_j`, S a matrix `[tasks, tasks]` for each
 * stage, and the representation is what the task's own network has in the end. A trunk without stages is stitched once, at its end. Parameters:
 * those of the networks behind the tasks' names, and `stitch.I`.
 * Source: Misra et al., "Cross-stitch Networks for Multi-task Learning", CVPR 2016, with one unit for all channels of a stage.
 * @throws ConfigError for fewer than two tasks
 */
export function crossStitch({ trunk, tasks, own, seed }: CrossStitchOptions): Trunk {
  const count = tasks.length;
  if (count < 2) throw new ConfigError(`crossStitch: expected at least two tasks to stitch together, got ${count}`);
  const networks = tasks.map((task) => prefixed(startingAlike(trunk(), seed), `${task}.`));
  const [{ name, features, stages: { length: depth } } = { name: '', features: 0, stages: [] }] = networks.map((network) => ({ ...network, stages: stagesOf(network) }));
  const first = Float32Array.from({ length: count * count }, (_, i) => i % (count + 1) === 0 ? own : (1 - own) / (count - 1));
  const units = Array.from({ length: depth }, (_, i) => `${STITCH}${i}`);
  return {
    name: `${name}-cross-stitch`,
    layers: [
      ...networks.flatMap(({ layers }) => layers),
      { specs: units.map((unit) => ({ name: unit, shape: [count, count], init: (device) => tensor(device, first, [count, count]) })), forward: (x) => x },
    ],
    features,
    forward(x, parameters, mode) {
      let values: readonly Tensor[] = networks.map(() => x);
      for (const [s, unit] of units.entries()) {
        values = networks.map((network, i) => stagesOf(network)[s]?.(values[i] ?? x, parameters, mode) ?? x);
        const matrix = parameters.get(unit);
        const at = tasks.indexOf(mode.task);
        // Behind the last one, only the task's own network is asked for.
        values = s === depth - 1 ? mixed(values, slice(matrix, [{ start: at, end: at + 1 }])) : mixed(values, matrix);
      }
      return values[0] ?? x;
    },
  };
}

const stagesOf = ({ stages, forward }: Trunk): readonly Stage[] => stages ?? [forward];

/** Each row of the matrix makes one of the results. */
function mixed(values: readonly Tensor[], matrix: Tensor): readonly Tensor[] {
  const [{ shape, size } = { shape: [], size: 0 }] = values;
  const all = matmul(matrix, reshape(stack(values), [values.length, size])); // [rows, size]
  return Array.from({ length: matrix.shape[0] ?? 0 }, (_, i) => reshape(slice(all, [{ start: i, end: i + 1 }]), shape));
}
