import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  accumulate, adaptiveAvgPool2d, add, affine, avgPool1d, avgPool2d, backward, ConfigError, conv1d, conv2d, convTranspose1d, convTranspose2d, crossEntropy, Device, DeviceError, dot,
  DTypeError, expand, Generator, globalAveragePool2d, globalMaxPool2d, grad, LazygradError, LimitError, linear, logSoftmax, matmul, maxPool1d, maxPool2d, mean, mul, oneHot, outer,
  permute, rand, relu, reshape, ShapeError, sum, tensor, TensorError, transpose, zeros,
} from '../../engine/index.ts';
import type { DType, Scope, Tensor } from '../../engine/index.ts';
import unaryKernel from '../../kernels/unary.wgsl';
import { testDevice, tileDevice } from '../support/device.ts';
import type { ErrorClass } from '../support/errors.ts';
import { expectError, expectRejection } from '../support/errors.ts';

let device: Device;
let other: Device;
beforeAll(async () => {
  [device, other] = [await testDevice(), await tileDevice()];
});

const floats = (...shape: number[]): Tensor => zeros(device, shape);
const integers = (...shape: number[]): Tensor => zeros(device, shape, { dtype: 'int32' });
const variable = (...shape: number[]): Tensor => zeros(device, shape, { requiresGrad: true });

type Case = readonly [name: string, body: () => unknown, ...parts: string[]];

/** One test a case: the body throws the error, whose message has all the parts. */
function refused(type: ErrorClass, cases: readonly Case[]): void {
  test.each(cases.map(([name, body, ...parts]) => ({ name, body, parts })))('$name', ({ body, parts }) => {
    using _scope = device.scope();
    expectError(body, type, ...parts);
  });
}

