/** MultiTaskCNN: the small convolutional network of the paper's MNIST experiments (appendix F). */
import { maxPool2d, reshape } from '../engine/index.ts';
import { conv2d } from './layers/conv2d.ts';
import { denseRelu } from './layers/dense-relu.ts';
import type { DenseLayer } from './layers/layer.ts';
import { linear } from './layers/linear.ts';
import type { Stage, Trunk } from './multi-task-model.ts';
import { inStages } from './stages.ts';

export interface MultiTaskCNNOptions {
  /** Shape of one input, `[channels, height, width]`; height and width at least 4. */
  readonly input: readonly [number, number, number];
  /** Channels of the two convolutions; default 32 and 64. */
  readonly channels?: readonly [number, number];
  /** Width of the shared representation; default 128. */
  readonly features?: number;
  /** What makes the shared representation; default `linear`. */
  readonly dense?: DenseLayer;
}

export function multiTaskCNN({ input: [c, h, w], channels: [c1, c2] = [32, 64], features = 128, dense = linear }: MultiTaskCNNOptions): Trunk {
  const [h4, w4] = [h >> 2, w >> 2];
  const conv1 = conv2d('conv1', c, c1, 3, { padding: 1 });
  const conv2 = conv2d('conv2', c1, c2, 3, { padding: 1 });
  const fc = denseRelu(dense, 'fc', c2 * h4 * w4, features);
  const stages: Stage[] = [
    (x, p, mode) => maxPool2d(conv1.forward(x, p, mode), 2, { activation: 'relu' }), // [n, c1, h / 2, w / 2]
    (x, p, mode) => maxPool2d(conv2.forward(x, p, mode), 2, { activation: 'relu' }), // [n, c2, h / 4, w / 4]
    (x, p, mode) => fc.forward(reshape(x, [x.shape[0] ?? 0, c2 * h4 * w4]), p, mode), // [n, features]
  ];
  return {
    name: 'multi-task-cnn',
    layers: [conv1, conv2, fc],
    features,
    stages,
    forward: inStages(stages),
  };
}
