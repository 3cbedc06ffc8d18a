/** lazygrad/analysis: measures of what was learned. */
export { METRICS, TASK_METRIC, isBetter, measure } from './metrics.ts';
export type { MetricInfo, MetricName, Metrics } from './metrics.ts';
export { accuracy, labelAccuracy } from './accuracy.ts';
export { auroc, macroAUROC } from './auroc.ts';
export { r2, rmse } from './regression.ts';
