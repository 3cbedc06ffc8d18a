/** What tables 4 and 5 compare: one method with its tasks in two orders. */
import type { Variant } from './comparison.ts';
import type { Scale } from './experiment.ts';
import { differencesOf, plansOf } from './group-plans.ts';
import type { Group } from './group-plans.ts';

const METHOD = 'apo-moe';

export const ORDERS: Readonly<Record<string, Variant>> = { dynamic: { method: METHOD, taskOrder: 'dynamic' }, fixed: { method: METHOD, taskOrder: 'fixed' } };

export function orderingDifferences(group: Group, scale: Scale): string[] {
  const { epochs, orderEvery = 1 } = plansOf(group, [])[scale];
  return [
    'The paper does not name the method of this table. Its dynamic row is that of APO with a mixture of experts in table 1, digit for digit: that is run here.',
    'The fixed order is the data set\'s; the paper\'s is not told but for its end.',
    ...(epochs > orderEvery ? [] : ['The run ends before the order changes for the first time: both rows are the same.']),
    ...differencesOf(group, [METHOD], scale),
  ];
}
