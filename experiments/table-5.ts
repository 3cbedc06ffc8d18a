/** Table 5: the order of the tasks by their losses, anew every 5 epochs, against one that stays, on discharge notes. */
import type { Experiment } from './experiment.ts';
import { plansOf } from './group-plans.ts';
import { NOTES_APO_MOE, settingOf, sourceOf } from './paper.ts';
import { ORDERS, orderingDifferences } from './task-orders.ts';
import { tableExperiment } from './table.ts';

export const table5: Experiment = tableExperiment({
  id: '5',
  title: 'discharge notes: dynamic and fixed order of tasks',
  source: sourceOf('table 5'),
  claim: 'A fixed order of the tasks is slightly worse, most of all for those that come last.',
  setting: settingOf('notes', 'MIMIC-III, discharge summaries'),
  columns: ['readmission', 'phenotyping', 'sepsis', 'mortality'],
  unit: 1,
  rows: {
    dynamic: NOTES_APO_MOE,
    fixed: [[0.896, 0.017], [0.587, 0.012], [0.942, 0.011], [0.751, 0.013], [0.794, 0.013]],
  },
  variants: ORDERS,
  baseline: 'dynamic',
  plans: plansOf('notes', []),
  differences: (scale) => orderingDifferences('notes', scale),
});
