/** The labels of the PhysioNet/CinC Challenge 2017. Source: Clifford et al., Computing in Cardiology 44, 2017, https://physionet.org/content/challenge-2017/ */
import { DataError } from '../../engine/errors.ts';
import { csvFields } from '../tables/csv-fields.ts';

/** Normal rhythm, atrial fibrillation, another rhythm, too noisy to tell. */
export const CINC2017_LABELS = ['N', 'A', 'O', '~'] as const;
export type Cinc2017Label = (typeof CINC2017_LABELS)[number];

export interface Cinc2017Record {
  /** `A00001`, say: the name of its files. */
  readonly record: string;
  readonly label: Cinc2017Label;
}

/**
 * The records in the file's order.
 * @param text of `REFERENCE.csv` or `REFERENCE-v3.csv`, lines of `A00001,N`
 * @throws {DataError} a name or a label that the set does not have, or a record that is there twice
 */
export function parseCinc2017(text: string, file = 'REFERENCE.csv'): Cinc2017Record[] {
  const seen = new Set<string>();
  return csvFields(text, file, ['record', 'label'], false).map(({ fields: [record = '', text = ''], line }) => {
    const wrong = (expected: string, got: string): DataError => new DataError(`${file}: line ${line}: expected ${expected}, got '${got.slice(0, 80)}'`);
    const label = CINC2017_LABELS.find((each) => each === text);
    if (!/^[\w-]+$/.test(record)) throw wrong('the name of a record', record);
    if (seen.has(record)) throw wrong('a record that was not there before', record);
    if (!label) throw wrong(`a label of ${CINC2017_LABELS.join(' ')}`, text);
    seen.add(record);
    return { record, label };
  });
}
