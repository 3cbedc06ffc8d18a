/**
 * `npm run bench:accuracy`: runs the engine's property tests and tells how far its gradients are from the float64 references: for each gradient
 * tensor the Euclidean norm of the difference over that of the reference (or, where that cancels, of its terms), by test file.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { renderTable, right } from '../cli/table.ts';
import type { AccuracyLine } from '../test/support/accuracy.ts';

const folder = mkdtempSync(join(tmpdir(), 'lazygrad-accuracy-'));
const file = join(folder, 'errors.jsonl');
try {
  const run = spawnSync('npx', ['vitest', 'run', 'test/engine', '--silent', '--reporter=dot'], { env: { ...process.env, LAZYGRAD_ACCURACY: file }, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  if (run.status !== 0) throw new Error(`the tests failed, so nothing is reported:\n${run.stdout}`);
  const lines = readFileSync(file, 'utf8').trim().split('\n').map((line) => JSON.parse(line) as AccuracyLine);
  const quantile = (errors: readonly number[], q: number): string => ([...errors].sort((a, b) => a - b)[Math.min(errors.length - 1, Math.floor(q * errors.length))] ?? NaN).toExponential(1);
  const row = (name: string, errors: readonly number[]): string[] => [name, String(errors.length), quantile(errors, 0.5), quantile(errors, 0.99), quantile(errors, 1)];
  const files = [...new Set(lines.map((line) => line.file))].sort();
  console.log(renderTable(['tests', right('gradients'), right('median'), right('99 %'), right('worst')], [
    ...files.map((name) => row(name, lines.filter((line) => line.file === name).map(({ error }) => error))),
    row('all', lines.map(({ error }) => error)),
  ]));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
