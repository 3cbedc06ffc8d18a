/** `lazygrad datasets`, `lazygrad methods`, `lazygrad models`: what there is to choose from. */
import { Command } from 'commander';
import type { TaskInfo } from '../../data/index.ts';
import { describeDatasets } from '../../data/node/index.ts';
import { METHODS } from '../../methods/index.ts';
import { MODELS } from '../../models/index.ts';
import { dataOption, jsonOption } from '../options.ts';
import type { TrainingFlags } from '../options.ts';
import { renderTable, right } from '../table.ts';

function targetsOf({ kind, classes }: Pick<TaskInfo, 'kind' | 'classes'>): string {
  const words = { multiclass: `${classes} classes`, binary: 'yes or no', multilabel: `${classes} labels`, regression: classes === 1 ? 'a number' : `${classes} numbers` };
  return words[kind];
}

function print(json: true | undefined, document: object, table: () => string): void {
  process.stdout.write(json ? `${JSON.stringify(document)}\n` : table());
}

export function datasetsCommand(): Command {
  return new Command('datasets')
    .description('list the data sets, and where each was found')
    .addOption(dataOption())
    .addOption(jsonOption())
    .addHelpText('after', '\nExample:\n  $ lazygrad datasets --data ~/data')
    .action((flags: Pick<TrainingFlags, 'data' | 'json'>) => {
      const sets = describeDatasets(flags.data === undefined ? {} : { directory: flags.data });
      print(flags.json, sets, () => renderTable(['data set', 'tasks', 'found in'], sets.map((set) => [set.name, set.tasks.map((task) => `${task.name} (${targetsOf(task)})`).join(', '), set.path ?? 'not found'])));
    });
}

export function methodsCommand(): Command {
  return new Command('methods')
    .description('list the multi-task methods and their options')
    .addOption(jsonOption())
    .addHelpText('after', '\nExample:\n  $ lazygrad methods')
    .action((flags: Pick<TrainingFlags, 'json'>) => {
      const methods = METHODS.map(({ name, family, summary, hyperparameters, source }) => ({ name, family, summary, hyperparameters, source }));
      print(flags.json, methods, () => methods.map(({ name, family, summary, hyperparameters, source }) => {
        const rows = Object.entries(hyperparameters).map(([key, h]) => [`  ${key}`, String(h.default), typeof h.default === 'number' ? h.range.join(' to ') : h.range.join(' | '), h.summary]);
        return `${name} (${family})\n  ${summary}\n  ${source}\n${rows.length > 0 ? renderTable(['  option', right('default'), 'range', 'meaning'], rows) : ''}`;
      }).join('\n'));
    });
}

export function modelsCommand(): Command {
  return new Command('models')
    .description('list the models')
    .addOption(jsonOption())
    .addHelpText('after', '\nExample:\n  $ lazygrad models')
    .action((flags: Pick<TrainingFlags, 'json'>) => {
      const models = MODELS.map(({ name, summary, input, source, example, trunk }) => {
        const specs = trunk(example, 1).layers.flatMap((layer) => layer.specs);
        return { name, parameters: specs.reduce((total, { shape }) => total + shape.reduce((a, b) => a * b, 1), 0), input, source, summary };
      });
      print(flags.json, models, () => renderTable(['model', right('shared parameters'), 'input', 'summary', 'source'], models.map((m) => [m.name, String(m.parameters), m.input, m.summary, m.source])));
    });
}
