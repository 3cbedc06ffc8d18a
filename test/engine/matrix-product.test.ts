import { afterAll, afterEach, describe, expect, test, vi } from 'vitest';
import { MATRIX_FEATURE, matrixUnitsOf } from '../../engine/device/matrix-units.ts';
import type { MatrixConfig } from '../../engine/device/matrix-units.ts';
import type { Kernel } from '../../engine/device/kernel.ts';
import { Device, cast, contiguous, conv2d, expand, linear, matmul, slice, transpose, zeros } from '../../engine/index.ts';
import type { Tensor } from '../../engine/index.ts';
import { contract } from '../../engine/ops/contract.ts';
import type { Contraction } from '../../engine/ops/contract.ts';
import halfKernel from '../../kernels/matrix_product_f16.wgsl';
import kernel from '../../kernels/matrix_product_f32.wgsl';
import { absolute, map } from '../reference/array.ts';
import { nearestHalf } from '../reference/half.ts';
import { MATMUL } from '../reference/matmul.ts';
import { check } from '../support/check.ts';
import { expectClose } from '../support/close.ts';
import { validatingDevice } from '../support/dawn.ts';
import { LANES, writtenOut } from '../support/written-out-matrices.ts';
import { constant } from '../support/layout.ts';
import { values } from '../support/values.ts';

const FEATURES = new Set([MATRIX_FEATURE, 'subgroups', 'shader-f16']);
const config = (componentType: string, resultComponentType: string, M: number, N = M, K = M): MatrixConfig => ({ componentType, resultComponentType, M, N, K });
const FLOATS = config('f32', 'f32', 8);
const HALVES = config('f16', 'f32', 16);
const info = (configs: readonly MatrixConfig[], least = 32, most = least) => ({ vendor: '', subgroupMinSize: least, subgroupMaxSize: most, subgroupMatrixConfigs: configs });

describe('what an adapter says of its units', () => {
  test('each size is for operands of its own type', () => {
    expect(matrixUnitsOf(FEATURES, info([FLOATS, HALVES]))).toEqual({ lanes: 32, float32: true, float16: true });
    expect(matrixUnitsOf(FEATURES, info([FLOATS, config('f16', 'f16', 8)]))).toEqual({ lanes: 32, float32: true, float16: false });
    expect(matrixUnitsOf(FEATURES, info([config('u8', 'u32', 16), HALVES]))).toEqual({ lanes: 32, float32: false, float16: true });
  });

  test('the sizes are those of the kernels', () => {
    const sizesOf = ({ code }: Kernel): [number, number, number] => ['M', 'N', 'K'].map((name) => Number(new RegExp(`const ${name} = (\\d+);`).exec(code)?.[1])) as [number, number, number];
    expect(matrixUnitsOf(FEATURES, info([config('f32', 'f32', ...sizesOf(kernel)), config('f16', 'f32', ...sizesOf(halfKernel))]))).toEqual({ lanes: 32, float32: true, float16: true });
  });

  test.each([
    ['no feature', new Set(['subgroups', 'shader-f16']), info([FLOATS])],
    ['no subgroups', new Set([MATRIX_FEATURE]), info([FLOATS])],
    ['no float16', new Set([MATRIX_FEATURE, 'subgroups']), info([HALVES])],
    ['subgroups of several sizes', FEATURES, info([FLOATS], 16, 32)],
    ['no sizes', FEATURES, info([])],
    ['sums rounded to float16', FEATURES, info([config('f16', 'f16', 16)])],
    ['other sizes', FEATURES, info([config('f32', 'f32', 16), config('f16', 'f32', 8), config('f32', 'f32', 8, 8, 4), config('f32', 'f32', 8, 16, 8), config('f32', 'f32', 16, 8, 8)])],
    ['a host that does not tell', FEATURES, { vendor: '' }],
  ])('%s: none', (_, features, facts) => {
    expect(matrixUnitsOf(features, facts)).toBeNull();
  });
});

