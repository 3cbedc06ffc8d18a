/** lazygrad/models: architectures, the layers they are made of, and the shared trunk with heads. */
export { MultiTaskModel } from './multi-task-model.ts';
export type { HeadSpec, Trunk } from './multi-task-model.ts';
export { multiTaskCNN } from './multi-task-cnn.ts';
export type { MultiTaskCNNOptions } from './multi-task-cnn.ts';
export { mlp } from './mlp.ts';
export type { MLPOptions } from './mlp.ts';
export { MODELS, modelInfo } from './registry.ts';
export type { ModelInfo } from './registry.ts';
export { allZeros, kaimingUniform } from './init.ts';
export type { Layer, Parameters } from './layers/layer.ts';
export { linear } from './layers/linear.ts';
export { conv2d } from './layers/conv2d.ts';
