/** The paper's tables as they are typed in, and the plans by which they are run. */
import { describe, expect, test } from 'vitest';
import { cellsOf } from '../../cli/run-comparison.ts';
import { DATASETS } from '../../data/index.ts';
import type { ComparisonPlan } from '../../experiments/comparison.ts';
import { SCALES } from '../../experiments/experiment.ts';
import type { Result, Scale } from '../../experiments/experiment.ts';
import { EXPERIMENTS, findExperiment } from '../../experiments/registry.ts';
import { COMPARED } from '../../experiments/table.ts';
import { testDevice } from '../support/device.ts';
import { laboratoryOf } from './laboratory.ts';

const device = await testDevice();
const TABLES = ['1a', '1b', '2', '3', '4', '5', 'a3', 'a4', 'a5'];

async function asked(id: string, scale: Scale): Promise<{ readonly plan: ComparisonPlan; readonly result: Result }> {
  const plans: ComparisonPlan[] = [];
  const laboratory = laboratoryOf(device, {
    scale, seed: 1,
    compare(plan) {
      plans.push(plan);
      return Promise.resolve({ rows: [], failures: [] });
    },
  });
  const result = await findExperiment(id).run(laboratory);
  const [plan] = plans;
  if (!plan || !result) throw new Error(`${id} asked for nothing`);
  return { plan, result };
}

const rowOf = ({ paper }: Result, label: string): number[] => paper.table!.rows.find((row) => row.label === label)!.values.map((value) => value!.mean);

test('every table and figure has its number', () => {
  expect(EXPERIMENTS.map(({ id }) => id).sort()).toEqual([...TABLES, 'figure-1', 'figure-2', 'figure-3', 'figure-a1'].sort());
});

describe.each(TABLES)('table %s', (id) => {
  test('has a mean and a deviation for each task, and averages that are those of its columns', async () => {
    const { paper, ours } = (await asked(id, 'small')).result;
    const { columns, rows } = paper.table!;
    const unit = id === '3' || id === 'a3' ? 1e-4 : 1e-3;
    for (const { label, values } of rows) {
      expect(values).toHaveLength(columns.length);
      for (const of of ['mean', 'sd'] as const) {
        const numbers = values.map((value) => value![of]);
        const off = numbers.slice(0, -1).reduce((a, b) => a + b, 0) / (numbers.length - 1) - numbers.at(-1)!;
        // Columns and average are each rounded by half a unit. The paper's average of SupSup in table A4 is not of its columns.
        if (id === 'a4' && label === 'supsup' && of === 'mean') expect(off).toBeCloseTo(-0.0043, 4);
        else expect(Math.abs(off), `${label}, ${of}`).toBeLessThanOrEqual(1.0001 * unit);
      }
    }
    expect(ours.table!.rows.map(({ label }) => label)).toEqual(rows.map(({ label }) => label));
  });

  test.each(SCALES)('has a plan that is valid at the scale %s', async (scale) => {
    const { plan, result } = await asked(id, scale);
    expect(DATASETS.map(({ name }) => name)).toContain(plan.dataset);
    const cells = cellsOf(plan);
    expect([...cells.keys()]).toEqual(result.paper.table!.rows.map(({ label }) => label));
    for (const list of cells.values()) expect(list.map(({ seed }) => seed)).toEqual(plan.seeds);
    if (scale === 'full') expect([plan.limit, plan.width]).toEqual([0, 1]);
    expect(result.differences.length).toBeGreaterThan(1);
  });
});

test.each(['1a', '1b', '2', '3'])('table %s is of the ten methods, in their order', async (id) => {
  expect((await asked(id, 'full')).plan.methods).toEqual(COMPARED);
});

test('tables 4 and 5 are of one method with two orders, and its numbers those of table 1', async () => {
  for (const [id, one] of [['4', '1a'], ['5', '1b']] as const) {
    const { plan, result } = await asked(id, 'small');
    const cells = [...cellsOf(plan)].map(([label, [first]]) => [label, first!.method, first!.taskOrder]);
    expect(cells).toEqual([['dynamic', 'apo-moe', 'dynamic'], ['fixed', 'apo-moe', 'fixed']]);
    expect(rowOf(result, 'dynamic')).toEqual(rowOf((await asked(one, 'small')).result, 'apo-moe'));
    expect(plan.orderEvery).toBeLessThan(plan.epochs);
  }
});

test('at the full scale learning rates, batches and epochs are the paper\'s', async () => {
  const settings = await Promise.all(['1a', '1b', '2', '3'].map(async (id) => {
    const { model, batchSize, lr, epochs } = (await asked(id, 'full')).plan;
    return [model, batchSize, lr, epochs];
  }));
  expect(settings).toEqual([['time-series-transformer', 64, 0.01, 300], ['tinybert', 512, 0.01, 100], ['crnn', 64, 0.001, 1500], ['resnet-50', 128, 0.001, 200]]);
});
