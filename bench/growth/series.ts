/** What is made larger, and how: each series prepares one step of each of its sizes. */
import { APO } from 'lazygrad/apo';
import { Generator, ParameterArena, SGD, backward, crossEntropy, grad, rand, randn, scaledDotProductAttention, tensor } from 'lazygrad';
import type { Device } from 'lazygrad';
import { MultiTaskModel, multiTaskCNN } from 'lazygrad/models';
import { leaves, uniform } from '../op-case.ts';

export interface Series {
  readonly name: string;
  readonly sizes: readonly number[];
  /** Gives a step, which submits and leaves nothing behind. */
  readonly prepare: (device: Device, size: number) => () => void;
}

/** A training step of MultiTaskCNN on images of 28 x 28. */
function cnnStep(device: Device, batch: number, width: number): () => void {
  const model = new MultiTaskModel(device, multiTaskCNN({ input: [1, 28, 28], channels: [width, 2 * width], features: 4 * width }), [{ name: 'a', outputs: 10 }], 0);
  const x = rand(device, [batch, 1, 28, 28], new Generator(1));
  const y = tensor(device, Int32Array.from({ length: batch }, (_, i) => i % 10));
  const optimizers = [model.shared, ...model.heads.values()].map((arena) => new SGD(arena, { lr: 0.01 }));
  return () => {
    using _scope = device.scope();
    model.zeroGrad();
    backward(crossEntropy(model.forward(x, 'a'), y));
    for (const optimizer of optimizers) optimizer.step();
    device.submit();
  };
}

/** A step of APO over tensors of one length, with gradients that are there. */
function apoStep(device: Device, { tasks, tensors, length }: { readonly tasks: number; readonly tensors: number; readonly length: number }): () => void {
  const specs = Array.from({ length: tensors }, (_, i) => ({ name: `p${i}`, shape: [length], init: (d: Device, shape: readonly number[], generator: Generator) => randn(d, shape, generator) }));
  const arena = new ParameterArena(device, specs, new Generator(1));
  const names = Array.from({ length: tasks }, (_, i) => `t${i}`);
  const apo = new APO(arena, names, { lr: 0.1 });
  const gradient = randn(device, [arena.capacity], new Generator(2));
  device.copy({ storage: gradient.storage, offset: 0, size: 4 * arena.capacity }, { storage: arena.gradients.storage, offset: 0, size: 4 * arena.capacity });
  let steps = 0;
  return () => {
    // Every task in its turn, so that each one's memory is there.
    apo.step(names[steps++ % tasks] ?? '');
    device.submit();
  };
}

/** The derivative of an attention of 4 heads of 32, by all three. */
function attentionStep(device: Device, length: number): () => void {
  const shape = [1, 4, length, 32];
  const [q, k, v, g] = [1, 2, 3, 4].map((seed) => uniform(device, shape, seed)) as [ReturnType<typeof uniform>, ReturnType<typeof uniform>, ReturnType<typeof uniform>, ReturnType<typeof uniform>];
  leaves(q, k, v);
  return () => {
    using _scope = device.scope();
    grad(scaledDotProductAttention(q, k, v), [q, k, v], { gradient: g });
    device.submit();
  };
}

const MILLION = 2 ** 20;

export const SERIES: readonly Series[] = [
  { name: 'batch of a training step', sizes: [16, 32, 64, 128], prepare: (device, batch) => cnnStep(device, batch, 16) },
  { name: 'width of a training step', sizes: [8, 16, 32, 64], prepare: (device, width) => cnnStep(device, 16, width) },
  { name: 'tasks of an APO step', sizes: [1, 4, 16, 64], prepare: (device, tasks) => apoStep(device, { tasks, tensors: 8, length: MILLION / 8 }) },
  { name: 'tensors of an APO step, of as many parameters in all', sizes: [1, 16, 256, 1024], prepare: (device, tensors) => apoStep(device, { tasks: 3, tensors, length: MILLION / tensors }) },
  { name: 'parameters of an APO step', sizes: [2 ** 18, 2 ** 20, 2 ** 22], prepare: (device, length) => apoStep(device, { tasks: 3, tensors: 1, length }) },
  { name: 'sequence of attention, there and back', sizes: [128, 256, 512, 1024], prepare: attentionStep },
];
