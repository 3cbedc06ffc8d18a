/** The engines that can be compared, and how a process with one is started. */
import { existsSync } from 'node:fs';

export interface EngineEntry {
  readonly name: string;
  readonly command: readonly string[];
  /** The npm package of this folder that it needs. */
  readonly needs?: string;
}

const inNode = (name: string): readonly string[] => [process.execPath, 'tools/run.mjs', 'bench/peers/worker.ts', name];

/** What all others are compared with. */
export const REFERENCE = 'lazygrad';

export const ENGINES: readonly EngineEntry[] = [
  { name: REFERENCE, command: inNode(REFERENCE) },
  { name: 'lazygrad-eager', command: inNode('lazygrad-eager') },
  { name: 'tfjs', command: inNode('tfjs'), needs: '@tensorflow/tfjs-backend-webgpu' },
  { name: 'jax-webgpu', command: inNode('jax-webgpu'), needs: '@jax-js/jax' },
  { name: 'jax-wasm', command: inNode('jax-wasm'), needs: '@jax-js/jax' },
  { name: 'torch', command: [existsSync('/usr/bin/python3') ? '/usr/bin/python3' : 'python3', 'bench/peers/torch.py'] },
];

/** Those that do the work on the same adapter. */
export const SAME_ADAPTER: readonly string[] = ['tfjs', 'jax-webgpu'];

/** Whether the packages of this folder that the engines need are installed. */
export function areInstalled(engines: readonly EngineEntry[]): boolean {
  return engines.every(({ needs }) => needs === undefined || existsSync(new URL(`./node_modules/${needs}/package.json`, import.meta.url)));
}
