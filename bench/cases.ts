/** What is measured. Every case checks its values before anybody sees a speed. */
import { APO } from 'lazygrad/apo';
import { Generator, ParameterArena, accumulate, backward, conv2d, matmul, noGrad, rand, randn } from 'lazygrad';
import type { Tensor } from 'lazygrad';
import { bert, crnn, mixtureOfExperts, multiTaskCNN, resNet, timeSeriesTransformer } from 'lazygrad/models';
import { expectClose } from './case.ts';
import type { Case } from './case.ts';
import { overheadCase } from './overhead.ts';
import { trainCase } from './train.ts';
import type { TrainOptions } from './train.ts';

function matmulCase(size: number): Case {
  return {
    name: `kernel/matmul/${size}`,
    flops: 2 * size ** 3,
    prepare(device) {
      const a = rand(device, [size, size], new Generator(1), -1, 1);
      const b = rand(device, [size, size], new Generator(2), -1, 1);
      const product = (): Tensor => noGrad(() => matmul(a, b));
      return Promise.resolve({
        run() {
          using _scope = device.scope();
          product();
          device.submit();
        },
        async check() {
          using _scope = device.scope();
          const [p, q, c] = [await a.read(), await b.read(), await product().read()];
          for (let t = 0; t < 200; t++) {
            const [i, j] = [(t * 7919) % size, (t * 104_729) % size];
            let sum = 0;
            for (let k = 0; k < size; k++) sum += (p[i * size + k] ?? NaN) * (q[k * size + j] ?? NaN);
            expectClose(`element ${i}, ${j}`, c[i * size + j] ?? NaN, sum, 1e-5 * Math.sqrt(size));
          }
        },
      });
    },
  };
}

/** MultiTaskCNN's second convolution: 3 x 3, 32 to 64 channels, 14 x 14, batch 64. */
function convCase(kind: 'forward' | 'backward'): Case {
  const flops = 2 * 64 * 196 * 288 * 64;
  return {
    name: `kernel/conv2d/${kind}`,
    flops: kind === 'forward' ? flops : 2 * flops,
    prepare(device) {
      const x = rand(device, [64, 32, 14, 14], new Generator(1), -1, 1);
      const weight = rand(device, [64, 32, 3, 3], new Generator(2), -1, 1);
      const gradient = rand(device, [64, 64, 14, 14], new Generator(3), -1, 1);
      const forward = (): Tensor => conv2d(x, weight, null, { padding: 1 });
      if (kind === 'backward') x.requiresGrad = weight.requiresGrad = true;
      const y = kind === 'backward' ? forward() : null;
      return Promise.resolve({
        run() {
          using _scope = device.scope();
          if (y) {
            x.grad = weight.grad = null;
            backward(y, { gradient });
          } else {
            noGrad(forward);
          }
          device.submit();
        },
        async check() {
          using _scope = device.scope();
          const [xs, ws] = [await x.read(), await weight.read()];
          const ys = await noGrad(forward).read();
          for (let t = 0; t < 50; t++) {
            const [n, o, oy, ox] = [(t * 13) % 64, (t * 29) % 64, (t * 5) % 14, (t * 11) % 14];
            let sum = 0;
            for (let c = 0; c < 32; c++) for (let ky = 0; ky < 3; ky++) for (let kx = 0; kx < 3; kx++) {
              const [iy, ix] = [oy + ky - 1, ox + kx - 1];
              if (iy >= 0 && ix >= 0 && iy < 14 && ix < 14) sum += (xs[((n * 32 + c) * 14 + iy) * 14 + ix] ?? NaN) * (ws[((o * 32 + c) * 3 + ky) * 3 + kx] ?? NaN);
            }
            expectClose(`pixel ${n}, ${o}, ${oy}, ${ox}`, ys[((n * 64 + o) * 14 + oy) * 14 + ox] ?? NaN, sum, 2e-4);
          }
          if (!y) return;
          // <g, conv(x, w)> = <dx, x> = <dw, w>: the convolution is linear in each.
          x.grad = weight.grad = null;
          backward(y, { gradient });
          const dot = (p: ArrayLike<number>, q: ArrayLike<number>): number => Array.from(p).reduce((s, v, i) => s + v * (q[i] ?? NaN), 0);
          const expected = dot(await gradient.read(), ys);
          expectClose('<dx, x>', dot(await gradOf(x).read(), xs), expected, 0.5);
          expectClose('<dw, w>', dot(await gradOf(weight).read(), ws), expected, 0.5);
        },
      });
    },
  };
}

