import { describe, expect, test } from 'vitest';
import type { Tensor } from '../../engine/index.ts';
import { kernelCases, limitCases, allCases } from '../../bench/cases/index.ts';
import { chosen } from '../../bench/suite.ts';
import { testDevice } from '../support/device.ts';

describe.each([...limitCases('small'), ...kernelCases('small')])('$name', ({ prepare }) => {
  test('accepts what the device computes', async () => {
    const { run, check } = await prepare(await testDevice());
    run();
    await check();
  });

  test('refuses it for every input that is changed behind the reference\'s back', async () => {
    const device = await testDevice();
    const names: string[] = [];
    await prepare(device, (inputs) => names.push(...Object.keys(inputs)));
    expect(names.length).toBeGreaterThan(0);
    for (const spoiled of names) {
      let target: Tensor | undefined;
      await prepare(device, (inputs) => (target = inputs[spoiled]));
      // In another order and smaller: a sum does not see the one, a normalisation not the other.
      const factor = target!.dtype === 'float32' ? 0.75 : 1;
      const others = Array.from(await target!.read(), (value) => factor * value).reverse();
      const { run, check } = await prepare(device, (inputs) => inputs[spoiled]!.write(others));
      run();
      await expect(check(), spoiled).rejects.toThrow('nothing is reported');
    }
  });
});

describe('the registry', () => {
  test.each(['small', 'default', 'gpu'] as const)('has every case of size %s once', (size) => {
    const names = allCases(size).map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const family of ['limit/multiply-add', 'limit/copy/', 'kernel/matmul/tall/', 'kernel/matmul/at-b/', 'kernel/matmul/a-bt/', 'kernel/matmul/batched/', 'kernel/conv2d/', 'kernel/attention/', 'kernel/lstm/', 'kernel/softmax/', 'kernel/layer-norm/', 'kernel/sum/', 'kernel/std/', 'kernel/cross-entropy/', 'kernel/apo-step/', 'kernel/adam-step/', 'kernel/sgd-step/', 'train/multi-task-cnn/']) {
      expect(names.some((name) => name.startsWith(family)), family).toBe(true);
    }
  });

  test('every case of a kernel says what it computes or moves', () => {
    for (const { name, flops = 0, bytes = 0 } of kernelCases('default')) expect(flops + bytes, name).toBeGreaterThan(0);
  });

  test('what takes long is chosen by its whole name alone', () => {
    const cases = allCases('default');
    expect(chosen(cases, 'train/').map(({ name }) => name)).not.toContain('train/resnet-50/4');
    expect(chosen(cases, 'train/resnet-50/4').map(({ name }) => name)).toEqual(['train/resnet-50/4']);
  });
});
