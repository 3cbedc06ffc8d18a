/** What training costs: whole steps of models, forward, backward and SGD (or APO). */
import { APO } from 'lazygrad/apo';
import { Generator, SGD, backward, crossEntropy, rand, sizeOf, tensor } from 'lazygrad';
import type { Device, Tensor } from 'lazygrad';
import { MultiTaskModel, summary } from 'lazygrad/models';
import type { Trunk } from 'lazygrad/models';
import { expectClose, expectFalling } from '../case.ts';
import type { Case } from '../case.ts';

export interface TrainOptions {
  /** Of one input. */
  readonly input: readonly number[];
  readonly batch: number;
  /** Inputs are tokens below it; default: numbers from 0 to 1. */
  readonly vocabulary?: number;
  readonly trunk: () => Trunk;
  /** Default 10. */
  readonly classes?: number;
  /** Floating-point operations of a step; default those of the model's products forward, by weights and by inputs, but not by the first product's inputs. */
  readonly flops?: number;
  /** How far the first loss may be from the logarithm of the number of classes; default 0.15. */
  readonly tolerance?: number;
  readonly lr?: number;
  readonly optimizer?: 'sgd' | 'apo';
  readonly captured?: boolean;
  readonly onRequest?: boolean;
}

function inputs(device: Device, shape: readonly number[], vocabulary?: number): Tensor {
  if (vocabulary === undefined) return rand(device, shape, new Generator(1));
  return tensor(device, Int32Array.from({ length: sizeOf(shape) }, (_, i) => (i * 7919) % vocabulary), shape);
}

/** Its loss is at first that of guessing, and falls. */
export function trainCase(name: string, { input, batch, vocabulary, trunk, classes = 10, flops, tolerance = 0.15, lr = 0.05, optimizer = 'sgd', captured = false, onRequest = false }: TrainOptions): Case {
  return {
    name: `train/${name}/${batch}${optimizer === 'apo' ? '/apo' : ''}${captured ? '/captured' : ''}`,
    onRequest,
    prepare(device) {
      const model = new MultiTaskModel(device, trunk(), [{ name: 'a', outputs: classes }], 0);
      const x = inputs(device, [batch, ...input], vocabulary);
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
        flops() {
          if (flops !== undefined) return flops;
          const { rows, flops: forward } = summary(model, input, { dtype: x.dtype });
          return batch * (3 * forward - (rows.find((row) => row.flops > 0)?.flops ?? 0));
        },
        run,
        async check() {
          expectClose('loss before training', await expectFalling(device, loss, run, 5), Math.log(classes), tolerance);
        },
      });
    },
  };
}
