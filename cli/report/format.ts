/** How numbers are written for people: a dash for what is missing, and NaN for what is not a number. */

import { METRICS } from '../../analysis/metrics.ts';
import type { MetricName } from '../../analysis/metrics.ts';

type Value = number | undefined;

function write(value: Value, text: (value: number) => string): string {
  if (value === undefined) return '–';
  return Number.isFinite(value) ? text(value) : String(value);
}

/** 0.97531 is `97.53`. */
export const inPercent = (share: Value, digits = 2): string => write(share, (value) => (value * 100).toFixed(digits));
/** 0.97531 is `97.53 %`. */
export const percent = (share: Value, digits = 2): string => write(share, (value) => `${inPercent(value, digits)} %`);
/** A metric where its column says what it is: shares in percent, everything else with four digits behind the point. */
export const inMetric = (metric: MetricName, value: Value): string => METRICS[metric].share ? inPercent(value) : write(value, (given) => (Math.abs(given) < 1000 ? given.toFixed(4) : given.toExponential(3)));
/** A metric that stands alone: 97.53 %, or 0.9123. */
export const metricValue = (metric: MetricName, value: Value): string => METRICS[metric].share ? percent(value) : inMetric(metric, value);
/** A difference: percentage points, or with three digits behind the point. */
export function signed(metric: MetricName, value: number): string {
  if (Number.isNaN(value)) return '';
  const text = METRICS[metric].share ? (100 * value).toFixed(1) : value.toFixed(3);
  return Number(text) === 0 ? text.replace('-', '') : `${value > 0 ? '+' : ''}${text}`;
}
/** The head of its column: `accuracy (%)`, `AUROC`. */
export const metricTitle = (metric: MetricName): string => `${METRICS[metric].label}${METRICS[metric].share ? ' (%)' : ''}`;
export const loss = (nats: Value): string => write(nats, (value) => (Math.abs(value) < 1000 ? value.toFixed(4) : value.toExponential(3)));
export const count = (n: Value): string => write(n, (value) => value.toLocaleString('en-US'));
/** For a column of times. */
export const inSeconds = (seconds: Value): string => write(seconds, (value) => value.toFixed(1));
/** 12.34 is `12`, 0.1234 is `0.12`. */
export const rate = (perSecond: number): string => (perSecond < 10 ? perSecond.toPrecision(2) : perSecond.toFixed(0));

/** `1.4 s`, `47 s`, `2 min 5 s`, `3 h 4 min`. */
export const duration = (seconds: Value): string =>
  write(seconds, (value) => {
    if (value < 9.95) return `${Number(value.toFixed(1))} s`;
    const whole = Math.round(value);
    if (whole < 60) return `${whole} s`;
    if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
    return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
  });

/** `2026-03-01 12:34 UTC`; what is no date stays as it is. */
export function date(iso: string): string {
  const time = new Date(iso);
  return Number.isNaN(time.getTime()) ? iso : `${time.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
