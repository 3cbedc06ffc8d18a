/** What JavaScript costs: the training step of a network so small that the device has hardly anything to do. */
import { backward, crossEntropy, randn, Generator, SGD, tensor } from 'lazygrad';
import type { Device, Tensor } from 'lazygrad';
import { MultiTaskModel, mlp } from 'lazygrad/models';
import type { Case } from '../case.ts';
import { expectFalling } from '../case.ts';

const STEPS = 5000;

/** Holds live and pooled bytes flat over thousands of steps. */
async function expectFlatMemory(device: Device, run: () => void): Promise<void> {
  for (let i = 0; i < 10; i++) run();
  const before = device.memory;
  for (let i = 0; i < STEPS; i++) {
    run();
    if (i % 100 === 99) await device.finish();
  }
  const after = device.memory;
  if (JSON.stringify(before) !== JSON.stringify(after)) throw new Error(`memory after ${STEPS} steps is ${JSON.stringify(after)}, was ${JSON.stringify(before)}: nothing is reported`);
}

export function overheadCase(kind: 'eager' | 'replay'): Case {
  return {
    name: `overhead/${kind}`,
    prepare(device: Device) {
      const model = new MultiTaskModel(device, mlp({ inputs: 16, widths: [16, 16, 16, 16, 16, 16] }), [{ name: 'a', outputs: 4 }], 0);
      const x = randn(device, [8, 16], new Generator(1));
      const y = tensor(device, Int32Array.from({ length: 8 }, (_, i) => i % 4));
      const head = model.heads.get('a');
      if (!head) throw new Error('no head');
      const optimizers = [model.shared, head].map((arena) => new SGD(arena, { lr: 0.1 }));
      const loss = (): Tensor => crossEntropy(model.forward(x, 'a'), y);
      const step = (): void => {
        using _scope = device.scope();
        model.zeroGrad();
        backward(loss());
        for (const optimizer of optimizers) optimizer.step();
        device.submit();
      };
      const captured = kind === 'replay' ? device.capture(step) : null;
      const run = captured ? () => captured.replay() : step;
      return Promise.resolve({
        run,
        async check() {
          await expectFalling(device, loss, run, 40);
          await expectFlatMemory(device, run);
        },
      });
    },
  };
}
