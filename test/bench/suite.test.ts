import { describe, expect, test } from 'vitest';
import { expectClose } from '../../bench/case.ts';
import type { Case } from '../../bench/case.ts';
import { trainingCases } from '../../bench/cases/training.ts';
import { trainCase } from '../../bench/cases/train-case.ts';
import { asMarkdown, asTable, fileNameOf, limitsOf } from '../../bench/report.ts';
import type { Report } from '../../bench/report.ts';
import { runSuite } from '../../bench/suite.ts';
import { zeros } from '../../engine/index.ts';
import { mlp } from '../../models/index.ts';

/** Clears a vector, and says that it holds `value`. */
function clearing(name: string, value: number): Case {
  return {
    name, flops: 1e6, bytes: 1e6,
    prepare(device) {
      const y = zeros(device, [64]);
      return Promise.resolve({
        run() {
          device.clear(y.binding);
          device.submit();
        },
        async check() {
          expectClose('an element', (await y.read())[0] ?? NaN, value, 0);
        },
      });
    },
  };
}

describe('runSuite', () => {
  test('reports no speed of a case whose check fails, and goes on', async () => {
    const told: string[] = [];
    const reports: Report[] = [];
    const report = await runSuite([clearing('wrong', 1), clearing('right', 0)], { size: 'small', ms: 0, onCase: (name) => told.push(name), onReport: (so) => reports.push(so) });
    expect(told).toEqual(['wrong', 'right']);
    expect(reports.map(({ results }) => results.length)).toEqual([1, 2]);
    const [wrong, right] = report.results;
    expect(wrong).toEqual({ name: 'wrong', error: 'an element: got 0, expected 1: nothing is reported' });
    expect(right).toMatchObject({ name: 'right', submits: 1 });
    for (const text of [asTable(report), asMarkdown(report)]) {
      const lines = text.split('\n');
      expect(lines.find((line) => /^\|? ?wrong/.test(line))).toMatch(/^\|? ?wrong[ |]+refused[ |]*$/);
      expect(lines.find((line) => /^\|? ?right/.test(line))).toMatch(/\d\.\d/);
      expect(text).toContain('refused: wrong: an element: got 0, expected 1');
    }
  });

  test.each(trainingCases('small').map((one) => [one.name, one] as const))('%s is measured', async (_, one) => {
    const { results } = await runSuite([one], { size: 'small', ms: 0 });
    expect(results).toEqual([expect.objectContaining({ gflops: expect.any(Number) as number })]);
  });

  test('refuses training that does not learn, or begins with another loss', async () => {
    const still = trainCase('still', { input: [4], batch: 4, lr: 1e-30, tolerance: 1, trunk: () => mlp({ inputs: 4, widths: [8] }) });
    const far = trainCase('far', { input: [4], batch: 4, tolerance: 0, trunk: () => mlp({ inputs: 4, widths: [8] }) });
    const refused = await runSuite([still, far], { size: 'small', ms: 0 });
    expect(refused.results.map((result) => 'error' in result && result.error)).toEqual([expect.stringContaining('did not fall'), expect.stringContaining('loss before training')]);
  });
});

describe('reports', () => {
  const measured = (name: string, rates: { gflops?: number; gbps?: number }, min = 1) => ({ name, ms: { median: 1, min, max: 1 }, firstMs: 1, dispatches: 1, submits: 1, peakBytes: 1, hostMicroseconds: 1, submitMicroseconds: 1, ...rates });

  test('limits are those of the cases for it, by the least time, and the faster copy counts', () => {
    expect(limitsOf([measured('limit/multiply-add', { gflops: 50 }), measured('limit/copy/a', { gbps: 3 }), measured('limit/copy/b', { gbps: 2 }, 0.5), measured('kernel/x', { gflops: 99, gbps: 99 })])).toEqual({ gflops: 50, gbps: 4 });
    expect(limitsOf([{ name: 'limit/multiply-add', error: 'no' }])).toEqual({ gflops: null, gbps: null });
  });

  test('shares are of the limits', () => {
    const adapter = { name: 'Some GPU (tm), 2', kind: 'hardware', driver: 'd', source: 's' } as const;
    const text = asMarkdown({ adapter, date: 'today', size: 'small', limits: { gflops: 50, gbps: 4 }, results: [measured('kernel/x', { gflops: 25, gbps: 1 }), measured('kernel/y', { gflops: 25 }, 0.625)] });
    expect(text).toContain('| kernel/x | 1.000 | 1.000 | 1.000 | 25.0 | 50 | 1.00 | 25 |');
    expect(text).toContain('| kernel/y | 1.000 | 0.625 | 1.000 | 25.0 | 80 |');
    expect(fileNameOf(adapter)).toBe('some-gpu-tm-2');
  });
});
