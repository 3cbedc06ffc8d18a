/** Operators that find values by their places. What the engine picks lies in the middle of `[outer, size, inner]`. */
import type { Call, Emitter, Emitters } from '../operand.ts';
import { sizesOf } from '../sizes.ts';

/** Places as they lie in the result: one for each of its elements. */
function placesOf(call: Call, of: 'result' | 'operand'): string {
  const { graph } = call;
  const shapes = of === 'result' ? call.result.shapes : call.at(0).shapes;
  return graph.value('Reshape', [call.name(1), graph.shape(sizesOf(shapes), true)]);
}

/** `[outer, size, inner]` to `[outer, count, inner]`. */
const take: Emitter = (call) => {
  const { graph } = call;
  return call.flag('each')
    ? graph.value('GatherElements', [call.name(0), placesOf(call, 'result')], { axis: 1 })
    : graph.value('Gather', [call.name(0), graph.value('Reshape', [call.name(1), graph.numbers([-1])])], { axis: 1 });
};

/** `[outer, count, inner]` added up at its places among zeros, `[outer, size, inner]`. */
const put: Emitter = (call) => {
  const { graph } = call;
  if (!call.flag('each')) return call.refuse('whole rows are added up by index');
  const zeros = graph.value('Expand', [graph.scalar(0), graph.shape(call.sizes)]);
  return graph.value('ScatterElements', [zeros, placesOf(call, 'operand'), call.name(0)], { axis: 1, reduction: 'add' });
};

const pick: Emitter = (call) => call.text('role') === 'take' ? take(call) : put(call);

const topK: Emitter = (call) => call.graph.node('TopK', [call.name(0), call.graph.numbers([call.number('k')])], { axis: call.number('axis'), largest: call.flag('largest') ? 1 : 0, sorted: 1 }, 2);

export const INDEXING: Emitters = { embedding: pick, gather: pick, indexSelect: pick, scatterAdd: pick, topK };
