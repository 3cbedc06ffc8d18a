/** The tables of PTB-XL: whose the records are, and what cardiologists stated. Source: Wagner et al., Scientific Data 7:154, 2020, https://physionet.org/content/ptb-xl/ */
import { DataError } from '../../engine/errors.ts';
import { csvFields } from '../tables/csv-fields.ts';

export interface PtbxlRecord {
  readonly patient: string;
  /** 1 to 10: the official folds. A patient's records are in one; labels of 9 and 10 were all checked by a human. */
  readonly fold: number;
  /** Of the version at 100 Hz, below the set's folder and without an extension. */
  readonly file: string;
  /** Diagnostic superclasses with a statement: of NORM, MI, STTC, CD, HYP. */
  readonly classes: ReadonlySet<string>;
}

/** Whether text is a path below a folder that leads nowhere else. */
const PATH = /^(?:[\w-]+\/)*[\w-]+$/;

/**
 * The records in the table's order. A record is of a superclass when one of its statements is a diagnostic one of that superclass, as in the set's
 * own benchmarks: with whatever likelihood, since 0 there stands for one that was not given.
 * @param database the text of `ptbxl_database.csv`
 * @param statements the text of `scp_statements.csv`
 * @throws {DataError} a column or a value that the set does not have
 */
export function parsePtbxl(database: string, statements: string, file = 'ptbxl_database.csv', statementsFile = 'scp_statements.csv'): PtbxlRecord[] {
  // The first column, of the statements' codes, has no name.
  const superclass = new Map(csvFields(statements, statementsFile, ['', 'diagnostic', 'diagnostic_class']).map(({ fields: [code = '', diagnostic = '', name = ''] }) => [code, Number(diagnostic) === 1 ? name : '']));
  return csvFields(database, file, ['patient_id', 'strat_fold', 'scp_codes', 'filename_lr']).map(({ fields: [patient = '', fold = '', codes = '', path = ''], line }) => {
    const wrong = (expected: string, got: string): DataError => new DataError(`${file}: line ${line}: expected ${expected}, got '${got.slice(0, 80)}'`);
    if (patient === '') throw wrong('a patient_id', patient);
    if (!/^(?:[1-9]|10)$/.test(fold)) throw wrong('a strat_fold from 1 to 10', fold);
    if (!PATH.test(path)) throw wrong('a filename_lr below the folder', path);
    const classes = new Set<string>();
    const stated = statementCodes(codes);
    if (!stated) throw wrong("scp_codes such as {'NORM': 100.0, 'SR': 0.0}", codes);
    for (const code of stated) {
      const name = superclass.get(code);
      if (name === undefined) throw wrong(`codes of ${statementsFile} in scp_codes`, code);
      if (name !== '') classes.add(name);
    }
    return { patient, fold: Number(fold), file: path, classes };
  });
}

/** The keys of a Python dictionary of text and numbers; null when it is none. */
function statementCodes(text: string): string[] | null {
  const inside = /^\{(.*)\}$/.exec(text)?.[1];
  if (inside === undefined) return null;
  const codes = inside.trim() === '' ? [] : inside.split(',').map((entry) => /^\s*'([^']+)': *\d+(?:\.\d+)?\s*$/.exec(entry)?.[1]);
  return codes.every((code): code is string => code !== undefined) ? codes : null;
}
