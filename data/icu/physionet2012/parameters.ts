/**
 * What is recorded in the PhysioNet/Computing in Cardiology Challenge 2012 (https://physionet.org/content/challenge-2012/1.0.0/): 37 series and, at
 * the time 00:00, descriptors of the patient.
 *
 * Values outside of a generous plausible range are taken as not recorded. They are slips of the pen and broken sensors: a pressure of 0, a pH of
 * 735, a weight of -1, which the challenge writes for an unknown one.
 */

export interface Parameter {
  readonly name: string;
  /** The plausible range, both ends within, in the challenge's units. */
  readonly least: number;
  readonly most: number;
  /** `log`: spread over orders of magnitude, so that log(1 + value) is standardised. `flag`: 1 where it is on, off before. */
  readonly scale: 'linear' | 'log' | 'flag';
}

const linear = (name: string, least: number, most: number): Parameter => ({ name, least, most, scale: 'linear' });
const log = (name: string, least: number, most: number): Parameter => ({ name, least, most, scale: 'log' });

/** The series, in the order of their columns. */
export const SERIES: readonly Parameter[] = [
  linear('Albumin', 0.5, 10), // g/dL
  log('ALP', 1, 10_000), // IU/L
  log('ALT', 1, 50_000), // IU/L
  log('AST', 1, 50_000), // IU/L
  log('Bilirubin', 0, 100), // mg/dL
  log('BUN', 0, 400), // mg/dL
  linear('Cholesterol', 10, 1000), // mg/dL
  log('Creatinine', 0.05, 50), // mg/dL
  linear('DiasABP', 5, 250), // mmHg
  linear('FiO2', 0.21, 1), // a share
  linear('GCS', 3, 15),
  log('Glucose', 5, 2500), // mg/dL
  linear('HCO3', 2, 70), // mmol/L
  linear('HCT', 3, 80), // %
  linear('HR', 10, 350), // a minute
  linear('K', 1, 15), // mEq/L
  log('Lactate', 0.1, 40), // mmol/L
  linear('Mg', 0.2, 15), // mmol/L
  linear('MAP', 10, 300), // mmHg
  { name: 'MechVent', least: 0, most: 1, scale: 'flag' },
  linear('Na', 80, 200), // mEq/L
  linear('NIDiasABP', 5, 250), // mmHg
  linear('NIMAP', 10, 300), // mmHg
  linear('NISysABP', 20, 350), // mmHg
  linear('PaCO2', 5, 200), // mmHg
  linear('PaO2', 10, 800), // mmHg
  linear('pH', 6.5, 8),
  log('Platelets', 1, 3000), // 1000/uL
  linear('RespRate', 1, 120), // a minute
  linear('SaO2', 20, 100), // %
  linear('SysABP', 20, 350), // mmHg
  linear('Temp', 25, 45), // degrees Celsius
  log('TroponinI', 0, 1000), // ug/L
  log('TroponinT', 0, 100), // ug/L
  log('Urine', 0, 5000), // mL
  log('WBC', 0, 1000), // 1000/uL
  linear('Weight', 20, 450), // kg
];

/** Descriptors that are kept, in the order of their columns; a weight is in the series too, and the number of the record is no measurement. */
export const DESCRIPTORS: readonly Parameter[] = [
  linear('Age', 0, 120), // years
  linear('Gender', 0, 1), // 0 female, 1 male
  linear('Height', 90, 250), // cm
  linear('ICUType', 1, 4), // 1 coronary care, 2 cardiac surgery recovery, 3 medical, 4 surgical
];

/** Hours of each stay that are recorded. */
export const HOURS = 48;

export const seriesIndex = (name: string): number => SERIES.findIndex((parameter) => parameter.name === name);
