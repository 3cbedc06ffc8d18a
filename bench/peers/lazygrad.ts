/** lazygrad's side: its models as they are, a step captured and replayed as the trainer does it, or eager. */
import { readFileSync } from 'node:fs';
import { Device, SGD, backward, conv2d, crossEntropy, grad, matmul, noGrad, permute, tensor } from 'lazygrad';
import type { Tensor } from 'lazygrad';
import { MultiTaskModel, bert, crnn, multiTaskCNN, timeSeriesTransformer } from 'lazygrad/models';
import type { Trunk } from 'lazygrad/models';
import { inverse, transposed } from './layout.ts';
import { arrayOf, joined } from './work.ts';
import type { Engine, Prepared, Work } from './work.ts';

/** How images lie between layers. */
const NHWC = [0, 2, 3, 1];

export async function start(captured: boolean): Promise<Engine> {
  const device = await Device.create();
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string };
  return {
    version,
    adapter: device.adapter.name,
    prepare: (work) => Promise.resolve(work.parameters.length > 0 ? training(device, work, captured) : kernel(device, work, captured)),
  };
}

/** Runs `record` each time, or captures it at first. */
function runner(device: Device, record: () => void, captured: boolean): Pick<Prepared, 'step' | 'finish'> {
  let replay: (() => void) | null = null;
  const step = (): void => {
    if (captured) {
      if (!replay) {
        const captive = device.capture(record);
        replay = () => captive.replay();
      }
      replay();
    } else {
      using _scope = device.scope();
      record();
    }
    device.submit();
  };
  return { step, finish: () => device.finish() };
}

function kernel(device: Device, work: Work, captured: boolean): Prepared {
  const make = (name: string, order?: readonly number[]): Tensor => {
    const { shape, data } = arrayOf(work, name);
    if (!order) return tensor(device, data, shape);
    const laid = transposed({ shape, data: data as Float32Array }, order);
    return permute(tensor(device, laid.data, laid.shape), inverse(order));
  };
  const compute = operation(work, make);
  let result: Tensor | null = null;
  const record = (): void => {
    result?.dispose();
    result = noGrad(compute).keep();
  };
  return {
    ...runner(device, record, captured),
    async read() {
      if (!result) throw new Error('no step yet');
      return await result.read() as Float32Array;
    },
  };
}

function operation({ kind }: Work, make: (name: string, order?: readonly number[]) => Tensor): () => Tensor {
  if (kind === 'matmul') {
    const [a, b] = [make('a'), make('b')];
    return () => matmul(a, b);
  }
  const [x, weight, gradient] = [make('x', NHWC), make('weight'), make('gradient', NHWC)];
  const forward = (): Tensor => conv2d(x, weight, null, { padding: 1 });
  if (kind === 'conv2d') return forward;
  const of = kind === 'conv2d-input' ? x : weight;
  of.requiresGrad = true;
  const y = forward();
  return () => {
    const [found] = grad(y, [of], { gradient });
    if (!found) throw new Error('no gradient');
    return found;
  };
}

function trunkOf({ kind, heads, layers, arrays }: Work): Trunk {
  const [, a = 0, b = 0, c = 0] = arrays.get('x')?.shape ?? [];
  if (kind === 'multi-task-cnn') return multiTaskCNN({ input: [a, b, c] });
  if (kind === 'crnn') return crnn({ input: [a, b, c], dropout: 0 });
  if (kind === 'time-series-transformer') return timeSeriesTransformer({ channels: b, heads, layers, dropout: 0 });
  const [vocabulary = 0] = arrays.get('embeddings.word_embeddings.weight')?.shape ?? [];
  return bert({ vocabulary, positions: a, heads, layers, dropout: 0 });
}

const TASK = 'a';
const stored = (name: string): string => name.startsWith('head.') ? `head.${TASK}.${name}` : `shared.${name}`;

function training(device: Device, work: Work, captured: boolean): Prepared {
  const model = new MultiTaskModel(device, trunkOf(work), [{ name: TASK, outputs: arrayOf(work, 'head.bias').data.length }], 0);
  model.loadStateDict(new Map(work.parameters.map((name) => {
    const { shape, data } = arrayOf(work, name);
    return [stored(name), { shape, data: data as Float32Array }];
  })));
  const [x, y] = ['x', 'y'].map((name) => tensor(device, arrayOf(work, name).data, arrayOf(work, name).shape));
  const head = model.heads.get(TASK);
  if (!x || !y || !head) throw new Error('no input');
  const optimizers = [new SGD(model.shared, { lr: work.lr }), new SGD(head, { lr: work.lr })];
  let loss: Tensor | null = null;
  const step = (): void => {
    model.zeroGrad();
    loss?.dispose();
    loss = crossEntropy(model.forward(x, TASK), y).keep();
    backward(loss);
    for (const optimizer of optimizers) optimizer.step();
  };
  return {
    ...runner(device, step, captured),
    async read() {
      if (!loss) throw new Error('no step yet');
      const state = await model.stateDict();
      return joined([[await loss.item()], ...work.parameters.map((name) => state.get(stored(name))?.data ?? [])]);
    },
  };
}
