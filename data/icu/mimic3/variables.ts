/**
 * The 17 variables of the MIMIC-III benchmarks (Harutyunyan et al., "Multitask learning and benchmarking with clinical time series data", Scientific
 * Data 2019, doi:10.1038/s41597-019-0103-9) in the order and spelling of the public `discretizer_config.json`
 * (https://github.com/YerevaNN/mimic3-benchmarks, mimic3models/resources), and the 76 columns that they become.
 */

export interface Variable {
  /** As in the header of an episode. */
  readonly name: string;
  /** Of a categorical variable: what its values are called, in the order of their columns. Two charting systems have two spellings of most. */
  readonly categories?: readonly string[];
  /** What it counts as before it is first measured: a number, or the number of a category. */
  readonly normal: number;
}

const continuous = (name: string, normal: number): Variable => ({ name, normal });
const categorical = (name: string, normal: string, categories: readonly string[]): Variable => ({ name, normal: categories.indexOf(normal), categories });

export const VARIABLES: readonly Variable[] = [
  categorical('Capillary refill rate', '0.0', ['0.0', '1.0']),
  continuous('Diastolic blood pressure', 59),
  continuous('Fraction inspired oxygen', 0.21),
  categorical('Glascow coma scale eye opening', '4 Spontaneously', ['To Pain', '3 To speech', '1 No Response', '4 Spontaneously', 'None', 'To Speech', 'Spontaneously', '2 To pain']),
  categorical('Glascow coma scale motor response', '6 Obeys Commands', [
    '1 No Response', '3 Abnorm flexion', 'Abnormal extension', 'No response', '4 Flex-withdraws', 'Localizes Pain',
    'Flex-withdraws', 'Obeys Commands', 'Abnormal Flexion', '6 Obeys Commands', '5 Localizes Pain', '2 Abnorm extensn',
  ]),
  categorical('Glascow coma scale total', '15', ['11', '10', '13', '12', '15', '14', '3', '5', '4', '7', '6', '9', '8']),
  categorical('Glascow coma scale verbal response', '5 Oriented', [
    '1 No Response', 'No Response', 'Confused', 'Inappropriate Words', 'Oriented', 'No Response-ETT',
    '5 Oriented', 'Incomprehensible sounds', '1.0 ET/Trach', '4 Confused', '2 Incomp sounds', '3 Inapprop words',
  ]),
  continuous('Glucose', 128),
  continuous('Heart Rate', 86),
  continuous('Height', 170),
  continuous('Mean blood pressure', 77),
  continuous('Oxygen saturation', 98),
  continuous('Respiratory rate', 19),
  continuous('Systolic blood pressure', 118),
  continuous('Temperature', 36.6),
  continuous('Weight', 81),
  continuous('pH', 7.4),
];

/** Where each variable's columns begin: one for a number, one per category else; 59 in all. */
export const FIRST_COLUMNS: readonly number[] = VARIABLES.map((_, index) => VARIABLES.slice(0, index).reduce((sum, variable) => sum + columnsFor(variable), 0));

/** Columns of values, 59; the masks follow, one for each variable, 1 where it was measured in that hour. */
export const VALUE_COLUMNS: number = VARIABLES.reduce((sum, variable) => sum + columnsFor(variable), 0);

/** 76 columns, named as the public code names them: `Heart Rate`, `Capillary refill rate->0.0`, `mask->Heart Rate`. */
export const COLUMNS: readonly string[] = [
  ...VARIABLES.flatMap(({ name, categories }) => categories?.map((category) => `${name}->${category}`) ?? [name]),
  ...VARIABLES.map(({ name }) => `mask->${name}`),
];

function columnsFor({ categories }: Variable): number {
  return categories?.length ?? 1;
}
