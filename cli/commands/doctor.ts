/** `lazygrad doctor` */
import { Command } from 'commander';
import { Device } from '../../engine/index.ts';
import type { AdapterDescription } from '../../engine/index.ts';
import { adapterOption, jsonOption } from '../options.ts';
import type { TrainingFlags } from '../options.ts';
import { renderTable } from '../table.ts';

const LIMITS = ['maxBufferSize', 'maxStorageBufferBindingSize', 'maxStorageBuffersPerShaderStage', 'maxComputeInvocationsPerWorkgroup', 'maxComputeWorkgroupStorageSize', 'maxComputeWorkgroupsPerDimension'] as const;

/** What would make it faster. */
function advice(adapter: AdapterDescription): string[] {
  if (adapter.kind === 'hardware') return [];
  const driver = 'this is a software adapter: with a GPU, install its Vulkan driver';
  if (!/swiftshader/i.test(adapter.name)) return [driver];
  return [driver, "without a GPU, Mesa's lavapipe is faster than SwiftShader: install mesa-vulkan-drivers 25 or newer (Debian bookworm: apt-get install -t bookworm-backports mesa-vulkan-drivers)"];
}

export function doctorCommand(): Command {
  return new Command('doctor')
    .description('say which adapter would be used, what it can do, and what would make it faster')
    .addOption(adapterOption())
    .addOption(jsonOption())
    .addHelpText('after', '\nExample:\n  $ lazygrad doctor --json')
    .action(async (flags: Pick<TrainingFlags, 'adapter' | 'json'>) => {
      const device = await Device.create({ adapter: flags.adapter });
      const { adapter, features } = device;
      const limits = Object.fromEntries(LIMITS.map((name) => [name, device.limits[name]]));
      const kernels = device.variants.contraction === 'subgroup' ? `subgroup broadcast, ${device.variants.subgroup ?? 0} lanes` : 'workgroup tiles';
      device.destroy();
      if (flags.json) {
        process.stdout.write(`${JSON.stringify({ adapter, features, limits, kernels, advice: advice(adapter) })}\n`);
        return;
      }
      const rows = [['adapter', adapter.name], ['kind', adapter.kind], ['driver', adapter.driver], ['source', adapter.source], ['matrix kernels', kernels], ['features', features.join(', ')], ...Object.entries(limits).map(([name, value]) => [name, String(value)])];
      process.stdout.write(renderTable(['property', 'value'], rows));
      for (const line of advice(adapter)) process.stdout.write(`\n* ${line}\n`);
    });
}
