/** `lazygrad compare`: methods by seeds on one data set, and one table. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { METRICS } from '../../analysis/metrics.ts';
import type { MetricName } from '../../analysis/metrics.ts';
import { ConfigError } from '../../engine/index.ts';
import type { ComparisonPlan, ComparisonRow } from '../../experiments/comparison.ts';
import { BASELINE, METHODS } from '../../methods/index.ts';
import { rowsOf } from '../comparison.ts';
import { EXIT } from '../exit.ts';
import { addTrainingOptions, augmentOf, scheduleOf, wholeNumber } from '../options.ts';
import type { TrainingFlags } from '../options.ts';
import { differenceText, isNegativeTransfer } from '../report/difference.ts';
import { inMetric, signed } from '../report/format.ts';
import { commonMetric } from '../report/judged-by.ts';
import { makeRunFolder, writeFileAtomic } from '../run-directory.ts';
import { cellsOf, runComparison } from '../run-comparison.ts';
import type { Summary } from '../summary.ts';
import { renderTable, right } from '../table.ts';
import { note, openData, openDevice, writeReport } from '../training.ts';

const CONFIG = 'comparison.json';

interface CompareFlags extends Omit<TrainingFlags, 'seed'> {
  readonly dataset: string;
  readonly methods: readonly string[];
  readonly model?: string;
  readonly seeds: number;
}

function methodNames(text: string): readonly string[] {
  const names = text.split(',').map((name) => name.trim()).filter((name) => name !== '');
  if (names.length === 0) throw new InvalidArgumentError('Expected names of methods, or all.');
  return names.length === 1 && names[0] === 'all' ? METHODS.map(({ name }) => name) : [...new Set(names)];
}

export function compareCommand(): Command {
  const command = new Command('compare')
    .description('train by several methods with several seeds, and put the results beside single-task learning')
    .requiredOption('--dataset <name>', 'see `lazygrad datasets`')
    .addOption(new Option('--methods <names>', 'names with commas between, see `lazygrad methods`; or all').argParser(methodNames).default(METHODS.map(({ name }) => name), 'all'))
    .addOption(new Option('--seeds <n>', 'runs of each method, with the seeds 0 to n - 1').argParser(wholeNumber(1)).default(3))
    .option('--model <name>', 'see `lazygrad models` (default: what suits the data set)');
  return addTrainingOptions(command, { epochs: 4, batchSize: 32, lr: 0.1, limit: 0, width: 1 }, { seed: false, set: 'METHOD.NAME=VALUE' })
    .addHelpText('after', `
A folder given by --out that holds an interrupted comparison is gone on with: what is finished is not run again. The results of
finished runs are the lines of its results.jsonl. Passes: forward passes of training for each batch that was read; methods that
read more batches, as lmc does on its lines, cost so much more.

Example:
  $ lazygrad compare --dataset mnist-pair --methods stl,alternating-sgd,apo,pcgrad --seeds 3 --limit 2000 --out runs/pair
  $ lazygrad compare --dataset mnist-pair --methods all --seeds 2 --limit 500 --epochs 2 --set apo.k=1`)
    .action(async (flags: CompareFlags) => {
      const cells = cellsOf(planOf(flags));
      const out = openFolder(flags);
      const device = await openDevice({ adapter: flags.adapter });
      note(`comparison: ${out}`);
      const runs = await runComparison({ cells, out, open: (settings) => openData(settings, flags.data), device, onFailure: () => { process.exitCode = EXIT.unexpected; } });
      device.destroy();
      if (!runs) {
        note(`interrupted; everything is saved. Go on with the same command and --out ${out}`);
        process.exitCode = EXIT.interrupted;
        return;
      }
      const rows = rowsOf(new Map([...runs].filter(([, list]) => list.length > 0)));
      const document = { adapter: device.adapter, rows, run: out };
      writeFileAtomic(join(out, 'result.json'), `${JSON.stringify(document, null, 2)}\n`);
      await writeReport(out, [...runs.values()].flatMap((list) => list.map(({ run }) => run)));
      process.stdout.write(flags.json ? `${JSON.stringify(document)}\n` : table(rows, [...runs.values()][0]?.[0]));
      note(`report: ${out}/report.html`);
    });
}

/** @throws ConfigError for an option of a method that is not compared */
function planOf(flags: CompareFlags): ComparisonPlan {
  const { dataset, methods, model, seeds, epochs, batchSize, lr, limit, tokens, width, set } = flags;
  for (const name of Object.keys(set)) if (!methods.some((method) => name.startsWith(`${method}.`))) throw new ConfigError(`--set ${name}: expected METHOD.NAME=VALUE with one of the methods that are compared`);
  const own = (method: string): Record<string, string> => Object.fromEntries(Object.entries(set).flatMap(([name, value]) => name.startsWith(`${method}.`) ? [[name.slice(method.length + 1), value]] : []));
  return {
    dataset, methods, model, epochs, batchSize, lr, limit, tokens, width, ...augmentOf(flags), ...scheduleOf(flags),
    seeds: Array.from({ length: seeds }, (_, seed) => seed), set: Object.fromEntries(methods.map((method) => [method, own(method)])),
  };
}

