/** Counts of owners as shares. */

/** Shares of the parameters that can be claimed, each in [0, 1]. */
export interface Shares {
  /** Parameters that can be claimed. */
  readonly total: number;
  /** Share |H^t| / N of each task. */
  readonly owned: readonly number[];
  /** Share |P and not H^t| / N that each task may touch only gently. */
  readonly protected: readonly number[];
  /** Share 1 - |P| / N of parameters that no task has claimed. */
  readonly unclaimed: number;
}

export interface TensorOwnership {
  readonly name: string;
  /** Parameters by owner: first the unclaimed, then each task in order. */
  readonly counts: readonly number[];
  /** True for a tensor that no task can claim. */
  readonly exempt: boolean;
}

export interface LayerOwnership extends Shares {
  /** What its tensors' names have before the last dot. */
  readonly name: string;
}

export interface Ownership extends Shares {
  readonly tasks: readonly string[];
  readonly tensors: readonly TensorOwnership[];
  /** In the order of their first tensors. */
  readonly layers: readonly LayerOwnership[];
}

/** @param tensors with the counts by owner: first the unclaimed, then each task in order */
export function ownership(tasks: readonly string[], tensors: readonly TensorOwnership[]): Ownership {
  const layers = [...new Set(tensors.map(({ name }) => layerOf(name)))];
  return {
    tasks, tensors, ...shares(tasks.length, tensors),
    layers: layers.map((layer) => ({ name: layer, ...shares(tasks.length, tensors.filter(({ name }) => layerOf(name) === layer)) })),
  };
}

/** `conv1` of `conv1.weight`; a name without a dot is its own layer. */
export function layerOf(name: string): string {
  return name.includes('.') ? name.slice(0, name.lastIndexOf('.')) : name;
}

/** Shares over some tensors; those that cannot be claimed do not count. */
export function shares(tasks: number, tensors: readonly TensorOwnership[]): Shares {
  const totals = Array.from({ length: tasks + 1 }, (_, owner) => tensors.reduce((total, row) => total + (row.exempt ? 0 : row.counts[owner] ?? 0), 0));
  const total = totals.reduce((a, b) => a + b, 0);
  const [free = 0, ...claimed] = totals;
  const share = (count: number): number => total === 0 ? 0 : count / total;
  return { total, owned: claimed.map(share), protected: claimed.map((own) => share(total - free - own)), unclaimed: total === 0 ? 1 : free / total };
}
