/** Finds an adapter in Node: Dawn on whatever driver is installed, else on SwiftShader out of an npm package. */
import { readFileSync } from 'node:fs';
import { DeviceError } from '../errors.ts';
import type { AdapterChoice, FoundAdapter } from '../device/adapter.ts';
import { describeAdapter } from '../device/adapter.ts';
import { debugLevel } from '../device/debug.ts';
import { useSwiftShader } from './swiftshader.ts';
import { waitGently } from './wait.ts';

// Dawn crashes when the object that `create()` returned is collected while a device lives: all of them are held for ever.
const held: GPU[] = [];
const LINUX = process.platform === 'linux';
// Elsewhere Dawn's own choice is right: Metal, Direct3D.
const BACKEND = LINUX ? ['backend=vulkan'] : [];
// Bounds checks on every access cost a third of the speed on lavapipe. The kernels guard their own; LAZYGRAD_DEBUG keeps both. Timestamps are
// rounded to 0.1 ms against curious web pages, which there are none of here.
function flagsOf(experimental: boolean): string[] {
  const toggles = [...debugLevel(process.env) > 0 ? [] : ['disable_robustness'], ...experimental ? ['allow_unsafe_apis'] : []];
  return [...BACKEND, ...toggles.length > 0 ? [`enable-dawn-features=${toggles.join(',')}`] : [], 'disable-dawn-features=timestamp_quantization'];
}

async function open(flags: readonly string[], options: GPURequestAdapterOptions, source: string): Promise<FoundAdapter | null> {
  const { create, globals } = await import('webgpu');
  for (const [name, value] of Object.entries(globals as Record<string, unknown>)) {
    if (!(name in globalThis)) Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  }
  const gpu = create([...flags]);
  held.push(gpu);
  const adapter = await gpu.requestAdapter(options);
  if (!adapter) return null;
  const description = describeAdapter(adapter.info, source);
  return { adapter, description, ...(description.kind === 'software' ? { wait: waitGently } : {}), ...(LINUX && description.name.startsWith('llvmpipe') ? { bindGroupLimit: lavapipeBindGroups() } : {}) };
}

/**
 * Mesa's lavapipe maps memory for each descriptor set, and crashes when Linux gives it no more mappings. Besides bind groups they are taken by the copies of a
 * submit (4,096), by sets that Dawn makes ahead or was not given back yet, and by buffers and code.
 */
function lavapipeBindGroups(): number {
  let mappings = 65_530; // Linux's default
  try {
    mappings = Number(readFileSync('/proc/sys/vm/max_map_count', 'utf8')) || mappings;
  } catch {
    // Without /proc it is as good as any.
  }
  return Math.max(8192, mappings - 25_000);
}

/** @param experimental with Dawn's experimental features, which are hidden otherwise @throws DeviceError when nothing suits; the message says what to install. */
export async function findNodeAdapter(choice: AdapterChoice, experimental = false): Promise<FoundAdapter> {
  const flags = flagsOf(experimental);
  const installed = LINUX ? 'installed Vulkan driver' : 'operating system';
  if (choice === 'auto' || choice === 'hardware') {
    const found = await open(flags, { powerPreference: 'high-performance' }, installed);
    if (found && (found.description.kind === 'hardware' || choice === 'auto')) return found;
    if (choice === 'hardware') throw new DeviceError(`no hardware adapter${found ? `; there is a software one: ${found.description.name}` : ''}. Install your GPU's Vulkan driver, or use --adapter software`);
  }
  if (choice === 'software' || choice === 'lavapipe') {
    const found = await open([...flags, 'adapter=llvmpipe'], {}, installed);
    if (found?.description.kind === 'software') return found;
    if (choice === 'lavapipe') throw new DeviceError('lavapipe is not installed, or is too old for Dawn: on Debian bookworm, apt-get install -t bookworm-backports mesa-vulkan-drivers');
  }
  const problem = await useSwiftShader();
  const found = problem ? null : await open([...flags, 'adapter=SwiftShader'], {}, 'npm package @sparticuz/chromium');
  if (found) return found;
  throw new DeviceError(`no WebGPU adapter: no Vulkan driver is installed, and SwiftShader could not be loaded${problem ? ` (${problem})` : ''}. Install a Vulkan driver, for example Mesa's`);
}
