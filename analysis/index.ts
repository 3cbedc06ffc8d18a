/** lazygrad/analysis: measures of what was learned. */
export { METRICS, TASK_METRIC, isBetter, measure } from './metrics.ts';
export type { MetricInfo, MetricName, Metrics } from './metrics.ts';
export { accuracy, balancedAccuracy, labelAccuracy } from './accuracy.ts';
export { auroc, macroAUROC } from './auroc.ts';
export { averagePrecision } from './average-precision.ts';
export { macro, oneVersusRest, perLabel, weighted } from './averages.ts';
export type { LabelMeasure } from './averages.ts';
export { brierScore, labelBrierScore } from './brier.ts';
export { calibrationError, classForecasts, labelForecasts, reliability } from './calibration.ts';
export type { Forecast, ReliabilityBin } from './calibration.ts';
export { classCounts, confusionMatrix } from './confusion.ts';
export type { ClassCounts } from './confusion.ts';
export { predictedClasses, predictedLabels } from './decisions.ts';
export { f1, macroF1, macroF1OfClasses } from './f1.ts';
export { labelLogLoss, logLoss } from './log-loss.ts';
export { sigmoid, softmax } from './probabilities.ts';
export { mae, r2, rmse } from './regression.ts';
