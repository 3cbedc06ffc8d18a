/** Attention as products and a softmax. */
import type { Call, Emitter, Emitters } from '../operand.ts';

/** The lowest score there is: beside it any other is infinitely more. A finite one, so that a query without keys has no NaN. */
const LOWEST = -3.4028234663852886e38;

/** Queries, keys and values, `[n, heads, l, d]` each. */
function operandsOf(call: Call): readonly string[] {
  if (!call.has('packed')) return [call.name(0), call.name(1), call.name(2)];
  const { graph } = call;
  const [, steps = 0, width = 0] = call.shape(0);
  const heads = call.number('packed');
  const divided = graph.value('Reshape', [call.name(0), graph.numbers([-1, steps, 3 * heads, width / 3 / heads])]);
  return graph.node('Split', [graph.value('Transpose', [divided], { perm: [0, 2, 1, 3] })], { axis: 1 }, 3);
}

/** Which keys a query may attend to, broadcasting to `[n, heads, lq, lk]`; null for all. */
function allowedOf(call: Call, queries: number, keys: number): string | null {
  const { graph } = call;
  const [mask, padding] = call.inputs.slice(-2);
  const all: string[] = [];
  if (mask) all.push(mask.name());
  if (padding) all.push(graph.value('Not', [graph.value('Unsqueeze', [padding.name(), graph.numbers([1, 2])])]));
  if (call.flag('causal')) all.push(graph.constant('bool', [queries, keys], Array.from({ length: queries * keys }, (_, i) => i % keys <= Math.floor(i / keys) ? 1 : 0), 'causal'));
  return all.length === 0 ? null : all.reduce((a, b) => graph.value('And', [a, b]));
}

const attention: Emitter = (call) => {
  const { graph } = call;
  const [query = '', key = '', value = ''] = operandsOf(call);
  const [queries = 0, keys = 0] = call.has('packed') ? [call.shape(0)[1], call.shape(0)[1]] : [call.shape(0)[2], call.shape(1)[2]];
  const product = graph.value('MatMul', [query, graph.value('Transpose', [key], { perm: [0, 1, 3, 2] })]);
  const scores = graph.value('Mul', [product, graph.scalar(call.number('scale'))]);
  const allowed = allowedOf(call, queries, keys);
  if (allowed === null) return graph.value('MatMul', [graph.value('Softmax', [scores], { axis: -1 }), value]);
  const shares = graph.value('Softmax', [graph.value('Where', [allowed, scores, graph.scalar(LOWEST)])], { axis: -1 });
  const padding = call.inputs.at(-1);
  // 0 times what padding holds would be NaN, if it is NaN or infinite.
  const values = padding ? graph.value('Where', [graph.value('Unsqueeze', [padding.name(), graph.numbers([1, 3])]), graph.scalar(0), value]) : value;
  return graph.value('MatMul', [graph.value('Where', [allowed, shares, graph.scalar(0)]), values]);
};

export const ATTENTION: Emitters = { multiHeadAttention: attention, scaledDotProductAttention: attention };
