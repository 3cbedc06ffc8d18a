/** Table 1a: tasks of intensive care, from hourly series. */
import type { Experiment } from './experiment.ts';
import { differencesOf, plansOf } from './group-plans.ts';
import { PATIENT_CARE_APO_MOE, settingOf, sourceOf } from './paper.ts';
import { COMPARED, tableExperiment } from './table.ts';

export const table1a: Experiment = tableExperiment({
  id: '1a',
  title: 'patient care: AUROC by method',
  source: sourceOf('table 1a'),
  claim: 'APO is about 2 % better on average than single-task learning, the best baseline, and APO with a mixture of experts another 1 %; Reptile and iMAML show negative transfer.',
  setting: settingOf('patient-care', 'MIMIC-III'),
  columns: ['phenotyping', 'mortality', 'decompensation'],
  unit: 1,
  rows: {
    stl: [[0.763, 0.016], [0.851, 0.016], [0.794, 0.013], [0.803, 0.015]],
    reptile: [[0.709, 0.006], [0.818, 0.016], [0.779, 0.022], [0.769, 0.015]],
    imaml: [[0.723, 0.009], [0.826, 0.015], [0.785, 0.024], [0.778, 0.016]],
    lmc: [[0.771, 0.015], [0.841, 0.015], [0.791, 0.006], [0.801, 0.012]],
    moe: [[0.748, 0.015], [0.829, 0.024], [0.815, 0.023], [0.797, 0.021]],
    gradnorm: [[0.726, 0.017], [0.837, 0.015], [0.787, 0.015], [0.783, 0.016]],
    kml: [[0.762, 0.019], [0.841, 0.016], [0.802, 0.021], [0.801, 0.019]],
    pcgrad: [[0.739, 0.024], [0.831, 0.024], [0.806, 0.022], [0.792, 0.024]],
    apo: [[0.778, 0.009], [0.848, 0.007], [0.823, 0.012], [0.816, 0.010]],
    'apo-moe': PATIENT_CARE_APO_MOE,
  },
  plans: plansOf('patient-care', COMPARED),
  differences: (scale) => differencesOf('patient-care', COMPARED, scale),
});
