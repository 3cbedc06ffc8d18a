/** Table A5: methods of continual learning on discharge notes. */
import { CONTINUAL, continualDifferences } from './continual.ts';
import type { Experiment } from './experiment.ts';
import { plansOf } from './group-plans.ts';
import { NOTES_APO_MOE, settingOf, sourceOf } from './paper.ts';
import { tableExperiment } from './table.ts';

export const tableA5: Experiment = tableExperiment({
  id: 'a5',
  title: 'discharge notes: AUROC of methods of continual learning',
  source: sourceOf('table A5'),
  claim: 'EWC, SKILL and SupSup are worse on average: they learn the tasks once, one after the other.',
  setting: settingOf('notes', 'MIMIC-III, discharge summaries'),
  columns: ['readmission', 'phenotyping', 'sepsis', 'mortality'],
  unit: 1,
  rows: {
    ewc: [[0.732, 0.018], [0.539, 0.014], [0.839, 0.022], [0.756, 0.017], [0.717, 0.017]],
    skill: [[0.862, 0.015], [0.586, 0.013], [0.921, 0.018], [0.753, 0.013], [0.781, 0.015]],
    supsup: [[0.819, 0.017], [0.553, 0.016], [0.843, 0.013], [0.728, 0.011], [0.736, 0.014]],
    'apo-moe': NOTES_APO_MOE,
  },
  baseline: 'apo-moe',
  plans: plansOf('notes', CONTINUAL),
  differences: (scale) => continualDifferences('notes', scale),
});
