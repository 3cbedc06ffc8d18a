/** Table A4: methods of continual learning on patient care. */
import { CONTINUAL, continualDifferences } from './continual.ts';
import type { Experiment } from './experiment.ts';
import { plansOf } from './group-plans.ts';
import { PATIENT_CARE_APO_MOE, settingOf, sourceOf } from './paper.ts';
import { tableExperiment } from './table.ts';

export const tableA4: Experiment = tableExperiment({
  id: 'a4',
  title: 'patient care: AUROC of methods of continual learning',
  source: sourceOf('table A4'),
  claim: 'EWC, SKILL and SupSup are worse on average: they learn the tasks once, one after the other.',
  setting: settingOf('patient-care', 'MIMIC-III'),
  columns: ['phenotyping', 'mortality', 'decompensation'],
  unit: 1,
  rows: {
    ewc: [[0.671, 0.023], [0.818, 0.018], [0.821, 0.015], [0.770, 0.019]],
    skill: [[0.748, 0.012], [0.836, 0.017], [0.797, 0.016], [0.794, 0.015]],
    supsup: [[0.716, 0.011], [0.821, 0.013], [0.769, 0.017], [0.773, 0.014]],
    'apo-moe': PATIENT_CARE_APO_MOE,
  },
  baseline: 'apo-moe',
  plans: plansOf('patient-care', CONTINUAL),
  differences: (scale) => ['The paper\'s average of SupSup, 0.773, is not that of its columns, 0.769.', ...continualDifferences('patient-care', scale)],
});
