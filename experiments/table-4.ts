/** Table 4: the order of the tasks by their losses, anew every 5 epochs, against one that stays, on patient care. */
import type { Experiment } from './experiment.ts';
import { plansOf } from './group-plans.ts';
import { PATIENT_CARE_APO_MOE, settingOf, sourceOf } from './paper.ts';
import { ORDERS, orderingDifferences } from './task-orders.ts';
import { tableExperiment } from './table.ts';

export const table4: Experiment = tableExperiment({
  id: '4',
  title: 'patient care: dynamic and fixed order of tasks',
  source: sourceOf('table 4'),
  claim: 'A fixed order of the tasks is slightly worse, most of all for those that come last.',
  setting: settingOf('patient-care', 'MIMIC-III'),
  columns: ['phenotyping', 'mortality', 'decompensation'],
  unit: 1,
  rows: {
    dynamic: PATIENT_CARE_APO_MOE,
    fixed: [[0.783, 0.016], [0.852, 0.014], [0.827, 0.018], [0.821, 0.016]],
  },
  variants: ORDERS,
  baseline: 'dynamic',
  plans: plansOf('patient-care', []),
  differences: (scale) => orderingDifferences('patient-care', scale),
});
