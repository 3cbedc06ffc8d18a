/** TIES: of several tasks' changes, the large ones that agree in sign. On the host, over plain arrays. */

/** The `count` largest by magnitude, the first of equals; all others are 0. */
export function trimmed(change: Float32Array, count: number): Float32Array {
  const sizes = change.map(Math.abs);
  const least = count > 0 ? sizes.toSorted()[Math.max(0, sizes.length - count)] ?? Infinity : Infinity;
  let spare = count - sizes.reduce((larger, size) => larger + (size > least ? 1 : 0), 0);
  return change.map((value, i) => {
    const size = sizes[i] ?? 0;
    return size > least || (size === least && spare-- > 0) ? value : 0;
  });
}

/** The sign of the sum, place by place; where the sum is 0, the sign that most of the sums have. */
export function electedSigns(changes: readonly Float32Array[]): Int8Array {
  const sums = Float64Array.from(changes[0] ?? [], (_, i) => changes.reduce((sum, change) => sum + (change[i] ?? 0), 0));
  const most = Math.sign(sums.reduce((count, sum) => count + Math.sign(sum), 0));
  return Int8Array.from(sums, (sum) => Math.sign(sum) || most);
}

/**
 * Each task's change, trimmed to its `count` largest values, without what disagrees with the elected signs. Source: Yadav et al., "TIES-Merging", NeurIPS
 * 2023.
 */
export function agreeing(changes: readonly Float32Array[], count: number): readonly Float32Array[] {
  const large = changes.map((change) => trimmed(change, count));
  const signs = electedSigns(large);
  return large.map((change) => change.map((value, i) => Math.sign(value) === signs[i] ? value : 0));
}

/** Place by place, the sum of what is not 0, or its mean. */
export function disjoint(changes: readonly Float32Array[], merge: 'sum' | 'mean'): Float32Array {
  return Float32Array.from(changes[0] ?? [], (_, i) => {
    const there = changes.map((change) => change[i] ?? 0).filter((value) => value !== 0);
    const sum = there.reduce((a, b) => a + b, 0);
    return merge === 'sum' || there.length === 0 ? sum : sum / there.length;
  });
}
