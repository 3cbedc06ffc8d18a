/** Operators that arrange values anew, and that reduce axes. */
import type { Emitter, Emitters } from '../operand.ts';

const reshape: Emitter = (call) => {
  const [from, to] = [call.at(0).shapes, call.result.shapes];
  if (from.every((shape, i) => shape.join() === to[i]?.join())) return call.name(0);
  return call.graph.value('Reshape', [call.name(0), call.graph.shape(call.sizes, true)]);
};

/** The most that an end behind the first place can be before it. */
const BEFORE_ALL = -(2 ** 31);

const slice: Emitter = (call) => {
  const places = call.list('places') as readonly Readonly<Record<'axis' | 'start' | 'step' | 'count', number>>[];
  if (places.length === 0) return call.name(0);
  const ends = places.map(({ start, step, count }) => start + step * count).map((end) => end < 0 ? BEFORE_ALL : end);
  const numbers = [places.map(({ start }) => start), ends, places.map(({ axis }) => axis), places.map(({ step }) => step)];
  return call.graph.value('Slice', [call.name(0), ...numbers.map((values) => call.graph.numbers(values))]);
};

const pad: Emitter = (call) => {
  const pads = call.list('pads') as readonly (readonly [number, number])[];
  const { graph } = call;
  if (call.at(0).dtype === 'bool') return call.refuse('its values are truth values');
  const value = call.at(0).dtype === 'float32' ? graph.scalar(call.number('value')) : graph.constant('int64', [], [call.number('value')]);
  return graph.value('Pad', [call.name(0), graph.numbers([...pads.map(([before]) => before), ...pads.map(([, after]) => after)]), value]);
};

/** @param asInput whether the axes are an input of the operator, and not an attribute */
const reduce = (opType: string, asInput = false): Emitter => (call) => {
  const axes = call.numbers('axes');
  if (axes.length === 0) return call.name(0);
  const keepdims = call.result.shapes[0].length === call.shape(0).length ? 1 : 0;
  return asInput ? call.graph.value(opType, [call.name(0), call.graph.numbers(axes)], { keepdims }) : call.graph.value(opType, [call.name(0)], { axes, keepdims });
};

/** `scale` times the mean squared distance from the mean. */
const variance: Emitter = (call) => {
  const { graph } = call;
  const axes = call.numbers('axes');
  if (axes.length === 0) return call.refuse('it is that of single values');
  const centred = graph.value('Sub', [call.name(0), graph.value('ReduceMean', [call.name(0)], { axes, keepdims: 1 })]);
  const keepdims = call.result.shapes[0].length === call.shape(0).length ? 1 : 0;
  const mean = graph.value('ReduceMean', [graph.value('Mul', [centred, centred])], { axes, keepdims });
  return graph.value('Mul', [mean, graph.scalar(call.number('scale'))]);
};

const along = (opType: string): Emitter => (call) => call.graph.value(opType, [call.name(0)], { axis: call.number('axis') });

export const ARRANGING: Emitters = {
  reshape, slice, pad, unsqueeze: reshape, squeeze: reshape,
  permute: (call) => call.graph.value('Transpose', [call.name(0)], { perm: call.numbers('order') }),
  expand: (call) => call.graph.value('Expand', [call.name(0), call.graph.shape(call.sizes)]),
  concat: (call) => call.graph.value('Concat', call.inputs.map((_, i) => call.name(i)), { axis: call.number('axis') }),
  sum: reduce('ReduceSum', true), mean: reduce('ReduceMean'), max: reduce('ReduceMax'), min: reduce('ReduceMin'), variance,
  softmax: along('Softmax'), logSoftmax: along('LogSoftmax'),
  cumsum: (call) => call.graph.value('CumSum', [call.name(0), call.graph.constant('int64', [], [call.number('axis')])]),
};