describe('shapes that do not fit', () => {
  refused(ShapeError, [
    ['add', () => add(floats(2, 3), floats(2, 4)), 'add', '[2, 3]', '[2, 4]', '3 against 4'],
    ['mul', () => mul(floats(3), floats(2)), 'mul', '[3]', '[2]'],
    ['matmul, rank', () => matmul(floats(), floats(3, 2)), 'matmul', 'ranks of at least 1', '[]', '[3, 2]'],
    ['matmul, a vector and a matrix', () => matmul(floats(3), floats(4, 2)), 'matmul', '3 columns', '4 rows'],
    ['matmul, two vectors', () => matmul(floats(3), floats(4)), 'dot', '[3]', '[4]'],
    ['dot', () => dot(floats(2, 2), floats(2, 2)), 'dot', 'two vectors', '[2, 2]'],
    ['outer', () => outer(floats(2), floats(2, 1)), 'outer', 'two vectors', '[2, 1]'],
    ['matmul, inner size', () => matmul(floats(2, 3), floats(4, 5)), 'matmul', '[2, 3]', '3 columns', '[4, 5]', '4 rows'],
    ['matmul, batches', () => matmul(floats(2, 1, 1), floats(3, 1, 1)), 'matmul', '2 against 3'],
    ['linear, inputs', () => linear(floats(2, 3), floats(5, 4)), 'linear', '[2, 3]', '[5, 4]'],
    ['linear, bias', () => linear(floats(2, 3), floats(5, 3), floats(4)), 'linear', 'bias [5]', '[4]'],
    ['conv2d, rank', () => conv2d(floats(3, 8, 8), floats(4, 3, 3, 3)), 'conv2d', '[n, c, h, w]', '[3, 8, 8]'],
    ['conv2d, channels', () => conv2d(floats(1, 3, 8, 8), floats(4, 2, 3, 3)), 'conv2d', '3 channels', 'expect 2'],
    ['conv2d, bias', () => conv2d(floats(1, 3, 8, 8), floats(4, 3, 3, 3), floats(3)), 'conv2d', 'bias [4]', '[3]'],
    ['conv2d, window', () => conv2d(floats(1, 3, 4, 9), floats(4, 3, 3, 3), null, { dilation: 2 }), 'conv2d', '[3, 3]', 'dilation [2, 2]', '[1, 3, 4, 9]'],
    ['conv2d, stride', () => conv2d(floats(1, 1, 4, 4), floats(1, 1, 1, 1), null, { stride: [1, 0] }), 'conv2d', 'stride', 'from 1', '[1, 0]'],
    ['conv2d, padding', () => conv2d(floats(1, 1, 4, 4), floats(1, 1, 1, 1), null, { padding: -1 }), 'conv2d', 'padding', 'from 0', '[-1, -1]'],
    ['conv2d, dilation', () => conv2d(floats(1, 1, 4, 4), floats(1, 1, 1, 1), null, { dilation: 1.5 }), 'conv2d', 'dilation', '[1.5, 1.5]'],
    ['conv2d, an empty window', () => conv2d(floats(1, 1, 4, 4), floats(1, 1, 0, 1)), 'conv2d', '[1, 1, 0, 1]', 'empty'],
    ['conv2d, groups', () => conv2d(floats(1, 4, 4, 4), floats(4, 2, 1, 1), null, { groups: 0 }), 'conv2d', 'groups', 'from 1', '0'],
    ['conv2d, groups of input channels', () => conv2d(floats(1, 4, 4, 4), floats(3, 1, 1, 1), null, { groups: 3 }), 'conv2d', '4 channels', '3 groups'],
    ['conv2d, groups of output channels', () => conv2d(floats(1, 4, 4, 4), floats(5, 2, 1, 1), null, { groups: 2 }), 'conv2d', '[5, 2, 1, 1]', '2 groups'],
    ['conv2d, channels of a group', () => conv2d(floats(1, 4, 4, 4), floats(4, 4, 1, 1), null, { groups: 2 }), 'conv2d', '4 channels', 'expect 4 in each of 2 groups'],
    ['conv2d, same padding with a stride', () => conv2d(floats(1, 1, 4, 4), floats(1, 1, 2, 2), null, { padding: 'same', stride: [1, 2] }), 'conv2d', 'same', 'stride 1', '[1, 2]'],
    ['conv1d, rank', () => conv1d(floats(1, 3, 1, 8), floats(4, 3, 3)), 'conv1d', '[n, in, l]', '[1, 3, 1, 8]'],
    ['conv1d, window', () => conv1d(floats(1, 3, 4), floats(4, 3, 5)), 'conv1d', 'window [5]', 'dilation [1]', 'images [1, 3, 4]', 'padding [0]'],
    ['conv1d, stride', () => conv1d(floats(1, 3, 4), floats(4, 3, 2), null, { stride: 0 }), 'conv1d', 'stride', '[0]'],
    ['convTranspose2d, rank', () => convTranspose2d(floats(1, 3, 8), floats(3, 4, 3, 3)), 'convTranspose2d', '[in, out / groups, kh, kw]', '[1, 3, 8]'],
    ['convTranspose2d, channels', () => convTranspose2d(floats(1, 3, 4, 4), floats(2, 3, 1, 1)), 'convTranspose2d', '3 channels', 'expect 2'],
    ['convTranspose2d, bias', () => convTranspose2d(floats(1, 4, 4, 4), floats(4, 3, 1, 1), floats(3), { groups: 2 }), 'convTranspose2d', 'bias [6]', '[3]'],
    ['convTranspose2d, outputPadding', () => convTranspose2d(floats(1, 1, 4, 4), floats(1, 1, 2, 2), null, { stride: [2, 3], outputPadding: [1, 3] }), 'convTranspose2d', 'outputPadding', '[1, 3]', 'stride [2, 3]', 'dilation [1, 1]'],
    ['convTranspose2d, nothing left', () => convTranspose2d(floats(1, 1, 2, 1), floats(1, 1, 2, 1), null, { padding: 1 }), 'convTranspose2d', '[1, 1, 2, 1]', 'padding [1, 1]', '[1, -1]'],
    ['convTranspose1d, rank', () => convTranspose1d(floats(3, 8), floats(3, 4, 3)), 'convTranspose1d', '[in, out / groups, k]', '[3, 8]'],
    ['convTranspose1d, outputPadding', () => convTranspose1d(floats(1, 1, 4), floats(1, 1, 2), null, { outputPadding: 1 }), 'convTranspose1d', '[1] with stride [1]'],
    ['avgPool2d, padding', () => avgPool2d(floats(1, 1, 8, 8), [2, 3], { padding: [2, 1] }), 'avgPool2d', '[2, 1]', 'half the window'],
    ['avgPool2d, window', () => avgPool2d(floats(1, 1, 3, 8), 4), 'avgPool2d', '[4, 4]', '[1, 1, 3, 8]'],
    ['avgPool1d, rank', () => avgPool1d(floats(1, 1, 3, 8), 2), 'avgPool1d', '[n, channels, length]'],
    ['maxPool1d, window', () => maxPool1d(floats(1, 1, 3), 4), 'maxPool1d', 'window [4]', '[1, 1, 3]'],
    ['adaptiveAvgPool2d, size', () => adaptiveAvgPool2d(floats(1, 1, 4, 4), [2, 0]), 'adaptiveAvgPool2d', 'from 1', '[2, 0]'],
    ['adaptiveAvgPool2d, rank', () => adaptiveAvgPool2d(floats(1, 4, 4), 2), 'adaptiveAvgPool2d', '[1, 4, 4]'],
    ['globalAveragePool2d', () => globalAveragePool2d(floats(1, 4, 4)), 'globalAveragePool2d', '[1, 4, 4]'],
    ['globalMaxPool2d', () => globalMaxPool2d(floats(4, 4)), 'globalMaxPool2d', '[4, 4]'],
    ['maxPool2d, taps in the padding alone', () => maxPool2d(floats(1, 1, 5, 2), [1, 2], { stride: 1, padding: [0, 1], dilation: [1, 3] }), 'maxPool2d', 'dilation [1, 3]', 'no place inside', '[1, 1, 5, 2]'],
    ['maxPool2d, rank', () => maxPool2d(floats(8, 8), 2), 'maxPool2d', '[n, channels, height, width]', '[8, 8]'],
    ['maxPool2d, window', () => maxPool2d(floats(1, 1, 3, 8), 4), 'maxPool2d', '[4, 4]', '[1, 1, 3, 8]'],
    ['maxPool2d, padding', () => maxPool2d(floats(1, 1, 8, 8), 3, { padding: 2 }), 'maxPool2d', '[2, 2]', 'half the window'],
    ['maxPool2d, stride', () => maxPool2d(floats(1, 1, 8, 8), 3, { stride: 0 }), 'maxPool2d', 'stride [0, 0]'],
    ['crossEntropy', () => crossEntropy(floats(4, 3), integers(5)), 'crossEntropy', '[n, classes]', '[4, 3]', '[5]'],
    ['crossEntropy, no rows', () => crossEntropy(floats(0, 3), integers(0)), 'crossEntropy', 'no rows'],
    ['logSoftmax', () => logSoftmax(floats()), 'logSoftmax', 'axis -1', 'rank 0'],
    ['sum', () => sum(floats(2, 3), { axes: [2] }), 'sum', 'axis 2', 'rank 2'],
    ['reshape', () => reshape(floats(2, 3), [4, 2]), 'reshape', '[2, 3]', '6 elements', '[4, 2]'],
    ['reshape, open size', () => reshape(floats(2, 3), [-1, 4]), 'reshape', '[-1, 4]'],
    ['reshape, two open sizes', () => reshape(floats(2, 3), [-1, -1]), 'reshape', '[-1, -1]'],
    ['permute', () => permute(floats(2, 3), [0, 0]), 'permute', '[0, 0]', '[2, 3]'],
    ['transpose', () => transpose(floats(3)), 'transpose', 'rank 1'],
    ['expand', () => expand(floats(2, 3), [2, 2, 1]), 'expand', '[2, 3]', '[2, 2, 1]'],
    ['expand, smaller', () => expand(floats(2, 3), [3]), 'expand', '[2, 3]', '[3]'],
    ['accumulate', () => accumulate(floats(2), floats(3)), '[2]', '[3]'],
    ['tensor', () => tensor(device, [1, 2, 3], [2, 2]), 'tensor', '[2, 2]', '4 values', 'got 3'],
    ['tensor, negative size', () => tensor(device, [], [-1]), '[-1]', 'whole numbers from 0'],
    ['zeros, broken size', () => zeros(device, [1.5]), '[1.5]'],
    ['rand', () => rand(device, [NaN], new Generator(1)), '[NaN]'],
    ['backward', () => backward(relu(variable(2))), 'backward', '[2]', 'explicit gradient'],
    ['backward, gradient', () => backward(relu(variable(2)), { gradient: floats(3) }), 'backward', '[3]', '[2]'],
  ]);

  test('item of several elements', () => expectRejection(floats(2, 1).item(), ShapeError, 'item', 'one element', '[2, 1]'));
});

