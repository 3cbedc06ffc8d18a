/** What training costs: whole steps of models, forward, backward and SGD (or APO). */
import { APO } from 'lazygrad/apo';
import { Generator, SGD, backward, crossEntropy, rand, tensor } from 'lazygrad';
import type { Tensor } from 'lazygrad';
import { MultiTaskModel } from 'lazygrad/models';
import type { Trunk } from 'lazygrad/models';
import { expectClose, expectFalling } from './case.ts';
import type { Case } from './case.ts';

export interface TrainOptions {
  /** Of one input. */
  readonly input: readonly number[];
  readonly batch: number;
  readonly trunk: () => Trunk;
  /** Default 10. */
  readonly classes?: number;
  /** Floating-point operations of a step, if they are known. */
  readonly flops?: number;
  /** How far the first loss may be from the logarithm of the number of classes; default 0.15. */
  readonly tolerance?: number;
  readonly lr?: number;
  readonly optimizer?: 'sgd' | 'apo';
  readonly captured?: boolean;
  readonly onRequest?: boolean;
}

/** Its loss is at first that of guessing, and falls. */
export function trainCase(name: string, { input, batch, trunk, classes = 10, flops, tolerance = 0.15, lr = 0.05, optimizer = 'sgd', captured = false, onRequest = false }: TrainOptions): Case {
  return {
    name: `train/${name}/${batch}${optimizer === 'apo' ? '/apo' : ''}${captured ? '/captured' : ''}`,
    onRequest,
    ...(flops === undefined ? {} : { flops }),
    prepare(device) {
      const model = new MultiTaskModel(device, trunk(), [{ name: 'a', outputs: classes }], 0);
      const x = rand(device, [batch, ...input], new Generator(1));
      const y = tensor(device, Int32Array.from({ length: batch }, (_, i) => i % classes));
      const head = model.heads.get('a');
      if (!head) throw new Error('no head');
      const optimizers = [optimizer === 'apo' ? new APO(model.shared, ['a'], { lr }) : new SGD(model.shared, { lr }), new SGD(head, { lr })];
      const loss = (): Tensor => crossEntropy(model.forward(x, 'a'), y);
      const step = (): void => {
        using _scope = device.scope();
        model.zeroGrad();
        backward(loss());
        for (const each of optimizers) each.step('a');
        device.submit();
      };
      const replayed = captured ? device.capture(step) : null;
      const run = replayed ? () => replayed.replay() : step;
      return Promise.resolve({
        run,
        async check() {
          expectClose('loss before training', await expectFalling(device, loss, run, 5), Math.log(classes), tolerance);
        },
      });
    },
  };
}
