/** Writes `NAME.d.wgsl.ts` beside every kernel, the benchmarks' own too, so that a wrong buffer or parameter name is a type error. */
import { existsSync, readFileSync, readdirSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { declareKernel, describeKernel, readKernel } from './reflect.ts';

for (const place of ['kernels', 'bench']) {
  const folder = join(import.meta.dirname, '../..', place);
  const kernels = readdirSync(folder).filter((file) => file.endsWith('.wgsl'));
  for (const stale of readdirSync(folder).filter((file) => file.endsWith('.d.wgsl.ts') && !kernels.includes(file.replace('.d.wgsl.ts', '.wgsl')))) unlinkSync(join(folder, stale));
  for (const file of kernels) {
    const path = join(folder, file);
    const text = declareKernel(describeKernel(path, readKernel(path)));
    const target = path.replace(/\.wgsl$/, '.d.wgsl.ts');
    if (!existsSync(target) || readFileSync(target, 'utf8') !== text) writeFileSync(target, text);
  }
}
