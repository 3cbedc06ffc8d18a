/** `Outcomes-a.txt` of the PhysioNet/CinC Challenge 2012: what became of each patient, with -1 for what is not known. */
import { DataError } from '../../../engine/errors.ts';
import { columnsOf, decimal, eachRow, quote } from '../../tables/csv-rows.ts';

export interface Outcome {
  readonly record: number;
  /** 1 when the patient died in hospital. */
  readonly died: number;
  /** Days in hospital from admission to the unit; NaN where unknown. */
  readonly stay: number;
  /** Days from admission to death, in hospital or after it; Infinity where no death is recorded, NaN where what is written cannot be. */
  readonly survival: number;
}

const COLUMNS = ['RecordID', 'Length_of_stay', 'Survival', 'In-hospital_death'] as const;

/**
 * Reads the outcomes of a set. The challenge defines a death in hospital as one within the stay: a survival as long as the stay of one who left
 * alive contradicts itself, as does one below 0 but for -1, and is not known then. Of one who died in hospital on a day that is not recorded, the last day of the stay is the day.
 * @param file the name that errors mention
 * @throws {DataError} a column that is missing, a field that is no whole number, a record that is there twice
 */
export function parseOutcomes(bytes: Uint8Array, file: string): Outcome[] {
  const outcomes: Outcome[] = [];
  const lines = new Map<number, number>();
  eachRow(bytes, file, (header) => {
    const columns = columnsOf(header, COLUMNS, file);
    return (fields, line) => {
      const [record = NaN, days = NaN, survived = NaN, died = NaN] = columns.map((at, i) => whole(fields[at] ?? '', COLUMNS[i] ?? '', file, line));
      if (record < 1) throw new DataError(`${file}: line ${line}: expected a RecordID from 1, got ${record}`);
      if (died !== 0 && died !== 1) throw new DataError(`${file}: line ${line}: expected 0 or 1 for In-hospital_death, got ${died}`);
      const earlier = lines.get(record);
      if (earlier !== undefined) throw new DataError(`${file}: line ${line}: record ${record} is there twice, first on line ${earlier}`);
      lines.set(record, line);
      const stay = days >= 0 ? days : NaN;
      outcomes.push({ record, died, stay, survival: survival(survived, stay, died) });
    };
  });
  return outcomes;
}

function survival(days: number, stay: number, died: number): number {
  if (days === -1) return died === 1 ? stay : Infinity;
  if (days < 0 || (died === 0 && days <= stay)) return NaN;
  return days;
}

function whole(text: string, name: string, file: string, line: number): number {
  const value = decimal(text, name, file, line);
  if (!Number.isSafeInteger(value)) throw new DataError(`${file}: line ${line}: expected a whole number for ${name}, got ${quote(text)}`);
  return value;
}
