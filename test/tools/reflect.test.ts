import { describe, expect, test } from 'vitest';
import { declareKernel, describeKernel } from '../../tools/wgsl/reflect.ts';

const describeText = (code: string): ReturnType<typeof describeKernel> => describeKernel('/somewhere/example.wgsl', code);

const EXAMPLE = `
enable f16;
struct Params { count: u32, rate: f32, strides: vec4u, corner: vec2u }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(3) var<storage, read> extra: array<f32>;
const LANES = 32u;
override WIDE: u32 = 8;
@compute @workgroup_size(LANES, WIDE)
fn main(@builtin(global_invocation_id) id: vec3u) { y[id.x] = x[id.x] * params.rate + f32(params.strides.x + params.corner.x); }
@compute @workgroup_size(64)
fn other(@builtin(global_invocation_id) id: vec3u) { y[id.x] = extra[id.x]; }
`;

describe('a kernel is described by', () => {
  const kernel = describeText(EXAMPLE);

  test('its name, features and constants', () => {
    expect([kernel.name, kernel.features, kernel.overrides]).toEqual(['example', ['shader-f16'], { WIDE: 'u32' }]);
  });

  test('what each entry point uses, in the order of bindings', () => {
    expect(kernel.entries.main?.buffers).toEqual([{ name: 'x', binding: 1, access: 'read' }, { name: 'y', binding: 2, access: 'read_write' }]);
    expect(kernel.entries.other?.buffers.map(({ name }) => name)).toEqual(['y', 'extra']);
    expect(kernel.entries.other?.params).toBeNull();
  });

  test('the layout of its parameters, padded to 16 bytes', () => {
    expect(kernel.entries.main?.params).toEqual({
      binding: 0, size: 48,
      fields: [{ name: 'count', type: 'u32', offset: 0 }, { name: 'rate', type: 'f32', offset: 4 }, { name: 'strides', type: 'vec4u', offset: 16 }, { name: 'corner', type: 'vec2u', offset: 32 }],
    });
  });

  test('its workgroup sizes, constants put in', () => {
    expect([kernel.entries.main?.workgroupSize, kernel.entries.other?.workgroupSize]).toEqual([[32, 8, 1], [64, 1, 1]]);
  });

  test('a declaration for the type checker', () => {
    expect(declareKernel(kernel)).toBe([
      'declare const kernel: import(\'../engine/device/kernel.ts\').Kernel<{ readonly entries: {',
      ' readonly main: { readonly buffers: { readonly x: \'read\'; readonly y: \'read_write\' }; readonly params: { readonly count: number; readonly rate: number;',
      ' readonly strides: readonly number[]; readonly corner: readonly number[] } };',
      ' readonly other: { readonly buffers: { readonly y: \'read_write\'; readonly extra: \'read\' }; readonly params: Record<never, never> } };',
      ' readonly overrides: { readonly WIDE: number } }>;\nexport default kernel;\n',
    ].join(''));
  });
});

test('subgroup matrices, which the reflection does not know, change nothing of the rest', () => {
  const kernel = describeText(`
enable chromium_experimental_subgroup_matrix;
alias Left = subgroup_matrix_left<f32, 8, 8>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
override LANES: u32 = 32;
@compute @workgroup_size(LANES)
fn main() { subgroupMatrixStore<row_major>(&y, 0, subgroupMatrixLoad<Left, row_major>(&x, 0, 8), 8); }`);
  expect([kernel.features, kernel.overrides]).toEqual([['chromium-experimental-subgroup-matrix'], { LANES: 'u32' }]);
  expect(kernel.entries.main).toEqual({ workgroupSize: [32, 1, 1], params: null, buffers: [{ name: 'x', binding: 1, access: 'read' }, { name: 'y', binding: 2, access: 'read_write' }] });
  expect(kernel.code).toContain('subgroupMatrixLoad<Left, row_major>');
});

describe('an error names the file and what to write', () => {
  const main = 'fn main() { y[0] = f32(params.a); }';
  const head = '@group(0) @binding(1) var<storage, read_write> y: array<f32>;';
  const params = (type: string): string => `struct Params { a: ${type} }\n@group(0) @binding(0) var<uniform> params: Params;\n${head}`;

  test.each([
    ['a field that cannot be written', `${params('mat2x2f')}\n@compute @workgroup_size(1)\nfn main() { y[0] = params.a[0][0]; }`, 'example.wgsl: params field of type mat2x2f; use one of u32'],
    ['a field of three', `${params('vec3u')}\n@compute @workgroup_size(1)\nfn main() { y[0] = f32(params.a.x); }`, 'params field of type vec3u'],
    ['a size that is not beside its function', `${params('u32')}\n@workgroup_size(1) @compute\n${main}`, 'entry main: write `@compute @workgroup_size(...)` directly before `fn`'],
    ['a size that is no constant', `${params('u32')}\n@compute @workgroup_size(N)\n${main}`, 'workgroup size N is not a number or a constant'],
    ['a uniform of another name', `struct Params { a: u32 }\n@group(0) @binding(0) var<uniform> settings: Params;\n${head}\n@compute @workgroup_size(1)\nfn main() { y[0] = f32(settings.a); }`, 'example.wgsl: the uniform is called settings; it must be called params'],
    ['an override without a type', `override N = 3;\n${params('u32')}\n@compute @workgroup_size(1)\n${main}`, 'example.wgsl: override N needs an explicit type'],
    ['another group', `@group(1) @binding(1) var<storage, read_write> y: array<f32>;\n@compute @workgroup_size(1)\nfn main() { y[0] = 1; }`, 'example.wgsl: y is in group 1; all bindings belong to group 0'],
    ['no entry point', 'fn helper() {}', 'example.wgsl: no @compute entry point'],
  ])('%s', (_, code, message) => {
    expect(() => describeText(code)).toThrow(message);
  });
});
