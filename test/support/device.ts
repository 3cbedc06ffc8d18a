/** One device per test process, on the adapter that LAZYGRAD_ADAPTER names. */
import { Device } from '../../engine/index.ts';

let shared: Promise<Device> | undefined;
let tiled: Promise<Device> | undefined;

export function testDevice(): Promise<Device> {
  return (shared ??= Device.create());
}

/** A second device, whose kernels are the variants that need no subgroups. */
export function tileDevice(): Promise<Device> {
  return (tiled ??= Device.create({ variants: 'portable' }));
}

/** Every way to contract, for `describe.each`; the second is slow on software adapters, so it gets fewer runs. */
export const CONTRACTIONS: readonly { readonly variant: string; readonly open: () => Promise<Device>; readonly runs: number }[] = [
  { variant: 'the adapter\'s contraction', open: testDevice, runs: 40 },
  { variant: 'the tile contraction', open: tileDevice, runs: 12 },
];
