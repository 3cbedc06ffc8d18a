/** Which adapter to take, and what is known of the one that was taken. */

/** `auto` takes hardware if there is any, else a software adapter; the last two name one software adapter (in Node only). */
export type AdapterChoice = 'auto' | 'hardware' | 'software' | 'lavapipe' | 'swiftshader';
export const ADAPTER_CHOICES: readonly AdapterChoice[] = ['auto', 'hardware', 'software', 'lavapipe', 'swiftshader'];

export interface AdapterDescription {
  readonly name: string;
  readonly kind: 'hardware' | 'software';
  readonly driver: string;
  /** Where the driver came from. */
  readonly source: string;
}

export interface FoundAdapter {
  readonly adapter: GPUAdapter;
  readonly description: AdapterDescription;
  /** How many bind groups the driver can hold, where that is known to be few. */
  readonly bindGroupLimit?: number;
  /** How to wait for the device, where simply awaiting would cost. */
  readonly wait?: <T>(promise: Promise<T>) => Promise<T>;
}

export function describeAdapter(info: GPUAdapterInfo, source: string): AdapterDescription {
  const name = info.description || info.device || [info.vendor, info.architecture].filter(Boolean).join(' ') || 'unnamed adapter';
  const software = info.isFallbackAdapter || /llvmpipe|swiftshader|software/i.test(`${name} ${info.architecture}`);
  return { name, kind: software ? 'software' : 'hardware', driver: [info.vendor, info.architecture].filter(Boolean).join(' ') || 'unknown', source };
}
