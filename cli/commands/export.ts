/** `lazygrad export RUN`: the model of a run for other programs. */
import { join } from 'node:path';
import { Command, Option } from 'commander';
import type { TaskInfo } from '../../data/index.ts';
import { ConfigError } from '../../engine/index.ts';
import { WHICH, saveModel } from '../../methods/index.ts';
import type { Which } from '../../methods/index.ts';
import { exportOnnx } from '../../models/index.ts';
import { adapterOption, jsonOption } from '../options.ts';
import type { RunFlags } from '../options.ts';
import { packageVersion, writeFileAtomic } from '../run-directory.ts';
import { openTrained } from '../trained.ts';
import { openDevice, recipeOf } from '../training.ts';

const FORMATS = ['safetensors', 'onnx'] as const;

interface ExportFlags extends Pick<RunFlags, 'adapter' | 'json'> {
  readonly format: (typeof FORMATS)[number];
  readonly out?: string;
  readonly which: Which;
  readonly task: readonly string[];
  readonly probabilities?: true;
}

function checkTasks(wanted: readonly string[], { format, probabilities }: ExportFlags, tasks: readonly TaskInfo[]): void {
  for (const task of wanted) if (!tasks.some(({ name }) => name === task)) throw new ConfigError(`the run has no task ${task}; there are: ${tasks.map(({ name }) => name).join(', ')}`);
  if (format === 'safetensors' && wanted.length > 1) throw new ConfigError('safetensors hold the whole model: name one task at most, whose best epoch is meant');
  if (format === 'safetensors' && probabilities) throw new ConfigError('--probabilities is for --format onnx: safetensors hold weights alone');
}

async function run(path: string, flags: ExportFlags): Promise<void> {
  const { format, which, adapter, probabilities = false, json } = flags;
  const trained = openTrained(path);
  const { settings, tasks } = trained;
  checkTasks(flags.task, flags, tasks);
  const [only, ...others] = flags.task;
  const device = await openDevice({ adapter });
  const { model, epoch } = trained.model(device, which, others.length === 0 ? only : undefined);
  const metadata = { 'lazygrad.version': packageVersion(), 'lazygrad.dataset': settings.dataset, 'lazygrad.method': settings.method, 'lazygrad.epoch': String(epoch) };
  const bytes = format === 'safetensors' ? await saveModel(model, recipeOf(settings, tasks), metadata) : await exportOnnx(model, {
    inputs: new Map(tasks.map(({ name, inputShape }) => [name, inputShape])), probabilities, metadata, version: packageVersion(), ...flags.task.length > 0 ? { tasks: flags.task } : {},
  });
  device.destroy();
  const file = flags.out ?? join(path, `model.${format}`);
  write(file, bytes);
  if (json) process.stdout.write(`${JSON.stringify({ run: path, format, file, bytes: bytes.length, model: model.name, epoch, tasks: tasks.filter(({ name }) => flags.task.length === 0 || format === 'safetensors' || flags.task.includes(name)) })}\n`);
  else process.stdout.write(`${file}\n`);
}

function write(file: string, bytes: Uint8Array): void {
  try {
    writeFileAtomic(file, bytes);
  } catch (error) {
    throw new ConfigError(`cannot write '${file}': ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

export function exportCommand(): Command {
  return new Command('export')
    .description("write a run's model to one file: its weights as safetensors, or the whole computation as ONNX")
    .argument('<run>', 'run directory')
    .addOption(new Option('--format <kind>', 'weights by name, for lazygrad and other programs; or a graph for ONNX Runtime').choices(FORMATS).makeOptionMandatory())
    .addOption(new Option('--out <file>', 'where to (default: model.safetensors or model.onnx in the run)'))
    .addOption(new Option('--which <model>', "the model that the run's selection has chosen, or that of its last epoch").choices(WHICH).default('chosen'))
    .addOption(new Option('--task <name>', 'onnx: only the outputs of this task; repeatable. Of a run with --selection best-per-task: the model that is best for it').argParser((name: string, before: readonly string[]) => [...before, name]).default([], 'all'))
    .addOption(new Option('--probabilities', 'onnx: outputs probabilities.TASK beside logits.TASK, where a task has classes or labels'))
    .addOption(adapterOption())
    .addOption(jsonOption())
    .addHelpText('after', '\nExamples:\n  $ lazygrad export runs/a --format onnx --probabilities\n  $ lazygrad export runs/a --format safetensors --out weights.safetensors')
    .action(run);
}
