/** Operators element by element. */
import { Float } from '../schema.ts';
import type { Emitter, Emitters } from '../operand.ts';
import { unrepeated } from '../operand.ts';

const plain = (opType: string): Emitter => (call) => call.graph.value(opType, [call.name(0)]);

const binary = (opType: string): Emitter => (call) => call.graph.value(opType, unrepeated([call.at(0), call.at(1)], call.result));

/** `scale x + shift`. */
const affine: Emitter = (call) => {
  const { graph } = call;
  const [scale, shift] = [call.number('a'), call.number('b')];
  const scaled = scale === 1 ? call.name(0) : scale === -1 && shift === 0 ? graph.value('Neg', [call.name(0)]) : graph.value('Mul', [call.name(0), graph.scalar(scale)]);
  return shift === 0 ? scaled : graph.value('Add', [scaled, graph.scalar(shift)]);
};

const clamp: Emitter = (call) => {
  const bound = (value: number): string => Number.isFinite(value) ? call.graph.scalar(value) : '';
  const inputs = [call.name(0), bound(call.number('a')), bound(call.number('b'))];
  return call.graph.value('Clip', inputs.slice(0, 1 + inputs.slice(1).findLastIndex((name) => name !== '') + 1));
};

/** A comparison of two tensors, or of one with a number. */
const compare = (opType: string): Emitter => (call) => {
  const { graph } = call;
  const a = call.at(0);
  if (!call.has('number')) {
    const b = call.at(1);
    // x = x: it is no NaN.
    if (opType === 'Equal' && a.dtype === 'float32' && a.name() === b.name()) return graph.value('Not', [graph.value('IsNaN', [a.name()])]);
    return graph.value(opType, unrepeated([a, b], call.result));
  }
  if (a.dtype === 'bool') return call.refuse('a truth value is compared with a number');
  const number = a.dtype === 'float32' ? graph.scalar(call.number('number')) : graph.constant('int64', [], [call.number('number')]);
  return graph.value(opType, call.flag('swapped') ? [number, a.name()] : [a.name(), number]);
};

const where: Emitter = (call) => {
  const { graph } = call;
  const condition = call.inputs.at(-1);
  if (!condition) return call.refuse('it has no condition');
  const tensors = call.inputs.slice(0, -1).filter((operand) => operand !== null);
  const number = (attribute: string): string => call.result.dtype === 'float32' ? graph.scalar(call.number(attribute)) : graph.constant('int64', [], [call.number(attribute)]);
  const [choice = '', ...chosen] = unrepeated([condition, ...tensors], call.result);
  const next = (attribute: string): string => call.has(attribute) ? number(attribute) : chosen.shift() ?? '';
  return graph.value('Where', [choice, next('a'), next('b')]);
};

const TYPES = { float32: 1, int32: 7, uint32: 7, bool: 9 } as const;

const cast: Emitter = (call) => {
  const { dtype } = call.result;
  if (dtype === 'float16') return call.refuse('its result is of float16');
  const from = call.at(0).dtype;
  // Whole numbers are all of 64 bits.
  return from !== 'float16' && TYPES[from] === TYPES[dtype] ? call.name(0) : call.graph.value('Cast', [call.name(0)], { to: TYPES[dtype] });
};

/** `x (1 + erf(x / sqrt 2)) / 2`. */
const gelu: Emitter = (call) => {
  const { graph } = call;
  const erf = graph.value('Erf', [graph.value('Mul', [call.name(0), graph.scalar(Math.SQRT1_2)])]);
  return graph.value('Mul', [call.name(0), graph.value('Mul', [graph.value('Add', [erf, graph.scalar(1)]), graph.scalar(0.5)])]);
};

export const ELEMENTWISE: Emitters = {
  affine, clamp, where, cast,
  relu: plain('Relu'), exp: plain('Exp'), log: plain('Log'), sqrt: plain('Sqrt'), reciprocal: plain('Reciprocal'), abs: plain('Abs'), sign: plain('Sign'),
  sin: plain('Sin'), cos: plain('Cos'), tanh: plain('Tanh'), sigmoid: plain('Sigmoid'), softplus: plain('Softplus'), logicalNot: plain('Not'),
  expm1: (call) => call.graph.value('Sub', [call.graph.value('Exp', [call.name(0)]), call.graph.scalar(1)]),
  log1p: (call) => call.graph.value('Log', [call.graph.value('Add', [call.name(0), call.graph.scalar(1)])]),
  rsqrt: (call) => call.graph.value('Reciprocal', [call.graph.value('Sqrt', [call.name(0)])]),
  gelu,
  leakyRelu: (call) => call.graph.value('LeakyRelu', [call.name(0)], { alpha: new Float(call.number('a')) }),
  add: binary('Add'), sub: binary('Sub'), mul: binary('Mul'), div: binary('Div'), minimum: binary('Min'), maximum: binary('Max'),
  pow: (call) => call.inputs.length === 1 ? call.graph.value('Pow', [call.name(0), call.graph.scalar(call.number('a'))]) : binary('Pow')(call),
  eq: compare('Equal'), lt: compare('Less'), le: compare('LessOrEqual'),
  logicalAnd: binary('And'), logicalOr: binary('Or'), logicalXor: binary('Xor'),
};
