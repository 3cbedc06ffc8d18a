/** The adapter that a choice names, in Node or in a browser. */
import { DeviceError } from '../errors.ts';
import { describeAdapter } from './adapter.ts';
import type { AdapterChoice, FoundAdapter } from './adapter.ts';

/** @param experimental in Node, with Dawn's experimental features; a browser has a flag for them @throws DeviceError when there is none; the message says what would help */
export async function findAdapter(choice: AdapterChoice, experimental = false): Promise<FoundAdapter> {
  const inBrowser = (globalThis as { process?: { versions?: { node?: string } } }).process?.versions?.node === undefined;
  if (!inBrowser) {
    const { findNodeAdapter } = await import('../node/dawn.ts');
    return findNodeAdapter(choice, experimental);
  }
  const gpu = (globalThis.navigator as Navigator | undefined)?.gpu;
  const adapter = await gpu?.requestAdapter({ powerPreference: 'high-performance', ...(choice === 'software' ? { forceFallbackAdapter: true } : {}) });
  if (!adapter) throw new DeviceError('this browser offers no WebGPU adapter: use a recent Chrome, Edge, Firefox or Safari, over https or from localhost');
  const description = describeAdapter(adapter.info, 'browser');
  if (choice !== 'auto' && choice !== description.kind) throw new DeviceError(`no ${choice} adapter: the browser offers ${description.name} (${description.kind})`);
  return { adapter, description };
}
