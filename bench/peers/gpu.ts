/**
 * Gives a peer `navigator.gpu`: the adapter that lazygrad would take (LAZYGRAD_ADAPTER names it), from the same Dawn with the same toggles.
 *
 * Waiting is made fair too. While a promise of Dawn's is pending it asks in every turn of Node's event loop whether the device is done, which takes a whole
 * core from a software adapter. lazygrad sleeps between those turns (engine/node/wait.ts); so that its peers are not slowed by what is no fault of theirs, all
 * promises they wait for go through the same function. With PEERS_PLAIN they do not.
 */
import { ADAPTER_CHOICES } from '../../engine/device/adapter.ts';
import type { AdapterChoice, AdapterDescription, FoundAdapter } from '../../engine/device/adapter.ts';
import { findNodeAdapter } from '../../engine/node/dawn.ts';

const isChoice = (name: string): name is AdapterChoice => (ADAPTER_CHOICES as readonly string[]).includes(name);

/** @throws DeviceError when there is no such adapter */
export async function offerGPU(): Promise<AdapterDescription> {
  const name = process.env.LAZYGRAD_ADAPTER ?? 'auto';
  if (!isChoice(name)) throw new Error(`LAZYGRAD_ADAPTER=${name}: expected one of ${ADAPTER_CHOICES.join(', ')}`);
  const { adapter, description, wait } = await findNodeAdapter(name);
  const gpu = { requestAdapter: () => Promise.resolve(adapter), getPreferredCanvasFormat: () => 'bgra8unorm', wgslLanguageFeatures: new Set() };
  // Node 20 has no navigator; later ones have one without a GPU.
  const { navigator = {} } = globalThis as { navigator?: object };
  Object.defineProperty(navigator, 'gpu', { value: gpu, configurable: true });
  if (!('userAgent' in navigator)) Object.defineProperty(navigator, 'userAgent', { value: `Node.js/${process.versions.node}`, configurable: true });
  Object.defineProperty(globalThis, 'navigator', { value: navigator, configurable: true });
  if (wait && process.env.PEERS_PLAIN === undefined) waitBy(wait);
  return description;
}

function waitBy(wait: NonNullable<FoundAdapter['wait']>): void {
  const patch = (prototype: object, method: string): void => {
    const original = Object.getOwnPropertyDescriptor(prototype, method)?.value as (...parameters: unknown[]) => Promise<unknown>;
    Object.defineProperty(prototype, method, {
      configurable: true, writable: true,
      value(this: object, ...parameters: unknown[]) {
        return wait(original.apply(this, parameters));
      },
    });
  };
  patch(GPUBuffer.prototype, 'mapAsync');
  patch(GPUQueue.prototype, 'onSubmittedWorkDone');
  patch(GPUDevice.prototype, 'createComputePipelineAsync');
}