describe('types that do not fit', () => {
  refused(DTypeError, [
    ['add', () => add(floats(2), integers(2)), 'add', 'float32', 'int32', 'cast'],
    ['affine', () => affine(integers(2), 2, 0), 'affine', 'float32', 'int32'],
    ['matmul', () => matmul(integers(2, 2), floats(2, 2)), 'matmul', 'int32'],
    ['linear', () => linear(floats(2, 2), integers(2, 2)), 'linear', 'int32'],
    ['conv2d', () => conv2d(floats(1, 1, 2, 2), integers(1, 1, 1, 1)), 'conv2d', 'int32'],
    ['convTranspose2d', () => convTranspose2d(floats(1, 1, 2, 2), integers(1, 1, 1, 1)), 'convTranspose2d', 'int32'],
    ['maxPool2d', () => maxPool2d(integers(1, 1, 2, 2), 2), 'maxPool2d', 'int32'],
    ['avgPool2d', () => avgPool2d(integers(1, 1, 2, 2), 2), 'avgPool2d', 'int32'],
    ['mean', () => mean(integers(2)), 'mean', 'int32', 'cast'],
    ['logSoftmax', () => logSoftmax(integers(2)), 'logSoftmax', 'int32'],
    ['crossEntropy, logits', () => crossEntropy(integers(2, 2), integers(2)), 'crossEntropy', 'expected float32'],
    ['crossEntropy, targets', () => crossEntropy(floats(2, 2), floats(2)), 'crossEntropy', 'expected int32', 'got float32'],
    ['oneHot', () => oneHot(floats(2), 3), 'oneHot', 'expected int32', 'got float32'],
    ['accumulate', () => accumulate(integers(2), floats(2)), 'accumulate', 'int32'],
    ['a leaf', () => tensor(device, new Int32Array(2), [2], { requiresGrad: true }), 'float32', 'int32'],
  ]);
});

