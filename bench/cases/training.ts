/** Whole training steps of every model. */
import { bert, crnn, mixtureOfExperts, multiTaskCNN, resNet, timeSeriesTransformer } from 'lazygrad/models';
import type { Case, Size } from '../case.ts';
import { trainCase } from './train-case.ts';
import type { TrainOptions } from './train-case.ts';

/** MultiTaskCNN on MNIST's images. */
function cnnCase(batch: number, options: Pick<TrainOptions, 'optimizer' | 'captured'> = {}): Case {
  return trainCase('multi-task-cnn', { ...options, batch, input: [1, 28, 28], trunk: () => multiTaskCNN({ input: [1, 28, 28] }) });
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

const transformer = (batch: number, captured = false): Case => trainCase('time-series-transformer', { batch, captured, input: [48, 76], trunk: () => timeSeriesTransformer(), tolerance: 0.5 });
const tinyBert = (batch: number, captured = false): Case => trainCase('tinybert', { batch, captured, input: [128], vocabulary: 30_522, trunk: () => bert(), tolerance: 0.5, lr: 0.01 });
const paperCrnn = (batch: number, onRequest: boolean, captured = false): Case => trainCase('crnn', { batch, captured, input: [1, 128, 64], trunk: () => crnn({ input: [1, 128, 64] }), onRequest });
const resNet50 = (batch: number, onRequest: boolean, captured = false): Case => trainCase('resnet-50', { batch, captured, input: [3, 224, 224], trunk: () => resNet({ depth: 50 }), tolerance: 1, lr: 0.001, onRequest });

/** The same architectures, narrower and on smaller inputs: for adapters on which the models' own sizes take seconds. */
const narrowCrnn = (batch: number): Case => trainCase('crnn-narrow', { batch, input: [1, 32, 32], trunk: () => crnn({ input: [1, 32, 32], channels: [8, 16, 32, 64] }), tolerance: 0.5 });
const narrowResNet = (batch: number): Case => trainCase('resnet-50-narrow', { batch, input: [3, 64, 64], trunk: () => resNet({ depth: 50, width: 16 }), tolerance: 1, lr: 0.001 });

/** A moment's work on any adapter. */
function smallCases(): readonly Case[] {
  return [
    trainCase('multi-task-cnn', { batch: 4, input: [1, 12, 12], trunk: () => multiTaskCNN({ input: [1, 12, 12], channels: [4, 8], features: 16 }), tolerance: 0.5 }),
    trainCase('multi-task-cnn', { batch: 4, captured: true, optimizer: 'apo', input: [1, 12, 12], trunk: () => multiTaskCNN({ input: [1, 12, 12], channels: [4, 8], features: 16 }), tolerance: 0.5 }),
  ];
}

export function trainingCases(size: Size): readonly Case[] {
  if (size === 'small') return smallCases();
  if (size === 'gpu') {
    return [
      ...[64, 256].flatMap((batch) => [cnnCase(batch), cnnCase(batch, { captured: true }), cnnCase(batch, { optimizer: 'apo', captured: true })]),
      transformer(256, true), tinyBert(32, true), paperCrnn(16, false, true), resNet50(4, false), resNet50(4, false, true),
    ];
  }
  return [
    cnnCase(64), cnnCase(64, { optimizer: 'apo' }), cnnCase(64, { captured: true }), cnnCase(64, { optimizer: 'apo', captured: true }),
    transformer(64), tinyBert(8), narrowCrnn(8), narrowResNet(4), paperCrnn(16, true), resNet50(4, true),
    ...[64, 256].flatMap((batch) => [4, 1].flatMap((top) => [expertsCase('dense', top, batch), expertsCase('sparse', top, batch)])),
  ];
}
