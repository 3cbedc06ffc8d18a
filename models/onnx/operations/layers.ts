/** Operators with weights: products, convolutions, pooling, normalisation. */
import { Float } from '../schema.ts';
import type { Call, Emitter, Emitters, Operand } from '../operand.ts';

const ACTIVATIONS: Readonly<Record<string, string>> = { relu: 'Relu', tanh: 'Tanh', sigmoid: 'Sigmoid' };

function activated(call: Call, value: string): string {
  if (!call.has('activation')) return value;
  const activation = call.text('activation');
  const opType = ACTIVATIONS[activation] ?? call.refuse(`its activation is ${activation}`);
  return call.graph.value(opType, [value]);
}

/** A matrix the other way round: done at once where it is a constant. */
function transposed(call: Call, matrix: Operand): string {
  const { values, shapes: [[rows = 0, columns = 0]] } = matrix;
  if (!values) return call.graph.value('Transpose', [matrix.name()], { perm: [1, 0] });
  return call.graph.constant('float32', [columns, rows], Float32Array.from(values, (_, i) => values[(i % rows) * columns + Math.floor(i / rows)] ?? NaN), 'transposed');
}

const linear: Emitter = (call) => {
  const { graph } = call;
  const biased = call.inputs.length > 2;
  if (call.shape(0).length === 2) return activated(call, graph.value('Gemm', call.inputs.map((_, i) => call.name(i)), { transB: 1 }));
  const product = graph.value('MatMul', [call.name(0), transposed(call, call.at(1))]);
  return activated(call, biased ? graph.value('Add', [product, call.name(2)]) : product);
};

const conv2d: Emitter = (call) => activated(call, call.graph.value('Conv', call.inputs.map((_, i) => call.name(i)), {
  kernel_shape: call.shape(1).slice(2), strides: call.numbers('stride'), dilations: call.numbers('dilation'),
  pads: [...call.numbers('before'), ...call.numbers('after')], group: call.number('groups'),
}));

/** What lies behind the image follows from the result, whether it was rounded up or down. */
const maxPool2d: Emitter = (call) => {
  const [extent, strides, before, dilations] = [call.numbers('extent'), call.numbers('stride'), call.numbers('pad'), call.numbers('dilation')];
  const image = call.shape(0).slice(2);
  const out = call.result.shapes[0].slice(2);
  const after = image.map((size, d) => Math.max(0, ((out[d] ?? 1) - 1) * (strides[d] ?? 1) + (extent[d] ?? 1) - size - (before[d] ?? 0)));
  const kernel = extent.map((reach, d) => (reach - 1) / (dilations[d] ?? 1) + 1);
  return activated(call, call.graph.value('MaxPool', [call.name(0)], { kernel_shape: kernel, strides, dilations, pads: [...before, ...after] }));
};

/** The operand's name, or that of a constant in its place. */
function orElse(call: Call, i: number, value: number, size: number): string {
  return call.inputs[i] ? call.name(i) : call.graph.constant('float32', [size], new Float32Array(size).fill(value));
}

const batchNorm: Emitter = (call) => {
  const channels = call.shape(0)[1] ?? 0;
  if (call.inputs.length < 5) return call.refuse('it normalises by the statistics of the batch');
  return call.graph.value('BatchNormalization', [call.name(0), orElse(call, 1, 1, channels), orElse(call, 2, 0, channels), call.name(3), call.name(4)], { epsilon: new Float(call.number('eps')) });
};

const layerNorm: Emitter = (call) => {
  const axis = call.number('axis');
  const sizes = call.shape(0).slice(axis);
  const weight = call.inputs[1] ? call.name(1) : call.graph.constant('float32', sizes, new Float32Array(sizes.reduce((a, b) => a * b, 1)).fill(1));
  return call.graph.value('LayerNormalization', [call.name(0), weight, ...call.inputs[2] ? [call.name(2)] : []], { axis, epsilon: new Float(call.number('eps')) });
};

/** Every group's product with every row, and of these the chosen ones. */
const groupedLinear: Emitter = (call) => {
  const { graph } = call;
  const [groups = 0, out = 0, width = 0] = call.shape(1);
  const each = call.shape(2)[1] ?? 0;
  const rows = graph.value('Reshape', [call.name(1), graph.numbers([groups * out, width])]);
  const all = graph.value('Reshape', [graph.value('Gemm', [call.name(0), rows], { transB: 1 }), graph.numbers([-1, groups, out])]); // [n, groups, out]
  const index = graph.value('Reshape', [call.name(2), graph.numbers([-1, each, 1])]);
  return graph.value('GatherElements', [all, graph.value('Expand', [index, graph.numbers([1, 1, out])])], { axis: 1 });
};

export const LAYERS: Emitters = {
  linear, conv2d, maxPool2d, batchNorm, layerNorm, groupedLinear,
  matmul: (call) => call.graph.value('MatMul', [call.name(0), call.name(1)]),
};