/** A new folder, or one with the same comparison. @throws ConfigError when it holds another */
function openFolder({ dataset, model, epochs, batchSize, lr, limit, tokens, width, set, out, ...rest }: CompareFlags): string {
  // Further methods and seeds may join.
  const config = `${JSON.stringify({ dataset, model, epochs, batchSize, lr, limit, tokens, width, set, ...augmentOf(rest), ...scheduleOf(rest) }, null, 2)}\n`;
  const known = out === undefined ? null : join(out, CONFIG);
  if (out !== undefined && known && existsSync(known)) {
    if (readFileSync(known, 'utf8') !== config) throw new ConfigError(`'${out}' holds a comparison with other settings: name another folder`);
    return out;
  }
  const folder = makeRunFolder(out === undefined ? { parent: 'runs' } : { directory: out }, `compare-${dataset}`);
  writeFileAtomic(join(folder, CONFIG), config);
  return folder;
}

function table(rows: readonly ComparisonRow[], first: Summary | undefined): string {
  const tasks = first?.tasks ?? [];
  const common = commonMetric(tasks.map(({ metric }) => metric));
  const cell = (metric: (typeof tasks)[number]['metric'], { mean, sd }: ComparisonRow['average']): string => `${inMetric(metric, mean)}${Number.isNaN(sd) ? '' : ` ± ${METRICS[metric].share ? (100 * sd).toFixed(1) : sd.toFixed(3)}`}`;
  const body = rows.map((row) => [
    row.method,
    ...tasks.map(({ name, metric }) => cell(metric, row.tasks[name] ?? { mean: NaN, sd: NaN })),
    ...common ? [cell(common, row.average)] : [],
    ...common ? [versus(row, common)] : [],
    row.passes.toFixed(1), row.seconds.toFixed(1),
  ]);
  return `${renderTable(
    [common ? `test ${METRICS[common].label}` : 'test', ...tasks.map(({ name }) => right(name)), ...common ? [right('average'), right(`against ${BASELINE} (95 %)`)] : [], right('passes'), right('seconds')], body,
  )}${taskByTask(rows, tasks)}`;
}

/** Where the average gains, a task may lose. Empty where there is nothing to compare with. */
function taskByTask(rows: readonly ComparisonRow[], tasks: Summary['tasks']): string {
  const compared = rows.filter(({ versusSingleTask }) => versusSingleTask !== null);
  if (compared.length === 0 || tasks.length < 2) return '';
  return `\n${renderTable(
    [`against ${BASELINE} (95 % each)`, ...tasks.map(({ name }) => right(name))],
    compared.map((row) => [row.method, ...tasks.map(({ name, metric }) => versus(row.tasks[name], metric))]),
  )}`;
}

/** Negative transfer is marked where the interval says so. */
function versus(found: Pick<ComparisonRow, 'versusSingleTask'> | undefined, metric: MetricName): string {
  const difference = found?.versusSingleTask;
  if (!difference) return '';
  return `${differenceText(difference, (value) => signed(metric, value))}${isNegativeTransfer(difference) ? ' negative' : ''}`;
}
