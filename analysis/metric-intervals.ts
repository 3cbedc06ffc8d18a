/** Intervals of confidence for the metrics of a model on a split, and for the differences of two models on the same one. */
import { ConfigError } from '../engine/errors.ts';
import type { TaskKind } from '../models/heads.ts';
import { bootstrap } from './bootstrap.ts';
import type { BootstrapOptions, Interval } from './bootstrap.ts';
import { measureOne } from './metrics.ts';
import type { MetricName } from './metrics.ts';

/** What is measured, and by what. */
export interface Judged {
  readonly kind: TaskKind;
  /** Number of outputs of a sample: classes, labels, numbers. */
  readonly width: number;
  readonly metric: MetricName;
  /** Row-major, `[n]` for classes, `[n, width]` else; missing ones are drawn as others are. */
  readonly targets: ArrayLike<number>;
}

/** The rows of those samples, one after the other. */
function rows(values: ArrayLike<number>, width: number, samples: Uint32Array): Float64Array {
  const taken = new Float64Array(samples.length * width);
  for (let i = 0; i < samples.length; i++) for (let c = 0; c < width; c++) taken[i * width + c] = values[(samples[i] ?? 0) * width + c] ?? NaN;
  return taken;
}

/**
 * The metric of outputs `[n, width]`.
 * @throws ConfigError for a metric that does not suit the kind of task, options out of their ranges, or no samples
 */
export function metricInterval(judged: Judged, outputs: ArrayLike<number>, options: BootstrapOptions): Interval {
  const of = measurement(judged);
  return bootstrap(outputs.length / judged.width, (samples) => of(outputs, samples), options);
}

/**
 * The metric of `outputs` minus that of `others`, on the same samples: each drawing is measured for both.
 * @throws ConfigError as `metricInterval`, and for outputs of different lengths
 */
export function metricDifference(judged: Judged, outputs: ArrayLike<number>, others: ArrayLike<number>, options: BootstrapOptions): Interval {
  if (outputs.length !== others.length) throw new ConfigError(`outputs of the same samples: expected ${outputs.length} values, got ${others.length}`);
  const of = measurement(judged);
  return bootstrap(outputs.length / judged.width, (samples) => of(outputs, samples) - of(others, samples), options);
}

function measurement({ kind, width, metric, targets }: Judged): (outputs: ArrayLike<number>, samples: Uint32Array) => number {
  return (outputs, samples) => measureOne(metric, kind, rows(outputs, width, samples), rows(targets, kind === 'multiclass' ? 1 : width, samples), width);
}
