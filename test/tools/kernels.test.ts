import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { declareKernel, describeKernel, readKernel } from '../../tools/wgsl/reflect.ts';
import { bareDevice } from '../support/dawn.ts';

const folder = join(import.meta.dirname, '../../kernels');
const files = readdirSync(folder).filter((file) => file.endsWith('.wgsl'));
const kernels = files.map((file) => {
  const path = join(folder, file);
  return describeKernel(path, readKernel(path));
});

/** Every value that the engine bakes in; the defaults where nothing is said. The tests of the contractions and of attention compile more. */
const product = (a: Record<string, number>[], b: Record<string, number>[]): Record<string, number>[] => a.flatMap((p) => b.map((q) => ({ ...p, ...q })));
const each = (name: string, ...values: number[]): Record<string, number>[] => values.map((value) => ({ [name]: value }));
const GRIDS = [{ WX: 64, WY: 1 }, { WX: 8, WY: 8 }];
const ACCESS = [{ A_ACCESS: 0, B_ACCESS: 1 }, { A_ACCESS: 1, B_ACCESS: 2 }, { A_ACCESS: 2, B_ACCESS: 0 }];
const CONSTANTS: Record<string, Record<string, number>[]> = {
  unary: each('OP', 0, 1, 2, 3),
  binary: each('OP', 0, 1, 2, 3, 4),
  reduce: product(each('OP', 0, 1), GRIDS),
  strided: product(each('ACCUMULATE', 0, 1), GRIDS),
  strided_vec4: product(each('ACCUMULATE', 0, 1), GRIDS),
  lstm_subgroup: each('SUBGROUP', 4, 8),
  gru_subgroup: each('SUBGROUP', 4, 8),
  strided_f16: GRIDS,
  strided_f16_vec4: GRIDS,
  reduce_integer: product(each('OP', 0, 1), GRIDS),
  contract_tile_f32: ACCESS,
  contract_tile_f16: ACCESS,
  attention: each('HAS_DROPOUT', 0, 1),
  attention_subgroup: [{ SUBGROUP: 8, HAS_MASK: 1, HAS_DROPOUT: 1 }],
  attention_tile: [{ PIECES: 2, HAS_MASK: 1, HAS_DROPOUT: 1 }],
  attention_wide: [{ SUBGROUP: 8, HAS_MASK: 1, HAS_DROPOUT: 1 }],
  contract_subgroup_f32: product(ACCESS, each('SUBGROUP', 4, 8)),
  contract_subgroup_f16: product(ACCESS, each('SUBGROUP', 4, 8)),
};

/** Both values of what switches, the default of all else. */
function defaults(overrides: Readonly<Record<string, string>>): Record<string, number>[] {
  return [{}, ...Object.keys(overrides).map((name) => ({ [name]: 1 }))];
}

describe.each(kernels)('$name', (kernel) => {
  let device: GPUDevice;
  beforeAll(async () => {
    device = await bareDevice();
  });
  afterAll(() => device.destroy());

  test('compiles without a message, and to a pipeline for every set of constants', async (context) => {
    if (!kernel.features.every((feature) => device.features.has(feature))) context.skip(`the adapter has no ${kernel.features.join(', ')}`);
    const module = device.createShaderModule({ label: kernel.name, code: kernel.code });
    const { messages } = await module.getCompilationInfo();
    expect(messages.map(({ type, message, lineNum }) => `${type} in line ${lineNum}: ${message}`)).toEqual([]);
    for (const entryPoint of Object.keys(kernel.entries)) {
      for (const constants of CONSTANTS[kernel.name] ?? defaults(kernel.overrides)) {
        device.pushErrorScope('validation');
        device.createComputePipeline({ layout: 'auto', compute: { module, entryPoint, constants } });
        const error = await device.popErrorScope();
        expect(error?.message, `${entryPoint} ${JSON.stringify(constants)}`).toBeUndefined();
      }
    }
  });

  test('its declaration is up to date and names all that a caller must give', () => {
    const text = declareKernel(kernel);
    expect(readFileSync(join(folder, `${kernel.name}.d.wgsl.ts`), 'utf8')).toBe(text);
    for (const [name, { buffers, params }] of Object.entries(kernel.entries)) {
      expect(text).toContain(`readonly ${name}: {`);
      for (const buffer of buffers) expect(text).toContain(`readonly ${buffer.name}: '${buffer.access}'`);
      for (const field of params?.fields ?? []) expect(text).toContain(`readonly ${field.name}: ${field.type.startsWith('vec') ? 'readonly number[]' : 'number'}`);
    }
  });

  test('says at its head what it computes', () => {
    expect(readFileSync(join(folder, `${kernel.name}.wgsl`), 'utf8')).toMatch(/^\/\/ \S/);
  });
});
