/** How the models of the figures are trained: as in the tables on the same group, with one seed. */
import type { ComparisonPlan } from './comparison.ts';
import type { Facts, Laboratory, Trained } from './experiment.ts';
import { plansOf } from './group-plans.ts';
import type { Group } from './group-plans.ts';

export function figurePlan(group: Group, methods: readonly string[], { scale, seed }: Pick<Laboratory, 'scale' | 'seed'>): ComparisonPlan {
  const { seeds: _seeds, ...plan } = plansOf(group, methods)[scale];
  return { ...plan, methods, seeds: [seed] };
}

/** What the plan says of one of its methods. */
export function factsOf({ dataset, model = '', width, epochs, batchSize, lr, limit, tokens = 0, orderEvery = 1, set = {} }: ComparisonPlan, method: string): Facts {
  return { dataset, method, model, width, epochs, batchSize, lr, limit, ...tokens > 0 && { tokens }, orderEvery, ...set[method] };
}

/** @throws RangeError for a name that the plan did not have */
export function trainedOf(trained: ReadonlyMap<string, Trained>, name: string): Trained {
  const found = trained.get(name);
  if (!found) throw new RangeError(`${name} was not trained`);
  return found;
}
