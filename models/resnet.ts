/** ResNet, with the names and shapes of torchvision's state dicts (He et al., "Deep Residual Learning for Image Recognition", 2016). */
import { globalAveragePool2d, maxPool2d, relu, reshape } from '../engine/index.ts';
import { batchNorm2d } from './layers/batch-norm2d.ts';
import { denseRelu } from './layers/dense-relu.ts';
import type { DenseLayer, Layer } from './layers/layer.ts';
import { sequential } from './layers/layer.ts';
import { linear } from './layers/linear.ts';
import { basicBlock, bottleneck, imageConv } from './layers/residual.ts';
import type { Stage, Trunk } from './multi-task-model.ts';
import { inStages } from './stages.ts';

/** Which blocks there are, and how many at each of the resolutions. */
export interface ResNetPlan {
  readonly block: 'basic' | 'bottleneck';
  readonly counts: readonly number[];
}

export type ResNetDepth = 18 | 34 | 50 | 101;

export const RESNETS: Readonly<Record<ResNetDepth, ResNetPlan>> = {
  18: { block: 'basic', counts: [2, 2, 2, 2] },
  34: { block: 'basic', counts: [3, 4, 6, 3] },
  50: { block: 'bottleneck', counts: [3, 4, 6, 3] },
  101: { block: 'bottleneck', counts: [3, 4, 23, 3] },
};

export interface ResNetOptions {
  readonly depth: ResNetDepth | ResNetPlan;
  /** Channels of the images; default 3. */
  readonly channels?: number;
  /** Channels at the first resolution, doubled at each further one; default 64. */
  readonly width?: number;
  /** `image`: 7x7 at stride 2, then maxima at stride 2. `small`: 3x3 at stride 1, for images of 32 pixels or so. Default `image`. */
  readonly stem?: 'image' | 'small';
  /** Width of the shared representation; default 256. */
  readonly features?: number;
  /** What makes the shared representation from the pooled channels; default `linear`. */
  readonly dense?: DenseLayer;
}

/**
 * Images `[n, channels, h, w]` of any size. Blocks with bottlenecks have their stride in the 3x3 convolution, as torchvision's. After the pooling
 * over the whole image comes, as in the paper, one dense layer `fc` with relu (Thakur et al., AISTATS 2025).
 */
export function resNet({ depth, channels = 3, width = 64, stem = 'image', features = 256, dense = linear }: ResNetOptions): Trunk {
  const { block, counts }: ResNetPlan = typeof depth === 'number' ? RESNETS[depth] : depth;
  const [make, expansion] = block === 'basic' ? [basicBlock, 1] : [bottleneck, 4];
  const start = sequential(imageConv('conv1', channels, width, stem === 'image' ? 7 : 3, stem === 'image' ? 2 : 1), batchNorm2d('bn1', width));
  let last = width;
  const levels: Layer[] = counts.map((count, level) => sequential(...Array.from({ length: count }, (_, i) => {
    const inner = width * 2 ** level;
    const made = make(`layer${level + 1}.${i}`, last, inner, inner * expansion, level > 0 && i === 0 ? 2 : 1);
    last = inner * expansion;
    return made;
  })));
  const fc = denseRelu(dense, 'fc', last, features);
  const stages: Stage[] = [
    (x, p, mode) => {
      x = relu(start.forward(x, p, mode)); // [n, width, h, w], at half the size with the stem for images
      return stem === 'image' ? maxPool2d(x, 3, { stride: 2, padding: 1 }) : x; // [n, width, h / 4, w / 4]
    },
    ...levels.map((level): Stage => (x, p, mode) => level.forward(x, p, mode)), // [n, channels, h, w], the size halved at each level but the first
    (x, p, mode) => fc.forward(reshape(globalAveragePool2d(x), [x.shape[0] ?? 0, last]), p, mode), // [n, features]
  ];
  return {
    name: typeof depth === 'number' ? `resnet-${depth}` : `resnet-${block}-${counts.join('-')}`,
    layers: [start, ...levels, fc],
    features,
    stages,
    forward: inStages(stages),
  };
}
