/** Bare WebGPU devices, to compile kernels on without the engine. */
import { create } from 'webgpu';
import type { AdapterChoice } from '../../engine/index.ts';
import { findNodeAdapter } from '../../engine/node/dawn.ts';

export async function bareDevice(): Promise<GPUDevice> {
  const { adapter } = await findNodeAdapter((process.env.LAZYGRAD_ADAPTER ?? 'swiftshader') as AdapterChoice);
  return adapter.requestDevice({
    requiredFeatures: (['subgroups', 'shader-f16'] as const).filter((feature) => adapter.features.has(feature)),
    requiredLimits: { maxStorageBuffersPerShaderStage: adapter.limits.maxStorageBuffersPerShaderStage },
  });
}

let nothing: GPU | undefined;

/** Dawn without a driver: it validates all that it knows, experimental features included, and computes nothing. */
export async function validatingDevice(): Promise<{ readonly device: GPUDevice; readonly subgroupSize: number }> {
  nothing ??= create(['backend=null', 'enable-dawn-features=allow_unsafe_apis']);
  const adapter = (await nothing.requestAdapter())!;
  const requiredFeatures = ['subgroups', 'shader-f16', 'chromium-experimental-subgroup-matrix'] as GPUFeatureName[];
  return { device: await adapter.requestDevice({ requiredFeatures }), subgroupSize: adapter.info.subgroupMaxSize };
}