describe('tensors of two devices', () => {
  const far = (shape: number[], dtype: DType = 'float32'): Tensor => zeros(other, shape, { dtype });
  let scope: Scope;
  beforeAll(() => (scope = other.scope()));
  afterAll(() => scope[Symbol.dispose]());
  refused(TensorError, [
    ['add', () => add(floats(2), far([2])), 'add', 'different devices'],
    ['matmul', () => matmul(floats(2, 2), far([2, 2])), 'matmul', 'different devices'],
    ['linear', () => linear(floats(2, 2), far([2, 2])), 'linear', 'different devices'],
    ['conv2d', () => conv2d(floats(1, 1, 2, 2), far([1, 1, 1, 1])), 'conv2d', 'different devices'],
    ['crossEntropy', () => crossEntropy(floats(2, 2), far([2], 'int32')), 'crossEntropy', 'different devices'],
    ['accumulate', () => accumulate(floats(2), far([2])), 'accumulate', 'different devices'],
  ]);
});

describe('the tape', () => {
  test('backward of what depends on no leaf', () => {
    using _scope = device.scope();
    expectError(() => backward(sum(floats(2))), TensorError, 'backward', 'no tensor that requires a gradient');
    expectError(() => grad(sum(floats(2)), []), TensorError, 'no tensor that requires a gradient');
  });
});

