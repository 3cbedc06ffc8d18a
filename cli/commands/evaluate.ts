/** `lazygrad evaluate RUN`: every metric of a run's model, with intervals. */
import { Command, Option } from 'commander';
import { METRICS, TASK_METRIC, measure, metricInterval } from '../../analysis/index.ts';
import type { Interval, MetricName, Metrics } from '../../analysis/index.ts';
import { ConfigError } from '../../engine/index.ts';
import { outputsOf } from '../../methods/index.ts';
import { adapterOption, dataOption, jsonOption, wholeNumber } from '../options.ts';
import type { RunFlags } from '../options.ts';
import { inMetric, metricTitle } from '../report/format.ts';
import { renderTable, right } from '../table.ts';
import { openData, openDevice } from '../training.ts';
import { openTrained } from '../trained.ts';

const PARTS = ['train', 'validation', 'test'] as const;

interface EvaluateFlags extends Pick<RunFlags, 'adapter' | 'json' | 'data'> {
  readonly part: (typeof PARTS)[number];
  readonly resamples: number;
}

interface Evaluated {
  readonly name: string;
  readonly metric: MetricName;
  readonly samples: number;
  readonly interval: Interval;
  readonly metrics: Metrics;
}

export function evaluateCommand(): Command {
  return new Command('evaluate')
    .description("measure a run's model by every metric that suits its tasks, with 95 % intervals by the bootstrap over samples")
    .argument('<run>', 'run directory')
    .addOption(new Option('--part <name>', 'which part of the data').choices(PARTS).default('test'))
    .addOption(new Option('--resamples <n>', 'of the bootstrap').argParser(wholeNumber(2)).default(1000))
    .addOption(adapterOption())
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText('after', '\nExample:\n  $ lazygrad evaluate runs/a --part validation')
    .action(async (path: string, { part, resamples, adapter, data, json }: EvaluateFlags) => {
      const trained = openTrained(path);
      const { settings } = trained;
      const dataset = await openData(settings, data);
      const device = await openDevice({ adapter });
      const chosen = trained.chosenFor(device);
      const found: Evaluated[] = [];
      for (const task of dataset.tasks) {
        const { length, targets } = task[part];
        if (length === 0) throw new ConfigError(`task ${task.name} has no samples for ${part}`);
        const outputs = await outputsOf(device, chosen(task.name), task, task[part]);
        const metric = TASK_METRIC[task.kind];
        found.push({
          name: task.name, metric, samples: length, metrics: measure(task.kind, outputs, targets, task.classes),
          interval: metricInterval({ kind: task.kind, width: task.classes, metric, targets }, outputs, { seed: settings.seed, resamples }),
        });
      }
      device.destroy();
      process.stdout.write(json ? `${JSON.stringify({ run: path, part, adapter: device.adapter, tasks: found })}\n` : table(found));
    });
}

function table(tasks: readonly Evaluated[]): string {
  const metrics = [...new Set(tasks.flatMap((task) => Object.keys(task.metrics) as MetricName[]))];
  return renderTable(['', ...tasks.map(({ name }) => right(name))], [
    ['samples', ...tasks.map(({ samples }) => String(samples))],
    ['judged by', ...tasks.map(({ metric }) => METRICS[metric].label)],
    ['95 % interval', ...tasks.map(({ metric, interval }) => `${inMetric(metric, interval.low)} to ${inMetric(metric, interval.high)}`)],
    ...metrics.map((metric) => [metricTitle(metric), ...tasks.map(({ metrics: values }) => { const value = values[metric]; return value === undefined ? '' : inMetric(metric, value); })]),
  ]);
}
