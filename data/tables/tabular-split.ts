/** Which rows of a table are for training, validation and test. */
import { ConfigError, DataError } from '../../engine/errors.ts';
import { divideByGroup } from '../grouped-split.ts';
import { streamKey } from '../shuffle.ts';
import { textAt, wrongValue, type Table } from './table.ts';

export interface DivisionSpec {
  /** A column of patients or the like: the rows of one are never in two parts. A row without a value is a group of its own. */
  readonly group?: string;
  /** A column that says `train`, `validation` (or `valid`, `val`, `dev`) or `test` in each row. Without validation rows they are taken from the training rows, a sixth. */
  readonly split?: string;
  /** Without `split`: shares of training, validation and test. Default 0.7, 0.1, 0.2. */
  readonly shares?: readonly [number, number, number];
  /** An integer in [0, 2^53). */
  readonly seed: number;
}

export interface Division {
  readonly train: Uint32Array;
  readonly validation: Uint32Array;
  readonly test: Uint32Array;
}

type Part = keyof Division;
const NAMES = new Map<string, Part>([['train', 'train'], ['validation', 'validation'], ['valid', 'validation'], ['val', 'validation'], ['dev', 'validation'], ['test', 'test']]);

/**
 * One division for all tasks of a table: a row that one of them is tested on is not trained on by another.
 * @throws {DataError} no such column, a row without a part, or a group in two parts
 * @throws {ConfigError} shares that are none, or both `split` and `shares`
 */
export function divideRows(table: Table, { group, split, shares, seed }: DivisionSpec): Division {
  const column = group === undefined ? null : table.column(group);
  const groups = Array.from({ length: table.length }, (_, row) => (column ? textAt(column, row) : null) ?? row);
  const key = streamKey(seed, 'split', 'table');
  if (split === undefined) {
    const [train, validation, test] = divideByGroup(groups, shares ?? [0.7, 0.1, 0.2], key);
    if (!train || !validation || !test) throw new ConfigError('shares: expected three, of training, validation and test');
    return { train, validation, test };
  }
  if (shares) throw new ConfigError('shares: expected none where a column says the split');
  const parts = given(table, split, groups);
  if (parts.validation.length > 0) return parts;
  const [train = parts.train, validation = parts.validation] = divideByGroup(Array.from(parts.train, (row) => groups[row] ?? row), [5, 1], key).map((part) => part.map((at) => parts.train[at] ?? 0));
  return { train, validation, test: parts.test };
}

function given(table: Table, split: string, groups: readonly (string | number)[]): Division {
  const column = table.column(split);
  const parts: Record<Part, number[]> = { train: [], validation: [], test: [] };
  const partOf = new Map<string | number, Part>();
  for (let row = 0; row < table.length; row++) {
    const part = NAMES.get(textAt(column, row) ?? '');
    if (!part) throw wrongValue(table, row, column, 'train, validation or test');
    parts[part].push(row);
    const group = groups[row] ?? row;
    const before = partOf.get(group) ?? part;
    if (before !== part) throw new DataError(`${table.file}: ${table.place(row)}: the group '${group}' is in ${part}, and above in ${before}`);
    partOf.set(group, part);
  }
  return { train: Uint32Array.from(parts.train), validation: Uint32Array.from(parts.validation), test: Uint32Array.from(parts.test) };
}
