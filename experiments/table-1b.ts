/** Table 1b: tasks on clinical notes. */
import type { Experiment } from './experiment.ts';
import { differencesOf, plansOf } from './group-plans.ts';
import { NOTES_APO_MOE, settingOf, sourceOf } from './paper.ts';
import { COMPARED, tableExperiment } from './table.ts';

export const table1b: Experiment = tableExperiment({
  id: '1b',
  title: 'discharge notes: AUROC by method',
  source: sourceOf('table 1b'),
  claim: 'The baselines are much alike; APO is better on average than all of them, and APO with a mixture of experts another 1 %.',
  setting: settingOf('notes', 'MIMIC-III, discharge summaries'),
  columns: ['readmission', 'phenotyping', 'sepsis', 'mortality'],
  unit: 1,
  rows: {
    stl: [[0.879, 0.013], [0.591, 0.022], [0.924, 0.019], [0.755, 0.019], [0.787, 0.018]],
    reptile: [[0.877, 0.012], [0.587, 0.022], [0.921, 0.025], [0.739, 0.026], [0.781, 0.021]],
    imaml: [[0.880, 0.025], [0.590, 0.024], [0.925, 0.026], [0.748, 0.019], [0.786, 0.024]],
    lmc: [[0.882, 0.024], [0.594, 0.027], [0.927, 0.011], [0.759, 0.016], [0.790, 0.019]],
    moe: [[0.882, 0.024], [0.595, 0.012], [0.928, 0.026], [0.739, 0.016], [0.786, 0.020]],
    gradnorm: [[0.876, 0.021], [0.587, 0.021], [0.929, 0.020], [0.752, 0.020], [0.786, 0.021]],
    kml: [[0.871, 0.017], [0.591, 0.023], [0.935, 0.026], [0.741, 0.020], [0.785, 0.022]],
    pcgrad: [[0.883, 0.014], [0.594, 0.026], [0.931, 0.022], [0.748, 0.024], [0.789, 0.022]],
    apo: [[0.885, 0.026], [0.602, 0.012], [0.937, 0.019], [0.748, 0.013], [0.793, 0.018]],
    'apo-moe': NOTES_APO_MOE,
  },
  plans: plansOf('notes', COMPARED),
  differences: (scale) => differencesOf('notes', COMPARED, scale),
});
