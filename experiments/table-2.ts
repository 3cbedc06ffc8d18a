/** Table 2: diagnoses from electrocardiograms, by spectrograms. */
import type { Experiment } from './experiment.ts';
import { differencesOf, plansOf } from './group-plans.ts';
import { settingOf, sourceOf } from './paper.ts';
import { COMPARED, tableExperiment } from './table.ts';

export const table2: Experiment = tableExperiment({
  id: '2',
  title: 'electrocardiograms: AUROC by method',
  source: sourceOf('table 2'),
  claim: 'Sharing helps by every method; APO is 17 % better on average than single-task learning, and APO with a mixture of experts slightly better still.',
  setting: settingOf('ecg', 'MIMIC-III waveforms, one minute'),
  columns: ['chronic kidney disorder', 'conduction disorder', 'coronary atherosclerosis', 'hypertension'],
  unit: 1,
  rows: {
    stl: [[0.611, 0.012], [0.722, 0.021], [0.610, 0.010], [0.610, 0.020], [0.638, 0.016]],
    reptile: [[0.767, 0.006], [0.747, 0.017], [0.676, 0.015], [0.638, 0.017], [0.707, 0.014]],
    imaml: [[0.771, 0.009], [0.758, 0.018], [0.648, 0.016], [0.678, 0.020], [0.714, 0.016]],
    lmc: [[0.735, 0.017], [0.741, 0.024], [0.636, 0.006], [0.631, 0.020], [0.686, 0.017]],
    moe: [[0.749, 0.011], [0.759, 0.015], [0.665, 0.018], [0.647, 0.020], [0.705, 0.016]],
    gradnorm: [[0.791, 0.022], [0.775, 0.020], [0.695, 0.005], [0.635, 0.021], [0.724, 0.017]],
    kml: [[0.775, 0.019], [0.749, 0.017], [0.634, 0.015], [0.642, 0.024], [0.7, 0.019]],
    pcgrad: [[0.760, 0.020], [0.749, 0.010], [0.659, 0.009], [0.729, 0.006], [0.724, 0.011]],
    apo: [[0.785, 0.009], [0.795, 0.014], [0.699, 0.007], [0.711, 0.024], [0.747, 0.014]],
    'apo-moe': [[0.794, 0.018], [0.832, 0.023], [0.691, 0.018], [0.693, 0.009], [0.752, 0.017]],
  },
  plans: plansOf('ecg', COMPARED),
  differences: (scale) => differencesOf('ecg', COMPARED, scale),
});
