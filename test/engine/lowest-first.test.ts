import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LowestFirst } from '../../engine/device/lowest-first.ts';

test('gives the lowest number of what is in it, whatever came and went before', () => {
  fc.assert(fc.property(fc.array(fc.option(fc.nat(50), { freq: 3 }), { maxLength: 200 }), (actions) => {
    const heap = new LowestFirst<{ readonly id: number }>();
    const reference: number[] = [];
    for (const id of [...actions, ...actions.map(() => null)]) {
      if (id === null) {
        reference.sort((a, b) => a - b);
        expect(heap.pop()?.id).toBe(reference.shift());
      } else {
        heap.push({ id });
        reference.push(id);
      }
    }
    expect(heap.pop()).toBeUndefined();
  }));
});
