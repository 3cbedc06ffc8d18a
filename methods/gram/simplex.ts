/** Minimises a convex function of weights that are not negative and sum to 1. */

const STEPS = 10_000;
const BISECTIONS = 60;
/** Relative to the largest component of the gradient. */
const TOLERANCE = 1e-12;

/**
 * Moves weight from the worst component to the best, as far as the function falls, until the two agree: Frank-Wolfe with pairwise steps
 * (Lacoste-Julien and Jaggi, NeurIPS 2015).
 * @param n number of weights, at least 1
 * @param gradient of the function, at given weights
 */
export function minimizeOnSimplex(n: number, gradient: (weights: readonly number[]) => readonly number[]): number[] {
  const weights = new Array<number>(n).fill(1 / n);
  const at = (values: readonly number[], i: number): number => values[i] ?? 0;
  for (let step = 0; step < STEPS; step++) {
    const slope = gradient(weights);
    const best = slope.reduce((least, value, i) => value < at(slope, least) ? i : least, 0);
    const worst = slope.reduce((most, value, i) => at(weights, i) > 0 && (at(weights, most) === 0 || value > at(slope, most)) ? i : most, 0);
    if (!(at(slope, worst) - at(slope, best) > TOLERANCE * Math.max(...slope.map(Math.abs)))) break;
    const moved = (by: number): number[] => weights.map((weight, i) => i === best ? weight + by : i === worst ? Math.max(0, weight - by) : weight);
    const falls = (by: number): boolean => {
      const there = gradient(moved(by));
      return at(there, best) < at(there, worst);
    };
    let [low, high] = [0, at(weights, worst)];
    if (falls(high)) low = high;
    for (let i = 0; i < BISECTIONS && low < high; i++) {
      const middle = (low + high) / 2;
      if (falls(middle)) low = middle;
      else high = middle;
    }
    if (low === 0) break;
    weights.splice(0, n, ...moved(low));
  }
  return weights;
}
