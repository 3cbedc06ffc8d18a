/**
 * TensorFlow.js, webgpu backend, by its public operations. Its layouts are its own: channels last, convolutions `[kh, kw, in, out]`, matrices `[in, out]`;
 * arrays are turned on the host before the first and after the last step.
 */
import { createRequire } from 'node:module';
import { inverse, transposed } from './layout.ts';
import { modelsOf } from './tfjs-models.mjs';
import { arrayOf, joined } from './work.ts';
import { offerGPU } from './gpu.ts';

const NHWC = [0, 2, 3, 1];
const HWIO = [2, 3, 1, 0];
const SWAPPED = [1, 0];

/** @returns {Promise<import('./work.ts').Engine>} */
export async function start() {
  const { name } = await offerGPU();
  // tfjs takes WebGPU for a browser's alone.
  globalThis.window ??= {};
  const require = createRequire(import.meta.url);
  const tf = require('@tensorflow/tfjs');
  require('@tensorflow/tfjs-backend-webgpu');
  if (!await tf.setBackend('webgpu')) throw new Error('TensorFlow.js found no WebGPU');
  await tf.ready();
  return {
    version: tf.version.tfjs,
    adapter: name,
    prepare: (work) => Promise.resolve(work.parameters.length > 0 ? training(tf, work) : kernel(tf, work)),
  };
}

/** Hands over what is only recorded, as its own `getBufferData` does, and waits for the device, without reading anything back. */
async function finish(tf) {
  const backend = tf.backend();
  backend.ensureCommandEncoderReady();
  backend.endComputePassEncoder();
  backend.submitQueue();
  await backend.queue.onSubmittedWorkDone();
}

const tensorOf = (tf, { shape, data }) => tf.tensor(data, [...shape], data instanceof Int32Array ? 'int32' : 'float32');

function kernel(tf, work) {
  const { compute, order } = operation(tf, work);
  let result = null;
  return {
    step() {
      result?.dispose();
      result = compute();
    },
    finish: () => finish(tf),
    async read() {
      const data = await result.data();
      return transposed({ shape: result.shape, data }, inverse(order)).data;
    },
  };
}

function operation(tf, work) {
  if (work.kind === 'matmul') {
    const [a, b] = ['a', 'b'].map((name) => tensorOf(tf, arrayOf(work, name)));
    return { compute: () => tf.matMul(a, b), order: [0, 1] };
  }
  const make = (name, order) => tensorOf(tf, transposed(arrayOf(work, name), order));
  const [x, filter, dy] = [make('x', NHWC), make('weight', HWIO), make('gradient', NHWC)];
  const attributes = { strides: [1, 1], pad: 'same', dataFormat: 'NHWC', dimRoundingMode: undefined };
  if (work.kind === 'conv2d') return { compute: () => tf.conv2d(x, filter, 1, 'same'), order: NHWC };
  // Each gradient alone, without the forward pass that `tf.grads` would do again.
  if (work.kind === 'conv2d-input') return { compute: () => tf.engine().runKernel(tf.Conv2DBackpropInput, { dy, filter }, { ...attributes, inputShape: x.shape }), order: NHWC };
  return { compute: () => tf.engine().runKernel(tf.Conv2DBackpropFilter, { x, dy }, { ...attributes, filterShape: filter.shape }), order: HWIO };
}

/** How tfjs has a parameter: `view`, if another shape is transposed; `order`, of its axes; `shape`, what then results if not the transposed one. */
function layoutOf(work, name, shape) {
  if (name === 'fc.weight' && work.kind === 'multi-task-cnn') return { view: [shape[0], 64, 7, 7], order: [2, 3, 1, 0], shape: [shape[1], shape[0]] }; // flattened with the channels last
  if (shape.length === 4) return { view: shape, order: HWIO };
  if (shape.length === 2 && !name.includes('_embeddings.')) return { view: shape, order: SWAPPED };
  return { view: shape, order: shape.map((_, axis) => axis) };
}

function training(tf, work) {
  const layouts = new Map(work.parameters.map((name) => [name, layoutOf(work, name, arrayOf(work, name).shape)]));
  const variables = new Map(work.parameters.map((name) => {
    const { view, order, shape } = layouts.get(name);
    const laid = transposed({ shape: view, data: arrayOf(work, name).data }, order);
    return [name, tf.variable(tensorOf(tf, { shape: shape ?? laid.shape, data: laid.data }), true, name)];
  }));
  const image = arrayOf(work, 'x').shape.length === 4;
  const x = tensorOf(tf, image ? transposed(arrayOf(work, 'x'), NHWC) : arrayOf(work, 'x'));
  const labels = tf.oneHot(tensorOf(tf, arrayOf(work, 'y')), arrayOf(work, 'head.bias').shape[0]);
  const forward = modelsOf(tf)[work.kind];
  const p = (name) => variables.get(name);
  const optimizer = tf.train.sgd(work.lr);
  let loss = null;
  return {
    step() {
      loss?.dispose();
      loss = optimizer.minimize(() => tf.losses.softmaxCrossEntropy(labels, forward(x, p, work)), true, [...variables.values()]);
    },
    finish: () => finish(tf),
    async read() {
      const parts = [await loss.data()];
      for (const name of work.parameters) {
        const { view, order } = layouts.get(name);
        const data = await p(name).data();
        parts.push(transposed({ shape: order.map((axis) => view[axis]), data }, inverse(order)).data);
      }
      return joined(parts);
    },
  };
}
