/** The command line in a process of its own. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

export interface Result {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** @param onError told what is on standard error so far, and given a way to interrupt */
export function lazygrad(folder: string, args: readonly string[], onError: (text: string, interrupt: () => void) => void = () => undefined): Promise<Result> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [join(root, 'tools/run.mjs'), join(root, 'cli/main.ts'), ...args], { cwd: folder, env: { ...process.env, LAZYGRAD_ADAPTER: '' } });
    let out = '';
    let err = '';
    child.stdout.on('data', (data: Buffer) => (out += data.toString()));
    child.stderr.on('data', (data: Buffer) => {
      err += data.toString();
      onError(err, () => child.kill('SIGINT'));
    });
    child.on('close', (code) => resolve({ code, out, err }));
  });
}
