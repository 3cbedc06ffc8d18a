/** A trained model as a graph of ONNX's operators, for the runtimes that read it. */
import { ConfigError, DTypeError, sameShape } from '../../engine/index.ts';
import type { DType, Shape } from '../../engine/index.ts';
import type { MultiTaskModel } from '../multi-task-model.ts';
import { Graph } from './graph.ts';
import { Call } from './operand.ts';
import type { Emitters, Operand } from './operand.ts';
import { ARRANGING } from './operations/arranging.ts';
import { ATTENTION } from './operations/attention.ts';
import { ELEMENTWISE } from './operations/elementwise.ts';
import { INDEXING } from './operations/indexing.ts';
import { LAYERS } from './operations/layers.ts';
import { RECURRENT } from './operations/recurrent.ts';
import { ELEMENT, modelType } from './schema.ts';
import type { ElementType, ModelProto, ValueInfoProto } from './schema.ts';
import { sizesOf } from './sizes.ts';
import type { Sizes } from './sizes.ts';
import { traceOf } from './trace.ts';
import type { Constant, Described, Source, Trace } from './trace.ts';

export interface OnnxOptions {
  /** Shape of one input, without the batch: of all tasks, or by task. */
  readonly inputs: Shape | ReadonlyMap<string, Shape>;
  /** Which tasks have outputs; default all. */
  readonly tasks?: readonly string[];
  /** Whether there are outputs `probabilities.TASK` besides, for tasks of classes and labels; default false. */
  readonly probabilities?: boolean;
  /** Facts for whoever opens the file, beside the model's name and its tasks. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Of the program that writes; default none. */
  readonly version?: string;
}

/** What the graph is written in: ONNX 1.12, which runtimes since 2022 read. */
const OPSET = 17;
const IR_VERSION = 8;
const DIMENSION = 'batch';

const EMITTERS: ReadonlyMap<string, Emitters[string]> = new Map(Object.entries({ ...ELEMENTWISE, ...ARRANGING, ...LAYERS, ...INDEXING, ...ATTENTION, ...RECURRENT }));

function elementOf(dtype: DType): ElementType {
  if (dtype === 'float16') throw new DTypeError('exportOnnx: expected float32, got float16');
  return dtype === 'float32' || dtype === 'bool' ? dtype : 'int64';
}

/** An input of which nothing but whole numbers is used is one of whole numbers: tokens, which data sets carry as float32. */
function isWhole({ steps, output }: Trace): boolean {
  const users = steps.filter(({ inputs }) => inputs.some((source) => source?.from === 'input'));
  return output.from !== 'input' && users.length > 0 && users.every(({ operation, outputs }) => operation === 'cast' && outputs[0]?.dtype === 'int32');
}

function heldOperand(graph: Graph, { dtype, shapes, once, values, name }: Constant): Operand {
  const type = elementOf(dtype);
  const isFixed = ({ shapes: [a, b] }: Described): boolean => sameShape(a, b);
  // One value everywhere, as often as there are inputs.
  if (!isFixed(once)) return { dtype, shapes, name: () => graph.value('Expand', [graph.constant(type, [], values.slice(0, 1)), graph.shape(sizesOf(shapes))]) };
  const kept: Operand = { ...once, values, name: () => graph.constant(type, once.shapes[0], values, name ?? undefined) };
  return sameShape(once.shapes[0], shapes[0]) ? kept : { dtype, shapes, repeated: kept, name: () => graph.value('Expand', [kept.name(), graph.shape(sizesOf(shapes))]) };
}

/** Puts all that a task computes into the graph. Returns the name of the result. */
function build(graph: Graph, task: string, { input, steps, constants, output }: Trace, inputName: string, whole: boolean): string {
  const made: Operand[][] = [];
  const given: Operand = { ...input, dtype: whole ? 'int32' : input.dtype, name: () => inputName };
  const held = constants.map((constant) => heldOperand(graph, constant));
  const find = (source: Source): Operand => {
    const found = source.from === 'input' ? given : source.from === 'constant' ? held[source.constant] : made[source.step]?.[source.output];
    if (!found) throw new ConfigError(`internal: exportOnnx: no operand for ${JSON.stringify(source)}`);
    return found;
  };
  for (const { operation, attributes, inputs, outputs } of steps) {
    const emit = EMITTERS.get(operation);
    const call = new Call(graph, operation, attributes, inputs.map((source) => source && find(source)), outputs);
    if (!emit) throw new ConfigError(`exportOnnx: task ${task}: there is no ONNX for the operation ${operation}; export the weights as safetensors instead`);
    if (operation === 'expand') {
      made.push([{ ...call.result, name: () => String(emit(call)), repeated: call.at(0).repeated ?? call.at(0) }]);
      continue;
    }
    const names = [emit(call)].flat();
    made.push(outputs.map((described, i): Operand => ({ ...described, name: () => names[i] ?? call.refuse(`its result ${i} is used`) })));
  }
  return find(output).name();
}