/** Opens the adapter at hand as if it had the feature. What is asked of it, and what of its units the device then knows. */
async function asked(options: Parameters<typeof Device.create>[0]): Promise<{ readonly features: readonly string[]; readonly units: unknown }> {
  (await Device.create()).destroy(); // after which Dawn's classes are there
  let features: readonly string[] = [];
  const requestAdapter = Reflect.get(globalThis.GPU.prototype, 'requestAdapter') as (this: GPU, options?: GPURequestAdapterOptions) => Promise<GPUAdapter>;
  const spy = vi.spyOn(globalThis.GPU.prototype, 'requestAdapter').mockImplementation(async function (this: GPU, choice) {
    const adapter = await requestAdapter.call(this, choice);
    const requestDevice = (descriptor: GPUDeviceDescriptor): Promise<GPUDevice> => {
      features = [...descriptor.requiredFeatures!];
      return adapter.requestDevice({ ...descriptor, requiredFeatures: [...descriptor.requiredFeatures!].filter((feature) => adapter.features.has(feature)) });
    };
    const { vendor, architecture, device, description, isFallbackAdapter, subgroupMinSize, subgroupMaxSize } = adapter.info;
    return {
      features: new Set([...adapter.features, ...FEATURES]), limits: adapter.limits, requestDevice,
      info: { vendor, architecture, device, description, isFallbackAdapter, subgroupMinSize, subgroupMaxSize, subgroupMatrixConfigs: [FLOATS] },
    } as unknown as GPUAdapter;
  });
  try {
    const device = await Device.create(options);
    device.destroy();
    return { features, units: device.variants.matrixUnits };
  } finally {
    spy.mockRestore();
  }
}

describe('a device', () => {
  afterEach(() => void vi.unstubAllEnvs());

  test('asks for them only where it is told to', async () => {
    const plain = await asked({});
    expect(plain.features).not.toContain(MATRIX_FEATURE);
    expect(plain.units).toBeUndefined();
    const told = await asked({ subgroupMatrix: true });
    expect([...told.features].sort()).toEqual([...plain.features, MATRIX_FEATURE].sort());
    expect(told.units).toMatchObject({ float32: true, float16: false });
    vi.stubEnv('LAZYGRAD_SUBGROUP_MATRIX', '1');
    expect((await asked({})).features).toContain(MATRIX_FEATURE);
    expect((await asked({ subgroupMatrix: false })).features).not.toContain(MATRIX_FEATURE);
  });
});