describe('accumulate in place', () => {
  test('refuses shared memory and repeated elements', () => {
    using _scope = device.scope();
    const x = floats(4);
    expectError(() => accumulate(x, x), TensorError, 'accumulate', 'share their memory');
    expectError(() => accumulate(expand(floats(1), [3]), floats(3)), TensorError, 'accumulate', '[3]', 'expanded');
  });
});

describe('limits', () => {
  test('a tensor larger than a buffer may be', () => {
    const limit = Math.min(device.limits.maxBufferSize, device.limits.maxStorageBufferBindingSize);
    const before = device.memory;
    expectError(() => zeros(device, [Math.floor(limit / 4) + 1]), LimitError, /a tensor of \d+ bytes/, String(limit));
    expect(device.memory).toEqual(before);
  });

  test('more workgroups than a dispatch may have', () => {
    using _scope = device.scope();
    const x = floats(4);
    const dispatch = (...groups: [number, number, number]): void => device.dispatch(unaryKernel, { buffers: { x: x.binding, y: floats(4).binding }, params: { quads: 1, scale: 1, shift: 0 }, groups });
    expectError(() => dispatch(65_536, 1, 1), LimitError, 'kernel unary', '65536 x 1 x 1', '65535');
    expectError(() => dispatch(1, 1, 65_536), LimitError, '1 x 1 x 65536');
  });
});

describe('options out of range', () => {
  refused(ConfigError, [
    ['linear, activation', () => linear(floats(2, 3), floats(4, 3), null, { activation: 'gelu' as 'relu' }), 'linear', 'gelu', 'relu, tanh, sigmoid'],
    ['conv2d, activation', () => conv2d(floats(1, 1, 2, 2), floats(1, 1, 1, 1), null, { activation: 'toString' as 'relu' }), 'conv2d', 'toString'],
    ['conv2d, padding', () => conv2d(floats(1, 1, 2, 2), floats(1, 1, 1, 1), null, { padding: 'full' as 'same' }), 'conv2d', 'full', 'same', 'valid'],
  ]);

  test('a seed', () => {
    for (const seed of [-1, 0.5, NaN, 2 ** 53]) expectError(() => new Generator(seed), ConfigError, 'seed', String(seed));
  });

  test('an adapter that nobody knows', () => expectRejection(Device.create({ adapter: 'quantum' as 'auto' }), ConfigError, 'quantum', 'auto, hardware, software'));
});

test('a command that the device refuses is thrown at the next wait, and names the kernel', async () => {
  const broken = await Device.create();
  try {
    const x = zeros(broken, [64]);
    const binding = { ...x.binding, offset: 4, size: 256 };
    broken.dispatch(unaryKernel, { buffers: { x: binding, y: zeros(broken, [64]).binding }, params: { quads: 16, scale: 1, shift: 0 }, groups: [1] });
    await expectRejection(broken.finish(), DeviceError, 'refused', 'unary:main');
    await expectRejection(x.read(), DeviceError, 'unary:main');
  } finally {
    broken.destroy();
  }
});

test('every error is a LazygradError and carries the name of its class', () => {
  for (const type of [ShapeError, DTypeError, LimitError, DeviceError, TensorError, ConfigError]) {
    const error = new type('text');
    expect(error).toBeInstanceOf(LazygradError);
    expect(error.name).toBe(type.name);
  }
});
