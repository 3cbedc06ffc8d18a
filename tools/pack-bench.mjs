// Packs the benchmarks into a folder for a machine that has a GPU's driver and nothing else: `node tools/pack-bench.mjs FOLDER`. It holds this Node, the Dawn binding, the
// Vulkan loader of this system if there is one, the benchmarks in one file, and `run.sh`, which runs them all. For the same operating system and processor as this one.
import { chmodSync, copyFileSync, cpSync, existsSync, mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'vite';

const [folder] = process.argv.slice(2);
if (!folder) {
  console.error('usage: node tools/pack-bench.mjs FOLDER');
  process.exit(2);
}
const root = resolve(import.meta.dirname, '..');
const target = resolve(folder);
mkdirSync(join(target, 'lib'), { recursive: true });

// SwiftShader's package is found by its path and stays behind: without a driver there is nothing to measure.
await build({
  root, configFile: join(root, 'vite.config.ts'), logLevel: 'warn',
  build: { ssr: join(root, 'bench/run.ts'), outDir: target, emptyOutDir: false, target: 'node20', rollupOptions: { output: { entryFileNames: 'bench.mjs' } } },
  ssr: { noExternal: true, external: ['webgpu', '@sparticuz/chromium'] },
});
copyFileSync(realpathSync(process.execPath), join(target, 'node'));
chmodSync(join(target, 'node'), 0o755);
cpSync(realpathSync(join(root, 'node_modules/webgpu')), join(target, 'node_modules/webgpu'), { recursive: true });
const loader = ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/usr/lib64', '/usr/lib'].map((place) => join(place, 'libvulkan.so.1')).find(existsSync);
if (loader) copyFileSync(realpathSync(loader), join(target, 'lib/libvulkan.so.1'));
writeFileSync(join(target, 'run.sh'), `#!/bin/sh
# Runs every benchmark of size gpu on the hardware adapter and writes results/DEVICE.json and .md; arguments are those of the benchmarks (--help).
cd "$(dirname "$0")" || exit 1
export LD_LIBRARY_PATH="\${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$PWD/lib"
export LAZYGRAD_ADAPTER="\${LAZYGRAD_ADAPTER:-hardware}"
exec ./node bench.mjs --size gpu --save results "$@"
`);
chmodSync(join(target, 'run.sh'), 0o755);
cpSync(join(root, 'bench/torch/bench.py'), join(target, 'bench.py'));
console.log(`${target}: carry it over and run ./run.sh there${loader ? '' : '; this system has no Vulkan loader (libvulkan.so.1), so that one must have it'}`);
