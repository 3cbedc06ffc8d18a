/** Flags of benchmarks: their help is their opening comment. */
import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';

const run = (flag: string): { status: number | null; stdout: string; stderr: string } => spawnSync(process.execPath, ['tools/run.mjs', 'bench/growth.ts', flag], { encoding: 'utf8' });

test('--help prints the opening comment; a flag that there is not ends with it and code 2', { timeout: 120_000 }, () => {
  const help = run('--help');
  expect([help.status, help.stdout]).toEqual([0, expect.stringMatching(/^npm run bench:growth .*how time and memory grow[^]*exact\.\n$/)]);
  const wrong = run('--nope');
  expect([wrong.status, wrong.stdout]).toEqual([2, '']);
  expect(wrong.stderr).toBe(`Unknown option '--nope'\n\n${help.stdout}`);
});
