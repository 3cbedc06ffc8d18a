/** `lazygrad predict RUN --input FILE`: new rows in, what each task says of them out. */
import { Command, Option } from 'commander';
import Papa from 'papaparse';
import { encodeRows, encodedTypes } from '../../data/index.ts';
import type { Split, TaskInfo } from '../../data/index.ts';
import { loadTable, readBytes } from '../../data/node/index.ts';
import { ConfigError, DataError, readNpy, sizeOf } from '../../engine/index.ts';
import { outputsOf } from '../../methods/index.ts';
import { adapterOption, jsonOption } from '../options.ts';
import type { RunFlags } from '../options.ts';
import { predictedColumns } from '../predictions.ts';
import type { PredictedColumn } from '../predictions.ts';
import { writeFileAtomic } from '../run-directory.ts';
import { note, openDevice } from '../training.ts';
import { openTrained } from '../trained.ts';
import type { Trained } from '../trained.ts';

interface PredictFlags extends Pick<RunFlags, 'adapter' | 'json' | 'out'> {
  readonly input: string;
}

export function predictCommand(): Command {
  return new Command('predict')
    .description("apply a run's model to new rows, and print what each task says of them")
    .argument('<run>', 'run directory')
    .requiredOption('--input <file>', 'a table (.csv, .tsv, .jsonl, .parquet, .arff) for a run that was trained on tables; else an array .npy, [rows, ...one input]')
    .addOption(new Option('--out <file>', 'where to (default: standard output)'))
    .addOption(adapterOption())
    .addOption(jsonOption())
    .addHelpText('after', '\nColumns of labels may be left out of a table. Rows of the answer are in the order of the input.\n\nExample:\n  $ lazygrad predict runs/a --input patients.csv > predictions.csv')
    .action(async (path: string, flags: PredictFlags) => {
      const trained = openTrained(path);
      const { rows, inputs } = await inputsOf(trained, flags.input);
      const device = await openDevice({ adapter: flags.adapter });
      const chosen = trained.chosenFor(device);
      const columns: PredictedColumn[] = [];
      for (const task of trained.tasks) {
        const split: Split = { length: rows, inputs: inputs(task), targets: noTargets(task, rows) };
        columns.push(...predictedColumns(task, await outputsOf(device, chosen(task.name), { ...task, train: split, validation: split, test: split }, split), trained.encodings?.find(({ name }) => name === task.name)));
      }
      device.destroy();
      const text = flags.json ? `${JSON.stringify({ run: path, input: flags.input, rows, adapter: device.adapter, columns })}\n`
        : `${Papa.unparse({ fields: columns.map(({ name }) => name), data: Array.from({ length: rows }, (_, row) => columns.map(({ values }) => values[row])) }, { newline: '\n' })}\n`;
      if (flags.out === undefined) process.stdout.write(text);
      else {
        writeFileAtomic(flags.out, text);
        note(`${rows} rows: ${flags.out}`);
      }
    });
}

interface NewRows {
  readonly rows: number;
  readonly inputs: (task: TaskInfo) => Float32Array | Int32Array;
}

/** @throws ConfigError for a file that does not suit the run @throws DataError for what is wrong in it */
async function inputsOf({ encodings, tasks, settings }: Trained, file: string): Promise<NewRows> {
  if (file.toLowerCase().endsWith('.npy')) return arrayRows(await readBytes(file), file, tasks);
  if (!encodings) throw new ConfigError(`the run was trained on ${settings.dataset}, which is no table: expected an array .npy of inputs [rows, ${tasks[0]?.inputShape.join(', ') ?? ''}], got ${file}`);
  const table = await loadTable(file, { types: Object.assign({}, ...encodings.map(encodedTypes)) as Record<string, 'number' | 'text'> });
  return {
    rows: table.length,
    inputs({ name }) {
      const encoding = encodings.find((each) => each.name === name);
      if (!encoding) throw new DataError(`the run does not say how rows become inputs of the task ${name}`);
      return encodeRows(encoding, table);
    },
  };
}

function arrayRows(bytes: Uint8Array, file: string, tasks: readonly TaskInfo[]): NewRows {
  const { shape, data } = readNpy(bytes, file);
  const [rows = 0, ...sample] = shape;
  return {
    rows,
    inputs({ name, inputShape }) {
      if (sample.join() !== inputShape.join()) throw new DataError(`${file}: expected inputs [rows, ${inputShape.join(', ')}] for the task ${name}${tasks.length > 1 ? ' (and all others)' : ''}, got [${shape.join(', ')}]`);
      if (!(data instanceof Float32Array || data instanceof Int32Array) || data.length !== rows * sizeOf(inputShape)) throw new DataError(`${file}: expected float32 or int32, got a ${data.constructor.name}`);
      return data;
    },
  };
}

function noTargets({ kind, classes }: TaskInfo, rows: number): Split['targets'] {
  return kind === 'multiclass' ? new Int32Array(rows).fill(-1) : new Float32Array(rows * classes).fill(NaN);
}
