/** What tables A4 and A5 compare. */
import type { Scale } from './experiment.ts';
import { differencesOf } from './group-plans.ts';
import type { Group } from './group-plans.ts';

export const CONTINUAL = ['ewc', 'skill', 'supsup', 'apo-moe'] as const;

export function continualDifferences(group: Group, scale: Scale): string[] {
  return [
    'The paper\'s row "Proposed" is that of APO with a mixture of experts in table 1, digit for digit: that is run here.',
    'SKILL\'s backbone is trained on the first task; in the paper it is pre-trained, without labels on patient care and as TinyBERT on notes.',
    'All masks and heads are chosen by the task at hand, as in the paper.',
    ...differencesOf(group, CONTINUAL, scale),
  ];
}
