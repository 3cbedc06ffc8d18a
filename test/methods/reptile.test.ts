/** Reptile: its oracle on parabolas, and what it is for one task, for a step of 0, and for tasks in another order. */
import { expect, test } from 'vitest';
import { Generator, ParameterArena, SGD, affine, backward, mul, readSafetensors, sum, tensor, zeros } from 'lazygrad';
import { approachMean } from '../../methods/reptile.ts';
import { twinOf } from '../../methods/twin.ts';
import { testDevice } from '../support/device.ts';
import { alone, bitsOf, toyRun, trio } from './toy-run.ts';
import type { Bits } from './toy-run.ts';

const device = await testDevice();

test('on ½ H (w - c)²: theta - alpha s (theta - mean c), s = 1 - (1 - beta H)^K', async () => {
  using _scope = device.scope();
  const theta = new ParameterArena(device, [{ name: 'w', shape: [1], init: (d) => tensor(d, [1]) }], new Generator(0));
  const copies = [0, 3].map((center) => {
    const copy = twinOf(theta);
    const optimizer = new SGD(copy, { lr: 0.1 });
    for (let step = 0; step < 5; step++) {
      copy.zeroGrad();
      const off = affine(copy.get('w'), 1, -center);
      backward(sum(mul(off, off))); // H = 2
      optimizer.step();
    }
    return copy;
  });
  approachMean(theta, copies, 0.1);
  expect(await theta.get('w').item()).toBeCloseTo(1.033616, 6);
});

test('every parameter, and the gaps between them', async () => {
  using _scope = device.scope();
  const theta = new ParameterArena(device, [70, 3].map((size, i) => ({ name: `p${i}`, shape: [size], init: (d) => zeros(d, [size]) })), new Generator(0));
  const [a, b] = [twinOf(theta), twinOf(theta)];
  a.get('p0').write(new Float32Array(70).fill(1));
  b.get('p0').write(new Float32Array(70).fill(3));
  b.get('p1').write([4, 8, 12]);
  approachMean(theta, [a, b], 0.25);
  expect([...await theta.values.read()]).toEqual(Array.from({ length: 192 }, (_, i) => i < 70 ? 0.5 : i >= 128 && i < 131 ? [0.5, 1, 1.5][i - 128] : 0));
});

test('one task and alpha 1: plain SGD, bit by bit', async () => {
  using _scope = device.scope();
  const plain = await toyRun(device, 'alternating-sgd', { dataset: alone });
  const found = await toyRun(device, 'reptile', { dataset: alone, set: { alpha: 1 } });
  expect(await bitsOf(found.model)).toEqual(await bitsOf(plain.model));
});

test('alpha 0: the trunk stays, the heads learn', async () => {
  using _scope = device.scope();
  const { model, start } = await toyRun(device, 'reptile', { dataset: trio, set: { alpha: 0 } });
  const found = await bitsOf(model);
  expect(found.shared).toEqual(start.shared);
  for (const { name } of trio.tasks) expect(found[name]).not.toEqual(start[name]);
});

test('the order of the tasks changes nothing', async () => {
  using _scope = device.scope();
  const trained = async (method: string, order: readonly string[]): Promise<Bits> => bitsOf((await toyRun(device, method, { dataset: trio, order })).model);
  expect(await trained('reptile', ['c', 'b', 'a'])).toEqual(await trained('reptile', ['a', 'b', 'c']));
  expect(await trained('alternating-sgd', ['c', 'b', 'a'])).not.toEqual(await trained('alternating-sgd', ['a', 'b', 'c']));
});

test('after an epoch all copies start from the trunk again', async () => {
  using _scope = device.scope();
  const { model, checkpoint } = await toyRun(device, 'reptile', { dataset: trio, set: { alpha: 0.5 } });
  const { tensors } = readSafetensors(checkpoint, 'checkpoint');
  for (const { name } of trio.tasks) expect(tensors.get(`method.${name}`)?.data).toEqual(await model.shared.values.read());
});
