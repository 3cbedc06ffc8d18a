/** Counts of owners as shares. */

export interface TensorOwnership {
  readonly name: string;
  /** Parameters by owner: first the unclaimed, then each task in order. */
  readonly counts: readonly number[];
  /** True for a tensor that no task can claim. */
  readonly exempt: boolean;
}

export interface Ownership {
  readonly tasks: readonly string[];
  /** Parameters that can be claimed. */
  readonly total: number;
  /** Share |H^t| / N of each task, in [0, 1]. */
  readonly owned: readonly number[];
  /** Share |P and not H^t| / N that each task may touch only gently. */
  readonly protected: readonly number[];
  /** Share 1 - |P| / N of parameters that no task has claimed. */
  readonly unclaimed: number;
  readonly tensors: readonly TensorOwnership[];
}

/** @param counts `[tensors, tasks + 1]`, row-major */
export function ownership(tasks: readonly string[], tensors: readonly { readonly name: string; readonly exempt: boolean }[], counts: Uint32Array): Ownership {
  const width = tasks.length + 1;
  const rows = tensors.map(({ name, exempt }, i) => ({ name, exempt, counts: [...counts.subarray(i * width, (i + 1) * width)] }));
  const totals = Array.from({ length: width }, (_, owner) => rows.reduce((total, row) => total + (row.exempt ? 0 : row.counts[owner] ?? 0), 0));
  const total = totals.reduce((a, b) => a + b, 0);
  const share = (count: number): number => total === 0 ? 0 : count / total;
  const [free = 0, ...claimed] = totals;
  const all = total - free;
  return { tasks, total, owned: claimed.map(share), protected: claimed.map((own) => share(all - own)), unclaimed: total === 0 ? 1 : free / total, tensors: rows };
}
