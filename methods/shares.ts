/** Ownership and tallies as the plain shares that events carry. */
import { conflictFraction, selectedFraction } from '../apo/index.ts';
import type { LayerTally, Ownership, Shares, TaskTally } from '../apo/index.ts';
import type { EpochEvent, OwnershipShares, SensitivityShares } from './events.ts';

export const ownershipShares = ({ owned, protected: guarded, unclaimed }: Shares): OwnershipShares => ({ owned, protected: guarded, unclaimed });

/** What an epoch's event says of a method, which may know neither. @param tallies of this epoch's steps, by task in the order of the ownership's */
export function epochShares(ownership: Ownership | null, tallies: readonly TaskTally[]): Pick<EpochEvent, 'ownership' | 'sensitivity' | 'layers'> {
  if (!ownership) return { ownership: null, sensitivity: null, layers: [] };
  return {
    ownership: ownershipShares(ownership),
    sensitivity: sensitivity(tallies, (tally) => tally),
    layers: ownership.layers.map((layer) => ({ name: layer.name, ...ownershipShares(layer), ...sensitivity(tallies, ({ layers }) => layers.find(({ name }) => name === layer.name)) })),
  };
}

function sensitivity(tallies: readonly TaskTally[], part: (tally: TaskTally) => Omit<LayerTally, 'name'> | undefined): SensitivityShares {
  const shares = tallies.map((tally) => {
    const counts = part(tally) ?? { length: 0, selected: 0, protected: 0 };
    return { selected: selectedFraction(counts, tally.steps), conflict: conflictFraction(counts) };
  });
  return { selected: shares.map(({ selected }) => selected), conflict: shares.map(({ conflict }) => conflict) };
}
