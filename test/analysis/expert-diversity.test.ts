/** How different experts are: by hand, and of a mixture of copies and of others. */
import { expect, test } from 'vitest';
import { embedExperts, expertDiversity } from 'lazygrad/analysis';
import type { Representation } from 'lazygrad/analysis';
import { MultiTaskModel, mlp, multiGate } from 'lazygrad/models';
import { ShapeError, assign } from '../../engine/index.ts';
import { testDevice } from '../support/device.ts';
import { expectError } from '../support/errors.ts';
import { constant } from '../support/layout.ts';
import { values } from '../support/values.ts';

const device = await testDevice();
const of = (...numbers: number[]): Representation => ({ samples: 2, features: numbers.length / 2, values: numbers });

test('norms of differences as shares of the largest, and the mean of the pairs', () => {
  // 5, 10 and the root of (3 - 6)^2 + (4 - 8)^2.
  expect(expertDiversity([of(0, 0, 0, 0), of(3, 0, 0, 4), of(6, 0, 0, 8)])).toEqual({ distances: [[0, 0.5, 1], [0.5, 0, 0.5], [1, 0.5, 0]], diversity: 2 / 3 });
  expect(expertDiversity([of(1, 2), of(1, 2)])).toEqual({ distances: [[0, 0], [0, 0]], diversity: 0 });
  expect(expertDiversity([of(1, 2)]).diversity).toBeNaN();
  expectError(() => expertDiversity([of(1, 2), { samples: 3, features: 1, values: [1, 2, 3] }]), ShapeError, 'expertDiversity', '2', '3');
});

test('of a mixture: experts that are closed to the task as well, and none of a trunk alone', async () => {
  using _scope = device.scope();
  const trunk = (): ReturnType<typeof mlp> => mlp({ inputs: 4, widths: [3] });
  const model = new MultiTaskModel(device, multiGate({ trunk, experts: 3, inputs: 4, open: (_task, expert) => expert !== 1 }), [{ name: 'a', outputs: 2 }], 1);
  for (const { name } of model.shared.segments) if (name.startsWith('experts.2.')) model.shared.get(name).write(await model.shared.get(name.replace('experts.2.', 'experts.0.')).read());
  const x = constant(device, values([5, 4], 'normal', 1));
  const experts = await embedExperts(model, 'a', x);
  expect(experts.map(({ samples, features }) => [samples, features])).toEqual([[5, 3], [5, 3], [5, 3]]);
  const { distances, diversity } = expertDiversity(experts);
  expect(distances).toEqual([[0, 1, 0], [1, 0, 1], [0, 1, 0]]);
  expect(diversity).toBeCloseTo(2 / 3, 12);
  // The first expert, by itself.
  const alone = new MultiTaskModel(device, trunk(), [{ name: 'a', outputs: 2 }], 1);
  for (const { name } of alone.shared.segments) assign(alone.shared.get(name), model.shared.get(`experts.0.${name}`));
  expect(Array.from(experts[0]!.values)).toEqual([...await alone.represent(x, 'a').read()]);
  expect(await embedExperts(alone, 'a', x)).toEqual([]);
});
