/** Lets `import kernel from './x.wgsl'` give the reflected kernel, in Vite, Vitest and Rolldown alike. */
import { describeKernel, readKernel } from './reflect.ts';

interface KernelPlugin {
  name: string;
  enforce: 'pre';
  load(this: { addWatchFile(path: string): void }, id: string): { code: string; map: null; moduleType: 'js' } | null;
}

export function wgsl(): KernelPlugin {
  return {
    name: 'wgsl',
    enforce: 'pre',
    load(id) {
      const path = id.split('?')[0] ?? id;
      if (!path.endsWith('.wgsl')) return null;
      const code = readKernel(path, (file) => this.addWatchFile(file));
      return { code: `export default ${JSON.stringify(describeKernel(path, code))};`, map: null, moduleType: 'js' };
    },
  };
}
