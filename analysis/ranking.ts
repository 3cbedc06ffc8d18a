/** Scores in their order, as a threshold meets them that falls from the highest: what the areas under curves are taken over. */

/** The samples of one score. */
export interface Level {
  readonly positives: number;
  readonly negatives: number;
}

export interface Ranking {
  readonly positives: number;
  readonly negatives: number;
  /** One for each score that occurs, the highest first. */
  levels(): Iterable<Level>;
}

/** Of the samples whose target is there: 1 is positive, all else but NaN negative. Null when one of their scores is NaN: then there is no order. */
export function ranked(scores: ArrayLike<number>, targets: ArrayLike<number>): Ranking | null {
  const sorted = (wanted: (target: number) => boolean): Float64Array => {
    const found: number[] = [];
    for (let i = 0; i < targets.length; i++) if (wanted(targets[i] ?? NaN)) found.push(scores[i] ?? NaN);
    return Float64Array.from(found).sort();
  };
  const positives = sorted((target) => target === 1);
  const negatives = sorted((target) => target !== 1 && !Number.isNaN(target));
  // NaN sorts to the end.
  if (Number.isNaN(positives.at(-1)) || Number.isNaN(negatives.at(-1))) return null;
  return { positives: positives.length, negatives: negatives.length, levels: () => levels(positives, negatives) };
}

function* levels(positives: Float64Array, negatives: Float64Array): Generator<Level, void, undefined> {
  let [p, n] = [positives.length, negatives.length];
  while (p + n > 0) {
    const score = Math.max(positives[p - 1] ?? -Infinity, negatives[n - 1] ?? -Infinity);
    const [above, beside] = [p, n];
    while (positives[p - 1] === score) p--;
    while (negatives[n - 1] === score) n--;
    yield { positives: above - p, negatives: beside - n };
  }
}
