import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { csvFields } from '../../../data/tables/csv-fields.ts';
import { parsePtbxl } from '../../../data/ecg/ptbxl.ts';
import { DataError } from '../../../engine/errors.ts';
import { DATA } from '../../support/real-data.ts';

const folder = join(DATA, 'ptbxl');
const STATEMENTS = `,description,diagnostic,form,rhythm,diagnostic_class
IMI,"inferior infarction, old",1.0,,,MI
NDT,T abnormalities,1.0,1.0,,STTC
LVOLT,low voltage,,1.0,,HYP
SR,sinus rhythm,,,1.0,
`;
const HEADER = 'ecg_id,patient_id,scp_codes,strat_fold,filename_lr';
const row = (codes: string, fold = '3', file = 'records100/00000/00001_lr', patient = '15709.0'): string => `${HEADER}\n1,${patient},"${codes}",${fold},${file}\n`;

describe('parsePtbxl', () => {
  test('a record is of the superclasses of its diagnostic statements, likely or not', () => {
    const table = parsePtbxl(`${HEADER}\r\n1,15709.0,"{'IMI': 100.0, 'SR': 0.0, 'LVOLT': 0.0}",3,records100/00000/00001_lr\r\n2,7.0,"{'NDT': 0.0, 'IMI': 35.0}",10,records100/00000/00002_lr\r\n3,7.0,{},10,a\r\n`, STATEMENTS);
    expect(table).toEqual([
      { patient: '15709.0', fold: 3, file: 'records100/00000/00001_lr', classes: new Set(['MI']) },
      { patient: '7.0', fold: 10, file: 'records100/00000/00002_lr', classes: new Set(['STTC', 'MI']) },
      { patient: '7.0', fold: 10, file: 'a', classes: new Set() },
    ]);
  });

  test.each([
    [row("{'IMI': 100.0}", '11'), "ptbxl_database.csv: line 2: expected a strat_fold from 1 to 10, got '11'"],
    [row("{'IMI': 100.0}", ''), "expected a strat_fold from 1 to 10, got ''"],
    [row("{'IMI': 100.0}", '1', '../../secret'), "expected a filename_lr below the folder, got '../../secret'"],
    [row("{'IMI': 100.0}", '1', '/etc/passwd'), 'expected a filename_lr below the folder'],
    [row("{'IMI': 100.0}", '1', 'a', ''), "expected a patient_id, got ''"],
    [row("{'WHAT': 100.0}"), "expected codes of scp_statements.csv in scp_codes, got 'WHAT'"],
    [row("['IMI']"), "expected scp_codes such as {'NORM': 100.0, 'SR': 0.0}, got '['IMI']'"],
    [row("{'IMI': yes}"), 'expected scp_codes such as'],
    [row("{'IMI': 1.0, }"), 'expected scp_codes such as'],
    [`${HEADER}\n1,2\n`, 'ptbxl_database.csv: line 2: expected 5 fields, got 2'],
    [`${HEADER}\n`, 'ptbxl_database.csv: line 2: expected a header and rows, got a header alone'],
    ['ecg_id,patient_id\n1,2\n', "ptbxl_database.csv: line 1: expected a column 'strat_fold'"],
    [`${HEADER}\n1,2,"{'IMI': 1.0},3,a\n`, 'ptbxl_database.csv: line 2: '],
    ['', 'ptbxl_database.csv: line 1: expected a header and rows, got an empty file'],
  ])('refuses %j', (database, message) => {
    expect(() => parsePtbxl(database, STATEMENTS)).toThrow(DataError);
    expect(() => parsePtbxl(database, STATEMENTS)).toThrow(message);
  });

  test.skipIf(!existsSync(join(folder, 'ptbxl_database.csv')) || !existsSync(join(folder, 'labels.csv')))('the first 500 records have the superclasses that others made of them', () => {
    const text = (name: string): string => readFileSync(join(folder, name), 'utf8');
    const table = parsePtbxl(text('ptbxl_database.csv'), text('scp_statements.csv'));
    const classes = ['NORM', 'MI', 'STTC', 'CD', 'HYP'];
    const labels = csvFields(text('labels.csv'), 'labels.csv', ['patient_id', 'strat_fold', ...classes]);
    expect(table.map(({ patient, fold, classes: stated }) => [Number(patient), fold, ...classes.map((name) => (stated.has(name) ? 1 : 0))])).toEqual(labels.map(({ fields }) => fields.map(Number)));
    expect(classes.map((name) => table.filter((record) => record.classes.has(name)).length)).toEqual([297, 73, 96, 78, 40]);
  });
});
