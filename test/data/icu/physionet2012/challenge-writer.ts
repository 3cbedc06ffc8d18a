/** Texts as the challenge writes them. */
export type Row = readonly [time: string, parameter: string, value: number | string];

export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

export const descriptors = (record: number): Row[] => [['00:00', 'RecordID', record], ['00:00', 'Age', 54], ['00:00', 'Gender', 0], ['00:00', 'Height', -1], ['00:00', 'ICUType', 4], ['00:00', 'Weight', -1]];

export const stayText = (rows: readonly Row[], end = '\n'): string => ['Time,Parameter,Value', ...rows.map((row) => row.join(',')), ''].join(end);

export function tableText(stays: readonly (readonly [record: number, rows: readonly Row[]])[]): string {
  return ['RecordID,Time,Parameter,Value', ...stays.flatMap(([record, rows]) => rows.map((row) => [record, ...row].join(','))), ''].join('\n');
}

export const OUTCOMES = 'RecordID,SAPS-I,SOFA,Length_of_stay,Survival,In-hospital_death';

export const outcomesText = (rows: readonly (readonly [record: number, stay: number, survival: number, died: number])[]): string => [OUTCOMES, ...rows.map(([record, ...rest]) => [record, 6, 1, ...rest].join(',')), ''].join('\n');