function gradOf(t: Tensor): Tensor {
  if (!t.grad) throw new Error('no gradient');
  return t.grad;
}

function apoCase(exponent: number): Case {
  const size = 10 ** exponent;
  return {
    name: `kernel/apo-step/1e${exponent}`,
    bytes: 40 * size,
    prepare(device) {
      const arena = new ParameterArena(device, [{ name: 'p', shape: [size], init: (d, shape, generator) => randn(d, shape, generator) }], new Generator(1));
      const apo = new APO(arena, ['a', 'b'], { lr: 0.1 });
      const gradient = randn(device, [size], new Generator(2));
      arena.zeroGrad();
      const p = arena.get('p');
      p.requiresGrad = true;
      if (p.grad) accumulate(p.grad, gradient);
      return Promise.resolve({
        run() {
          apo.step('a');
          device.submit();
        },
        async check() {
          apo.step('a');
          const { owned } = await apo.ownership();
          // |G| of a normal variable above mean + k std, with k = 0.5: erfc((sqrt(2 / pi) + 0.5 sqrt(1 - 2 / pi)) / sqrt 2).
          expectClose('share of selected parameters', owned[0] ?? NaN, 0.2716, 0.003);
        },
      });
    },
  };
}

/** MultiTaskCNN on MNIST's images. */
function cnnCase(options: Pick<TrainOptions, 'optimizer' | 'captured'> = {}): Case {
  return trainCase('multi-task-cnn', { ...options, batch: 64, input: [1, 28, 28], trunk: () => multiTaskCNN({ input: [1, 28, 28] }) });
}

/** A mixture of 8 experts of the size of MultiTaskCNN's fully connected layer, alone. Counted is the work of the experts that are chosen, forward and by weights. */
function expertsCase(dispatch: 'dense' | 'sparse', top: number, batch: number): Case {
  const [inputs, features] = [3136, 128];
  const layer = mixtureOfExperts({ experts: 8, top, dispatch })('moe', inputs, features);
  return trainCase(`experts-8-${top}-${dispatch}`, {
    batch, input: [inputs], lr: 0.01, tolerance: 1, trunk: () => ({ name: 'experts', layers: [layer], features, forward: (x, p, mode) => layer.forward(x, p, mode) }),
    flops: 2 * batch * top * inputs * features * 2,
  });
}

export const CASES: readonly Case[] = [
  cnnCase(), cnnCase({ optimizer: 'apo' }), cnnCase({ captured: true }), cnnCase({ optimizer: 'apo', captured: true }),
  trainCase('time-series-transformer', { batch: 64, input: [48, 76], trunk: () => timeSeriesTransformer(), tolerance: 0.5 }),
  trainCase('tinybert', { batch: 8, input: [128], vocabulary: 30_522, trunk: () => bert(), tolerance: 0.5, lr: 0.01 }),
  trainCase('crnn', { batch: 16, input: [1, 128, 64], trunk: () => crnn({ input: [1, 128, 64] }), onRequest: true }),
  trainCase('resnet-50', { batch: 4, input: [3, 224, 224], trunk: () => resNet({ depth: 50 }), tolerance: 1, lr: 0.001, onRequest: true }),
  ...[64, 256].flatMap((batch) => [4, 1].flatMap((top) => [expertsCase('dense', top, batch), expertsCase('sparse', top, batch)])),
  matmulCase(256), matmulCase(512), matmulCase(1024),
  convCase('forward'), convCase('backward'),
  apoCase(6), apoCase(7),
  overheadCase('eager'), overheadCase('replay'),
];
