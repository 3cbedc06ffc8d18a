/** `lazygrad datasets`, `lazygrad methods`, `lazygrad models`: what there is to choose from. */
import { Command, InvalidArgumentError, Option } from 'commander';
import type { TaskInfo } from '../../data/index.ts';
import { describeDatasets } from '../../data/node/index.ts';
import { Device, sizeOf } from '../../engine/index.ts';
import { PACKINGS } from '../../experiments/packings/node/index.ts';
import { METHODS } from '../../methods/index.ts';
import type { Hyperparameter } from '../../methods/index.ts';
import { MODELS, MultiTaskModel, modelInfo, summary } from '../../models/index.ts';
import type { ModelInfo } from '../../models/index.ts';
import { adapterOption, dataOption, jsonOption, positive } from '../options.ts';
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
      const sets = describeDatasets({ loaders: PACKINGS, ...(flags.data === undefined ? {} : { directory: flags.data }) });
      print(flags.json, sets, () => renderTable(['data set', 'tasks', 'size', 'found in'], sets.map((set) => [set.name, set.tasks.map((task) => `${task.name} (${targetsOf(task)})`).join(', '), set.size, set.path ?? 'not found'])));
    });
}

/** What a hyper-parameter does, and where its default is another. */
function meaning(hyperparameter: Hyperparameter): string {
  const tuned = 'tuned' in hyperparameter ? Object.entries(hyperparameter.tuned).filter(([, value]) => value !== hyperparameter.default) : [];
  return tuned.length === 0 ? hyperparameter.summary : `${hyperparameter.summary}; by default ${tuned.map(([group, value]) => `${value} for ${group}`).join(', ')}`;
}

export function methodsCommand(): Command {
  return new Command('methods')
    .description('list the multi-task methods and their options')
    .addOption(jsonOption())
    .addHelpText('after', '\nExample:\n  $ lazygrad methods')
    .action((flags: Pick<TrainingFlags, 'json'>) => {
      const methods = METHODS.map(({ name, family, summary, hyperparameters, source }) => ({ name, family, summary, hyperparameters, source }));
      print(flags.json, methods, () => methods.map(({ name, family, summary, hyperparameters, source }) => {
        const rows = Object.entries(hyperparameters).map(([key, h]) => [`  ${key}`, String(h.default), typeof h.default === 'number' ? h.range.join(' to ') : h.range.join(' | '), meaning(h)]);
        return `${name} (${family})\n  ${summary}\n  ${source}\n${rows.length > 0 ? renderTable(['  option', right('default'), 'range', 'meaning'], rows) : ''}`;
      }).join('\n'));
    });
}

interface ModelFlags extends Pick<TrainingFlags, 'json' | 'adapter' | 'width'> {
  readonly model?: string;
  readonly input?: readonly number[];
}

/** `3x224x224` */
function inputShape(text: string): readonly number[] {
  const shape = text.split('x').map(Number);
  if (!/^\d+(x\d+)*$/.test(text) || shape.some((size) => size < 1)) throw new InvalidArgumentError('Expected sizes such as 3x224x224.');
  return shape;
}

async function printSummary({ name, example, trunk }: ModelInfo, { json, adapter, width, input = example }: ModelFlags): Promise<void> {
  const device = await Device.create({ adapter });
  try {
    const found = summary(new MultiTaskModel(device, trunk(input, width), [{ name: 'task', outputs: 10 }], 0), input);
    print(json, { ...found, model: name }, () => {
      const rows = found.rows.map((row) => [row.name, row.operation, row.shape.join(' x '), String(row.parameters), (row.flops / 1e6).toFixed(3)]);
      const { shared, own } = found.parameters;
      return `${name} for an input ${found.input.join(' x ')}, with a head of 10 classes\n\n${renderTable(['layer', 'operation', 'output', right('parameters'), right('MFLOP')], [...rows, ['total', '', '', String(shared + own), (found.flops / 1e6).toFixed(3)]])}`;
    });
  } finally {
    device.destroy();
  }
}

export function modelsCommand(): Command {
  return new Command('models')
    .description('list the models, or show what one is made of')
    .addOption(new Option('--model <name>', 'print the operations of one model: output shapes, parameters, and the work for one input (two for each multiply-add)').choices(MODELS.map(({ name }) => name)))
    .addOption(new Option('--input <sizes>', "shape of one input, such as 3x224x224; default the model's example").argParser(inputShape))
    .addOption(new Option('--width <x>', "scales the model's channels").argParser(positive).default(1))
    .addOption(adapterOption())
    .addOption(jsonOption())
    .addHelpText('after', '\nExamples:\n  $ lazygrad models\n  $ lazygrad models --model resnet-18 --input 3x32x32')
    .action(async (flags: ModelFlags) => {
      if (flags.model !== undefined) {
        await printSummary(modelInfo(flags.model), flags);
        return;
      }
      const models = MODELS.map(({ name, summary: text, input, source, example, trunk }) => {
        const specs = trunk(example, 1).layers.flatMap((layer) => layer.specs);
        return { name, parameters: specs.reduce((total, { shape }) => total + sizeOf(shape), 0), input, source, summary: text };
      });
      print(flags.json, models, () => renderTable(['model', right('shared parameters'), 'input', 'summary', 'source'], models.map((m) => [m.name, String(m.parameters), m.input, m.summary, m.source])));
    });
}
