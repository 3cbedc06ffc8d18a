/** ResNets by their specifications alone: nothing is allocated. */
import { expect, test } from 'vitest';
import { resNet } from 'lazygrad/models';
import type { Trunk } from 'lazygrad/models';
import { sizeOf } from '../../engine/index.ts';

const shapesOf = (trunk: Trunk): Map<string, readonly number[]> => new Map(trunk.layers.flatMap((layer) => layer.specs.map(({ name, shape }) => [name, shape] as const)));

// torchvision's resnets have these many parameters without their fc.
test.each([[18, 11_176_512, 20, 512], [34, 21_284_672, 36, 512], [50, 23_508_032, 53, 2048], [101, 42_500_160, 104, 2048]] as const)('resnet-%i has %i parameters', (depth, count, convolutions, last) => {
  const trunk = resNet({ depth });
  const shapes = shapesOf(trunk);
  expect(trunk.name).toBe(`resnet-${depth}`);
  expect(shapes.get('fc.weight')).toEqual([256, last]);
  expect([...shapes].reduce((total, [name, shape]) => total + (name.startsWith('fc.') ? 0 : sizeOf(shape)), 0)).toBe(count);
  expect(shapes.size).toBe(3 * convolutions + 2);
  expect(trunk.layers.flatMap((layer) => layer.statistics ?? []).length).toBe(convolutions);
});

test('names and shapes are torchvision\'s', () => {
  const basic = shapesOf(resNet({ depth: 18 }));
  expect([...basic.keys()].slice(0, 15)).toEqual([
    'conv1.weight', 'bn1.weight', 'bn1.bias',
    'layer1.0.conv1.weight', 'layer1.0.bn1.weight', 'layer1.0.bn1.bias', 'layer1.0.conv2.weight', 'layer1.0.bn2.weight', 'layer1.0.bn2.bias',
    'layer1.1.conv1.weight', 'layer1.1.bn1.weight', 'layer1.1.bn1.bias', 'layer1.1.conv2.weight', 'layer1.1.bn2.weight', 'layer1.1.bn2.bias',
  ]);
  expect(basic.get('conv1.weight')).toEqual([64, 3, 7, 7]);
  expect(basic.get('layer2.0.downsample.0.weight')).toEqual([128, 64, 1, 1]);
  expect(basic.get('layer4.1.conv2.weight')).toEqual([512, 512, 3, 3]);
  const bottleneck = shapesOf(resNet({ depth: 50 }));
  expect(bottleneck.get('layer1.0.downsample.0.weight')).toEqual([256, 64, 1, 1]);
  expect(bottleneck.get('layer1.0.downsample.1.bias')).toEqual([256]);
  expect(bottleneck.get('layer2.0.conv1.weight')).toEqual([128, 256, 1, 1]);
  expect(bottleneck.get('layer4.2.conv3.weight')).toEqual([2048, 512, 1, 1]);
  expect(bottleneck.has('layer2.1.downsample.0.weight')).toBe(false);
  expect(shapesOf(resNet({ depth: 18, stem: 'small', channels: 1 })).get('conv1.weight')).toEqual([64, 1, 3, 3]);
});