function valueInfo(name: string, type: ElementType, sizes: Sizes): ValueInfoProto {
  return { name, type: { tensorType: { elemType: ELEMENT[type], shape: { dim: sizes.map((size) => typeof size === 'number' ? { dimValue: size } : { dimParam: DIMENSION }) } } } };
}

/**
 * A model for inference, as ONNX (opset 17, no operators but the standard's). Input: `input`, float32 `[batch, ...]`, or int64 where the model takes
 * token numbers; where tasks have adapters, or inputs of different shapes, each has its own, `input.TASK`. Outputs: `logits.TASK`, `[batch, outputs]`. The
 * batch may have any size; all other sizes are those of `inputs`. What tasks compute in common is there once. The forward pass is traced as the engine does
 * it, in evaluation mode, so that running statistics are used and dropout is not; what follows from parameters alone is computed beforehand.
 * @throws ConfigError for unknown tasks, for inputs that are not said, and for what has no ONNX; LimitError beyond 2 GiB
 * @example await writeFile('model.onnx', await exportOnnx(model, { inputs: [1, 28, 28] }))
 */
export async function exportOnnx(model: MultiTaskModel, { inputs, tasks = [...model.tasks.keys()], probabilities = false, metadata = {}, version = '' }: OnnxOptions): Promise<Uint8Array> {
  if (tasks.length === 0) throw new ConfigError('exportOnnx: expected at least one task');
  const wanted = tasks.map((name) => {
    const head = model.tasks.get(name);
    if (!head) throw new ConfigError(`exportOnnx: the model has no task ${name}; there are: ${[...model.tasks.keys()].join(', ')}`);
    const shape = 'get' in inputs ? inputs.get(name) : inputs;
    if (!shape) throw new ConfigError(`exportOnnx: the shape of an input of task ${name} is not said`);
    return { head, shape };
  });
  const apart = wanted.some(({ head, shape }) => head.adapter !== undefined || shape.join() !== wanted[0]?.shape.join());
  const nameOf = (task: string): string => apart ? `input.${task}` : 'input';
  const graph = new Graph([...new Set(tasks.map(nameOf))]);
  const [ins, outs] = [new Map<string, ValueInfoProto>(), new Map<string, ValueInfoProto>()];
  const { training } = model;
  model.eval();
  try {
    for (const { head: { name, kind }, shape } of wanted) {
      const trace = await traceOf(model, name, shape, 'float32');
      const whole = isWhole(trace);
      const result = build(graph, name, trace, nameOf(name), whole);
      ins.set(nameOf(name), valueInfo(nameOf(name), whole ? 'int64' : 'float32', sizesOf(trace.input.shapes)));
      const sizes = sizesOf(describedOf(trace).shapes);
      const put = (output: string, value: string): void => {
        graph.output(output, value);
        outs.set(output, valueInfo(output, 'float32', sizes));
      };
      put(`logits.${name}`, result);
      if (probabilities && kind !== 'regression') put(`probabilities.${name}`, kind === 'multiclass' ? graph.value('Softmax', [result], { axis: -1 }) : graph.value('Sigmoid', [result]));
    }
  } finally {
    model.train(training);
  }
  const facts = { model: model.name, tasks: JSON.stringify(wanted.map(({ head: { name, kind, outputs }, shape }) => ({ name, kind, outputs, input: nameOf(name), shape }))), ...metadata };
  const proto: ModelProto = {
    irVersion: IR_VERSION, opsetImport: [{ domain: '', version: OPSET }], producerName: 'lazygrad', producerVersion: version,
    metadataProps: Object.entries(facts).map(([key, value]) => ({ key, value })),
    graph: { name: model.name, node: graph.nodes, initializer: graph.initializers, input: [...ins.values()], output: [...outs.values()] },
  };
  const type = await modelType();
  return type.encode(type.fromObject(proto)).finish();
}

/** The result. */
function describedOf({ steps, constants, input, output }: Trace): Described {
  if (output.from === 'input') return input;
  const found = output.from === 'constant' ? constants[output.constant] : steps[output.step]?.outputs[output.output];
  if (!found) throw new ConfigError('internal: exportOnnx: no result');
  return found;
}
