/**
 * Whether probabilities are what they say. Bins have equal widths and contain their upper ends, ((b - 1) / B, b / B], the first its lower end as well:
 * scikit-learn's `calibration_curve`. The expected calibration error is the mean of |share that is so - mean probability| over bins, weighted by their
 * samples. Source: Guo et al., ICML 2017 (classes), Naeini et al., AAAI 2015 (labels).
 */
import { predictedClasses } from './decisions.ts';
import { sigmoid, softmax } from './probabilities.ts';

export interface ReliabilityBin {
  readonly samples: number;
  /** Mean probability; NaN in an empty bin. */
  readonly confidence: number;
  /** The share of its samples for which it was so; NaN in an empty bin. */
  readonly share: number;
}

/** A probability that something is so, and whether it was. */
export interface Forecast {
  readonly probability: number;
  readonly so: boolean;
}

/** Forecasts by their probability, NaN ones in no bin. @param bins at least 1 */
export function reliability(forecasts: Iterable<Forecast>, bins = 15): readonly ReliabilityBin[] {
  const ends = Array.from({ length: bins }, (_, bin) => (bin + 1) / bins);
  const sums = ends.map(() => ({ samples: 0, probability: 0, so: 0 }));
  for (const { probability, so } of forecasts) {
    const bin = sums[ends.findIndex((end) => probability <= end)];
    if (!bin) continue;
    bin.samples++;
    bin.probability += probability;
    bin.so += Number(so);
  }
  return sums.map(({ samples, probability, so }) => ({ samples, confidence: probability / samples, share: so / samples }));
}

/**
 * The forecasts of the logits `[n, classes]`: each row's largest probability, and whether its class is the target. Rows whose target is negative are
 * missing, rows of NaN give NaN.
 */
export function* classForecasts(logits: ArrayLike<number>, targets: ArrayLike<number>, classes: number): Generator<Forecast, void, undefined> {
  const [probabilities, predicted] = [softmax(logits, classes), predictedClasses(logits, classes)];
  for (let row = 0; row < targets.length; row++) {
    const [target, said] = [targets[row] ?? NaN, predicted[row] ?? -1];
    if (target >= 0) yield { probability: said < 0 ? NaN : probabilities[row * classes + said] ?? NaN, so: said === target };
  }
}

/** The forecasts of logits of labels, one or `[n, labels]` all together: each probability of a 1, and whether the target is one. NaN targets are missing. */
export function* labelForecasts(logits: ArrayLike<number>, targets: ArrayLike<number>): Generator<Forecast, void, undefined> {
  for (let i = 0; i < targets.length; i++) {
    const target = targets[i] ?? NaN;
    if (!Number.isNaN(target)) yield { probability: sigmoid(logits[i] ?? NaN), so: target === 1 };
  }
}

/** In [0, 1]; NaN without forecasts, or when a probability is NaN. @param bins at least 1, default 15 as in Guo et al. */
export function calibrationError(forecasts: Iterable<Forecast>, bins = 15): number {
  const all = [...forecasts];
  if (all.length === 0 || all.some(({ probability }) => Number.isNaN(probability))) return NaN;
  return reliability(all, bins).reduce((total, { samples, confidence, share }) => samples === 0 ? total : total + (samples / all.length) * Math.abs(share - confidence), 0);
}
