/** A table beside ours, on rows that are made up. */
import { expect, test } from 'vitest';
import type { ComparisonPlan, ComparisonRow, Failure } from '../../experiments/comparison.ts';
import { SCALES } from '../../experiments/experiment.ts';
import type { Laboratory } from '../../experiments/experiment.ts';
import { COMPARED, tableExperiment } from '../../experiments/table.ts';
import { tableA3 } from '../../experiments/table-a3.ts';
import { testDevice } from '../support/device.ts';
import { laboratoryOf } from './laboratory.ts';

const device = await testDevice();

const plan = { dataset: 'd', model: 'mlp', epochs: 2, batchSize: 8, lr: 0.1, limit: 10, width: 1, seeds: 2, set: { stl: { momentum: 0.9 } } };
const spec = tableExperiment({
  id: 'x1', title: 't', source: 's', claim: 'c', setting: { data: 'd' }, columns: ['a', 'b'], unit: 100,
  rows: { stl: [[80, 1], [60, 2], [70, 1.5]], up: [[82, 1], [62, 2], [72, 1.5]], down: [[70, 1], [50, 2], [60, 1.5]], even: [[81, 1], [61, 1], [71, 1]], failed: [[1, 1], [1, 1], [1, 1]] },
  plans: { smoke: plan, small: plan, full: plan },
  differences: (scale) => [`at ${scale}`],
});
const row = (method: string, versus: [number, number, number] | null): ComparisonRow => ({
  method, tasks: { a: { mean: 0.5, sd: 0.1, versusSingleTask: null }, b: { mean: 0.7, sd: NaN, versusSingleTask: null } }, average: { mean: 0.6, sd: 0.2 },
  versusSingleTask: versus && { mean: versus[0], low: versus[1], high: versus[2] }, passes: 1, seconds: 3,
});

function laboratory(asked: ComparisonPlan[], rows: readonly ComparisonRow[] | null, failures: readonly Failure[] = []): Laboratory {
  return laboratoryOf(device, {
    scale: 'small', seed: 4,
    compare(wish) {
      asked.push(wish);
      return Promise.resolve(rows && { rows, failures });
    },
  });
}

test('asks for the methods of the table, and puts its numbers beside ours', async () => {
  const asked: ComparisonPlan[] = [];
  const result = (await spec.run(laboratory(asked, [row('stl', null), row('up', [0.03, 0.01, 0.05]), row('down', [0.02, 0.01, 0.03]), row('even', [0.01, -0.01, 0.03])], [{ method: 'failed', seed: 5, reason: 'too dense' }])))!;
  expect(asked).toEqual([{ ...plan, seeds: [4, 5], methods: ['stl', 'up', 'down', 'even', 'failed'] }]);
  expect(result.paper.table).toEqual({
    columns: ['a', 'b', 'average'],
    rows: [['stl', [0.8, 0.6, 0.7]], ['up', [0.82, 0.62, 0.72]], ['down', [0.7, 0.5, 0.6]], ['even', [0.81, 0.61, 0.71]], ['failed', [0.01, 0.01, 0.01]]].map(([label, means], i) => ({
      label, values: (means as number[]).map((mean, k) => ({ mean, sd: [[1, 2, 1.5], [1, 2, 1.5], [1, 2, 1.5], [1, 1, 1], [1, 1, 1]][i]![k]! / 100 })),
    })),
  });
  expect(result.ours.table?.rows[1]).toEqual({ label: 'up', values: [{ mean: 0.5, sd: 0.1 }, { mean: 0.7, sd: NaN }, { mean: 0.6, sd: 0.2 }] });
  expect(result.ours.setting).toMatchObject({ dataset: 'd', 'stl.momentum': 0.9, seeds: 2, 'first seed': 4 });
  expect(result.ours.numbers.up).toEqual({ 'against stl': 0.03, 'from (95 %)': 0.01, 'to (95 %)': 0.05, passes: 1, seconds: 3 });
  expect(result.findings).toEqual([
    'up against stl on average: +2.0 points in the paper; the same side here (+3.0 points, +1.0 points to +5.0 points).',
    'down against stl on average: -10.0 points in the paper; the other side here (+2.0 points, +1.0 points to +3.0 points).',
    'even against stl on average: +1.0 points in the paper; not told apart from it here (+1.0 points, -1.0 points to +3.0 points).',
    'failed: no result here (too dense).',
  ]);
  expect(result.ours.table?.rows.map(({ label }) => label)).toEqual(['stl', 'up', 'down', 'even', 'failed']);
  expect(result.ours.table?.rows.at(-1)?.values).toEqual([null, null, null]);
  expect(result.differences).toEqual(['at small', 'failed has no result with seed 5: too dense.']);
});

test('is interrupted with its runs', async () => {
  expect(await spec.run(laboratory([], null))).toBeNull();
});

test('table A3 has a mean for each method and task, and their average', async () => {
  for (const scale of SCALES) {
    const asked: ComparisonPlan[] = [];
    const result = (await tableA3.run({ ...laboratory(asked, [row('stl', null)]), scale }))!;
    expect(asked[0]?.methods).toEqual(COMPARED);
    for (const { values } of result.paper.table!.rows) {
      const [a, b, c, average] = values.map((value) => value!.mean);
      expect((a! + b! + c!) / 3).toBeCloseTo(average!, 3);
    }
  }
});
