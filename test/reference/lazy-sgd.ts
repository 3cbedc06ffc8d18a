/** The positions of the k largest magnitudes by a plain sort; of equal ones the lowest positions, and NaN above everything. */
export function largest(gradient: ArrayLike<number>, k: number): Set<number> {
  const size = (i: number): number => Number.isNaN(gradient[i]!) ? 1 : 0;
  const positions = Array.from({ length: gradient.length }, (_, i) => i);
  // JavaScript's sort is stable.
  positions.sort((a, b) => size(b) - size(a) || (size(a) === 1 ? 0 : compare(Math.abs(gradient[b]!), Math.abs(gradient[a]!))));
  return new Set(positions.slice(0, k));
}

function compare(a: number, b: number): number {
  return a === b ? 0 : a - b;
}
