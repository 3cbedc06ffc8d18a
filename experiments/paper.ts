/** What several tables of the paper say alike. */
import type { Facts } from './experiment.ts';
import { PAPER_SETTINGS } from './paper-settings.ts';
import type { PaperRow } from './table.ts';

/** @param what a table or figure, by its number */
export const sourceOf = (what: string): string => `Thakur et al., AISTATS 2025, ${what}`;

/** Of table A2, and the data. */
export function settingOf(group: keyof typeof PAPER_SETTINGS, data: string): Facts {
  return { data, ...PAPER_SETTINGS[group], optimizer: 'SGD' };
}

/** APO with a mixture of experts on patient care: in tables 1a, 4 (dynamic) and A4 (proposed). */
export const PATIENT_CARE_APO_MOE: PaperRow = [[0.792, 0.013], [0.852, 0.016], [0.832, 0.021], [0.825, 0.017]];
/** The same on notes: in tables 1b, 5 and A5. */
export const NOTES_APO_MOE: PaperRow = [[0.897, 0.019], [0.608, 0.010], [0.941, 0.012], [0.758, 0.015], [0.801, 0.014]];