describe('Dawn accepts', () => {
  const WAYS = [{ A_BY_COLUMN: 0, B_BY_COLUMN: 0 }, { A_BY_COLUMN: 1, B_BY_COLUMN: 1 }];

  /** What it says of the text, and of the pipelines for all ways to read the operands. */
  async function said({ code }: Pick<Kernel, 'code'>, lanes?: number): Promise<readonly string[]> {
    const { device, subgroupSize } = await validatingDevice();
    try {
      device.pushErrorScope('validation');
      const module = device.createShaderModule({ code });
      const { messages } = await module.getCompilationInfo();
      for (const way of WAYS) device.createComputePipeline({ layout: 'auto', compute: { module, constants: { LANES: lanes ?? subgroupSize, ...way } } });
      const error = await device.popErrorScope();
      return [...messages.map(({ type, message, lineNum }) => `${type} in line ${lineNum}: ${message}`), ...error ? [error.message] : []];
    } finally {
      device.destroy();
    }
  }

  test('the product of 8 x 8 matrices of float32', async () => expect(await said(kernel)).toEqual([]));
  test('the product of 16 x 16 matrices of float16', async () => expect(await said(halfKernel)).toEqual([]));

  test('neither sizes nor types that do not fit, nor less than a subgroup', async () => {
    const changed = async (from: string, to: string): Promise<string> => (await said({ code: halfKernel.code.replace(from, to) })).join();
    expect(await changed('_right<Scalar, N, K>', '_right<Scalar, N, 8>')).toMatch(/no matching call to 'subgroupMatrixMultiplyAccumulate/);
    expect(await changed('_right<Scalar, N, K>', '_right<f32, N, K>')).toMatch(/must be greater than or equal to the matrix element size/);
    expect(await changed('row + i * M', 'row + lane * M')).toMatch(/unresolved value 'lane'/);
    expect(await changed('if (batch >= params.batches)', 'if (c[index] > 0)')).toMatch(/must only be called from subgroup uniform control flow/);
    expect((await said(kernel, 32)).join()).toMatch(/multiple of the device maxSubgroupSize/);
  });
});

interface Watched { readonly device: Device; readonly names: (run: () => unknown) => readonly string[] }

/** A device, and the names of what it dispatches: the kernels themselves, others in their place, or nothing at all. */
function watched(device: Device, replaced: (kernel: Kernel) => Kernel | null = (one) => one): Watched {
  const all: string[] = [];
  const dispatch = device.dispatch.bind(device) as (kernel: Kernel, call: unknown) => void;
  device.dispatch = ((one: Kernel, call: unknown) => {
    all.push(one.name);
    const other = replaced(one);
    if (other) dispatch(other, call);
  });
  return {
    device,
    names(run) {
      const before = all.length;
      run();
      return all.slice(before);
    },
  };
}

const WITH_UNITS = { matrixUnits: { lanes: LANES, float32: true, float16: true } };
const own = watched(await Device.create({ subgroupMatrix: true }));
const written = watched(await Device.create({ variants: WITH_UNITS }), writtenOut);
const [choosing, plain] = [watched(await Device.create({ variants: WITH_UNITS }), () => null), watched(await Device.create(), () => null)];
afterAll(() => {
  for (const { device } of [own, written, choosing, plain]) device.destroy();
});
const units = own.device.variants.matrixUnits;

describe.each([
  { where: 'on the adapter\'s units', ready: own, float32: units?.float32, float16: units?.float16 },
  { where: 'with matrices written out in WGSL', ready: written, float32: true, float16: written.device.features.includes('shader-f16') },
])('$where', ({ ready: { device, names }, float32, float16 }) => {
  describe.each([
    ['squares', [64, 64], [64, 64]],
    ['unequal sides', [32, 96], [96, 64]],
    ['several matrices each', [3, 32, 64], [3, 64, 32]],
    ['several by one', [2, 2, 32, 32], [32, 32]],
  ] as const)('%s', (_, left, right) => {
    test('of float32 equal the reference, and so do the gradients, which read them transposed', async (context) => {
      if (!float32) context.skip('this adapter has no units for matrices of float32');
      const run = ([a, b]: readonly Tensor[]): Tensor => matmul(a!, b!);
      const operands = [values(left, 'normal', 1), values(right, 'normal', 2)];
      for (const layouts of [['plain', 'plain', 'plain'], ['offset 64', 'offset 4', 'plain']] as const) {
        expect(names(() => run(operands.map((x, i) => constant(device, x, layouts[i]))))).toEqual(['matrix_product_f32']);
        await check(device, { run, reference: MATMUL }, operands, { layouts });
      }
    });

    test.for(['as they are', 'transposed'])('of float16, %s, equal the reference, rounded once', async (way, context) => {
      if (!float16) context.skip('this adapter has no units for matrices of float16');
      const operands = [values(left, 'normal', 3), values(right, 'normal', 4)].map((x) => map(x, nearestHalf));
      const [a, b] = operands.map((x) => {
        const stored = cast(constant(device, x), 'float16');
        return way === 'transposed' ? transpose(contiguous(transpose(stored))) : stored;
      });
      let c: Tensor | undefined;
      expect(names(() => (c = matmul(a!, b!)))[0]).toBe('matrix_product_f16');
      const [expected, sizes] = [MATMUL.forward(operands), MATMUL.forward(operands.map(absolute))];
      expect(c!.dtype).toBe('float16');
      expectClose(await c!.read(), expected, { rtol: 2 ** -11, atol: sizes.data.map((size) => 8e-7 * size) });
    });
  });
});

describe('who multiplies', () => {
  const { device, names } = choosing;
  const matrix = (rows: number, columns: number, offset = 0, stride = columns): Tensor => zeros(device, [2 * offset + rows * stride]).view({ shape: [rows, columns], strides: [stride, 1], offset });
  const UNITS = 'matrix_product_f32';
  const expectOrdinary = (kernels: readonly string[]): void => {
    expect(kernels).not.toContain(UNITS);
    expect(kernels.join()).toMatch(/contract_/);
  };

  const all = { tensor: zeros(device, [2, 32, 32]), outer: [0, 0, 32], k: [0, 0, 1], batch: 1024 } as const;
  const BATCHES: Contraction = { rows: [1, 1, 32], columns: [1, 1, 32], k: [1, 1, 32], batches: 2, a: all, b: all };

  test.each([
    ['multiples of the tile', () => matmul(matrix(64, 8), matrix(8, 32))],
    ['an offset of 16 bytes', () => matmul(matrix(32, 32, 4), matrix(32, 32))],
    ['rows with gaps', () => matmul(matrix(32, 32, 0, 36), matrix(32, 32))],
    ['transposed', () => matmul(transpose(matrix(32, 64)), transpose(matrix(96, 32)))],
    ['one matrix for all', () => matmul(expand(zeros(device, [1, 32, 32]), [3, 32, 32]), zeros(device, [3, 32, 32]))],
    ['batches', () => contract(BATCHES)],
    ['a layer without bias', () => linear(matrix(32, 64), matrix(32, 64))],
  ])('%s: the units', (_, run) => expect(names(run)).toContain(UNITS));

  test.each([
    ['other rows', () => matmul(matrix(48, 32), matrix(32, 32))],
    ['other columns', () => matmul(matrix(32, 32), matrix(32, 36))],
    ['another depth', () => matmul(matrix(32, 20), matrix(20, 32))],
    ['an offset of 4 bytes', () => matmul(matrix(32, 32, 1), matrix(32, 32))],
    ['rows at no multiple of 16 bytes', () => matmul(matrix(32, 32), matrix(32, 32, 0, 34))],
    ['rows of one number', () => matmul(expand(zeros(device, [32, 1]), [32, 32]), matrix(32, 32))],
    ['every second element', () => matmul(slice(matrix(32, 64), [{}, { step: 2 }]), matrix(32, 32))],
    ['a bias', () => linear(matrix(32, 64), matrix(32, 64), zeros(device, [32]))],
    ['an activation', () => linear(matrix(32, 64), matrix(32, 64), null, { activation: 'relu' })],
    ['every sixteenth element', () => matmul(matrix(32, 512).view({ shape: [32, 32], strides: [512, 16], offset: 0 }), matrix(32, 32))],
    ['a convolution', () => conv2d(zeros(device, [1, 32, 34, 34]), zeros(device, [32, 32, 3, 3]))],
    ['nested rows', () => contract({ ...BATCHES, rows: [2, 1, 32] })],
    ['nested columns', () => contract({ ...BATCHES, columns: [1, 2, 32] })],
    ['a nested depth', () => contract({ ...BATCHES, k: [2, 1, 32] })],
    ['batches side by side', () => contract({ ...BATCHES, interleaved: true })],
    ['matrices by a table', () => contract({ ...BATCHES, grouping: { by: 'matrix', table: zeros(device, [2], { dtype: 'uint32' }) } })],
  ])('%s: the ordinary kernels', (_, run) => expectOrdinary(names(run)));

  test('float32 where the units are for float16 alone: the ordinary kernels', async () => {
    const other = watched(await Device.create({ variants: { matrixUnits: { ...WITH_UNITS.matrixUnits, float32: false } } }), () => null);
    expectOrdinary(other.names(() => matmul(zeros(other.device, [32, 32]), zeros(other.device, [32, 32]))));
    other.device.destroy();
  });

  test('a device that was not told to: the ordinary kernels', () => {
    expect(names(() => matmul(matrix(32, 32), matrix(32, 32)))).toContain(UNITS);
    expectOrdinary(plain.names(() => matmul(zeros(plain.device, [32, 32]), zeros(plain.device, [32, 32]))));
  });
});
