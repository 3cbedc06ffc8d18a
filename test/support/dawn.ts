/** A bare WebGPU device, to compile kernels on without the engine. */
import type { AdapterChoice } from '../../engine/index.ts';
import { findNodeAdapter } from '../../engine/node/dawn.ts';

export async function bareDevice(): Promise<GPUDevice> {
  const { adapter } = await findNodeAdapter((process.env.LAZYGRAD_ADAPTER ?? 'swiftshader') as AdapterChoice);
  return adapter.requestDevice({
    requiredFeatures: (['subgroups', 'shader-f16'] as const).filter((feature) => adapter.features.has(feature)),
    requiredLimits: { maxStorageBuffersPerShaderStage: adapter.limits.maxStorageBuffersPerShaderStage },
  });
}
