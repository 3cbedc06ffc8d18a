/**
 * `npm run bench:first-step [-- --runs N --adapters lavapipe,swiftshader]`: the first training step of MultiTaskCNN, batch 64, in a fresh process, with an empty cache of compiled kernels (cold) and with
 * a full one (warm), on each software adapter that is there. Only Mesa's drivers keep such a cache; MESA_SHADER_CACHE_DIR says where.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { renderTable, right } from '../cli/table.ts';
import type { FirstStep } from './first-step-child.ts';
import { flagsOf } from './flags.ts';
import { median } from './median.ts';

const values = flagsOf(import.meta.filename, { runs: { type: 'string', default: '5' }, adapters: { type: 'string', default: 'lavapipe,swiftshader' } });
const runs = Number(values.runs);
const root = join(import.meta.dirname, '..');

function once(adapter: string, cache: string, costs = false): FirstStep {
  const env = { ...process.env, LAZYGRAD_ADAPTER: adapter, MESA_SHADER_CACHE_DIR: cache, MESA_SHADER_CACHE_DISABLE: 'false' };
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'tools/run.mjs'), join(root, 'bench/first-step-child.ts'), ...costs ? ['--costs'] : []], { cwd: root, env, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${adapter}: the step failed, so nothing is reported:\n${stderr}`);
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as FirstStep;
}

function withCache<T>(body: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'lazygrad-first-step-'));
  try {
    return body(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const rows: string[][] = [];
const slowest: string[] = [];
for (const adapter of values.adapters.split(',')) {
  const cold = Array.from({ length: runs }, () => withCache((folder) => once(adapter, folder)));
  const warm = withCache((folder) => {
    once(adapter, folder);
    return Array.from({ length: runs }, () => once(adapter, folder));
  });
  for (const [state, steps] of [['cold', cold], ['warm', warm]] as const) {
    const ms = steps.map(({ firstMs }) => firstMs);
    rows.push([adapter, state, median(ms).toFixed(0), Math.min(...ms).toFixed(0), Math.max(...ms).toFixed(0), median(steps.map(({ secondMs }) => secondMs)).toFixed(0), String(steps[0]?.pipelines)]);
  }
  // How long the calls took that make pipelines.
  const { costs } = withCache((folder) => once(adapter, folder, true));
  slowest.push(`${adapter}, cold, making pipelines: ${costs.slice(0, 8).map(({ label, ms }) => `${label} ${ms.toFixed(0)} ms`).join('; ')}`);
}
console.log(renderTable(['adapter', 'cache', right('first step ms'), right('least'), right('most'), right('second ms'), right('pipelines')], rows));
console.log(slowest.join('\n'));
