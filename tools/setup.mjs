// Installs the dependencies when they are missing or older than the lock file, and with `--build` builds the package.
// Plain JavaScript on purpose: it runs before anything is installed.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '..');
const stamp = join(root, 'node_modules/.lazygrad-setup');

if (Number(process.versions.node.split('.')[0]) < 20) {
  console.error(`lazygrad needs Node 20 or newer; this is ${process.version}.`);
  process.exit(1);
}

const run = (title, command, args) => {
  const started = Date.now();
  process.stderr.write(`${title} ... `);
  // onnxruntime-node would fetch GPU libraries from elsewhere; the tests use its CPU.
  const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' };
  const done = spawnSync(command, args, { cwd: root, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  if (done.status !== 0) {
    process.stderr.write(`failed\n${done.stdout ?? ''}${done.stderr ?? ''}${done.error ? `${done.error.message}\n` : ''}`);
    process.exit(done.status ?? 1);
  }
  process.stderr.write(`${((Date.now() - started) / 1000).toFixed(1)} s\n`);
};

const lock = createHash('sha256').update(readFileSync(join(root, 'package-lock.json'))).digest('hex');
if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== lock) {
  run('Installing dependencies', 'npm', ['ci', '--no-audit', '--no-fund']);
  writeFileSync(stamp, lock);
}
if (process.argv.includes('--build')) run('Building', 'npm', ['run', '--silent', 'build']);
