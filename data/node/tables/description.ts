/** A data set described by a small JSON file: tables beside it, and what their columns are. */
import { dirname, resolve } from 'node:path';
import { DataError, LazygradError } from '../../../engine/errors.ts';
import type { CsvOptions } from '../../tables/csv.ts';
import type { TabularSpec, TabularTask, TaskEncoding } from '../../tables/tabular.ts';
import type { Dataset, Task } from '../../task.ts';
import { readBytes } from '../files.ts';
import type { ReadOptions } from '../set.ts';
import { openTabular } from './table.ts';

export interface DescribedDataset extends Dataset {
  /** By task, what new rows need to become its inputs: see `encodeRows`. */
  readonly encodings: readonly TaskEncoding[];
}

type Json = Readonly<Record<string, unknown>>;
interface Key {
  readonly expected: string;
  readonly allows: (value: unknown) => boolean;
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';
const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);
const isValue = (value: unknown): boolean => typeof value === 'string' || typeof value === 'number';
const listOf = (allows: (value: unknown) => boolean) => (value: unknown): boolean => Array.isArray(value) && value.length > 0 && value.every(allows);
const hasOnly = (keys: Readonly<Record<string, (value: unknown) => boolean>>) => (value: unknown): boolean =>
  isObject(value) && Object.keys(value).every((key) => key in keys) && Object.entries(keys).every(([key, allows]) => allows(value[key]));

const text: Key = { expected: 'text', allows: isText };
const texts: Key = { expected: 'a list of texts', allows: listOf(isText) };
const inputs: Key = {
  expected: 'a list of columns, each a name or {"column": name, "as": "number", "one-hot" or "integer"}',
  allows: listOf((value) => isText(value) || hasOnly({ column: isText, as: (as) => as === 'number' || as === 'one-hot' || as === 'integer' })(value)),
};

const CSV: Readonly<Record<string, Key>> = {
  delimiter: text, names: texts, encoding: text,
  missing: { expected: 'a list of texts', allows: (value) => Array.isArray(value) && value.every((each) => typeof each === 'string') },
  types: { expected: '{column: "number" or "text"}', allows: (value) => isObject(value) && Object.values(value).every((type) => type === 'number' || type === 'text') },
};
const WHOLE: Readonly<Record<string, Key>> = {
  name: text, file: text, inputs, group: text, split: text,
  shares: { expected: 'three numbers from 0', allows: (value) => Array.isArray(value) && value.length === 3 && value.every((share) => typeof share === 'number' && share >= 0) },
  tasks: { expected: 'a list of tasks', allows: listOf(isObject) },
  csv: { expected: `an object with ${Object.keys(CSV).join(', ')}`, allows: isObject },
};
const TASK: Readonly<Record<string, Key>> = {
  name: text, file: text, column: text, columns: texts, inputs,
  kind: { expected: 'multiclass, binary, multilabel or regression', allows: (value) => ['multiclass', 'binary', 'multilabel', 'regression'].includes(String(value)) },
  classes: { expected: 'a list of values, each a text, a number or a list of them', allows: listOf((value) => isValue(value) || listOf(isValue)(value)) },
  where: { expected: '{"column": name, "equals": value}', allows: hasOnly({ column: isText, equals: isValue }) },
};

/**
 * Loads the data set that a JSON file describes:
 * `{name, file, tasks: [{name, kind, column | columns, classes?, inputs?, where?, file?}], inputs?, group?, split?, shares?, csv?}`. Files are found from the description's folder; a
 * task may have one of its own. Keys mean what they do for `tabularTasks`, `csv` what `CsvOptions` does. Inputs are fitted per file.
 * @throws {DataError} naming the file and the JSON key: no JSON, an unknown key, another value than is expected; and what the tables' parsers refuse
 */
export async function loadDescription(path: string, { seed, onProgress }: Pick<ReadOptions, 'seed' | 'onProgress'>): Promise<DescribedDataset> {
  const description = checked(parse(await readBytes(path), path), WHOLE, ['name', 'tasks'], path, '');
  const csv = checked(isObject(description.csv) ? description.csv : {}, CSV, [], path, 'csv.') as CsvOptions;
  const listed = (description.tasks as readonly Json[]).map((task, at) => {
    const where = `tasks[${at}].`;
    const { file = description.file, ...rest } = checked(task, TASK, ['name', 'kind'], path, where);
    if (!isText(file)) throw new DataError(`${path}: ${where}file: expected the name of a file here or for all tasks, got nothing`);
    if (('column' in rest) === ('columns' in rest)) throw new DataError(`${path}: ${where}column: expected either column or columns`);
    return { file, task: rest as unknown as TabularTask };
  });
  const names = listed.map(({ task }) => task.name);
  const twice = names.findIndex((name, at) => names.indexOf(name) < at);
  if (twice >= 0) throw new DataError(`${path}: tasks[${twice}].name: expected names that differ, got '${names[twice] ?? ''}' again`);

  const { inputs, group, split, shares } = description;
  const common = Object.fromEntries(Object.entries({ inputs, group, split, shares }).filter(([, value]) => value !== undefined));
  const tasks = new Map<string, Task>();
  const encodings = new Map<string, TaskEncoding>();
  for (const file of new Set(listed.map((each) => each.file))) {
    const spec = { ...common, seed, tasks: listed.filter((each) => each.file === file).map(({ task }) => task) } as TabularSpec;
    const opened = await openTabular(resolve(dirname(path), file), spec, csv, onProgress).catch((cause: unknown) => {
      if (cause instanceof LazygradError && !cause.message.startsWith(resolve(dirname(path), file))) throw new DataError(`${path}: ${cause.message}`, { cause });
      throw cause;
    });
    opened.tasks.forEach((task) => tasks.set(task.name, task));
    opened.encoding.tasks.forEach((encoding) => encodings.set(encoding.name, encoding));
  }
  const inOrder = <T>(map: ReadonlyMap<string, T>): T[] => names.flatMap((name) => map.get(name) ?? []);
  return { name: String(description.name), tasks: inOrder(tasks), encodings: inOrder(encodings) };
}

function parse(bytes: Uint8Array, path: string): Json {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new DataError(`${path}: not JSON: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
  if (!isObject(value)) throw new DataError(`${path}: expected an object, {"name": ..., "file": ..., "tasks": [...]}`);
  return value;
}

function checked(value: Json, keys: Readonly<Record<string, Key>>, needed: readonly string[], path: string, where: string): Json {
  for (const [name, part] of Object.entries(value)) {
    const key = Object.hasOwn(keys, name) ? keys[name] : undefined;
    if (!key) throw new DataError(`${path}: ${where}${name}: unknown: expected one of ${Object.keys(keys).join(', ')}`);
    if (!key.allows(part)) throw new DataError(`${path}: ${where}${name}: expected ${key.expected}, got ${JSON.stringify(part).slice(0, 80)}`);
  }
  for (const name of needed) if (!(name in value)) throw new DataError(`${path}: ${where}${name}: expected ${keys[name]?.expected ?? 'a value'}, got nothing`);
  return value;
}
