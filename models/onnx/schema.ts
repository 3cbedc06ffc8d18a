/**
 * The part of ONNX's format that an inference graph needs, as Protocol Buffers: names and numbers of `onnx.proto3`.
 * Source: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3
 */
import type { INamespace, Type } from 'protobufjs';

export const ELEMENT = { float32: 1, int64: 7, bool: 9 } as const;
/** Types of elements that graphs have here: whole numbers are of 64 bits, as ONNX's indices are. */
export type ElementType = keyof typeof ELEMENT;

export interface TensorProto {
  readonly name: string;
  readonly dims: readonly number[];
  readonly dataType: number;
  readonly rawData: Uint8Array;
}

const ATTRIBUTE = { f: 1, i: 2, s: 3, ints: 7 } as const;

export interface AttributeProto {
  readonly name: string;
  readonly type: number;
  readonly f?: number;
  readonly i?: number;
  readonly s?: Uint8Array;
  readonly ints?: readonly number[];
}

/** A number that is a float in the format even where it is whole. */
export class Float {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

export type Attribute = number | string | Float | readonly number[];

export function attributeProto(name: string, value: Attribute): AttributeProto {
  if (value instanceof Float) return { name, type: ATTRIBUTE.f, f: value.value };
  if (typeof value === 'number') return { name, type: ATTRIBUTE.i, i: value };
  if (typeof value === 'string') return { name, type: ATTRIBUTE.s, s: new TextEncoder().encode(value) };
  return { name, type: ATTRIBUTE.ints, ints: value };
}

export interface NodeProto {
  readonly name: string;
  readonly opType: string;
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly attribute: readonly AttributeProto[];
}

export interface ValueInfoProto {
  readonly name: string;
  readonly type: { readonly tensorType: { readonly elemType: number; readonly shape: { readonly dim: readonly ({ readonly dimValue: number } | { readonly dimParam: string })[] } } };
}

export interface ModelProto {
  readonly irVersion: number;
  readonly opsetImport: readonly { readonly domain: string; readonly version: number }[];
  readonly producerName: string;
  readonly producerVersion: string;
  readonly metadataProps: readonly { readonly key: string; readonly value: string }[];
  readonly graph: {
    readonly name: string;
    readonly node: readonly NodeProto[];
    readonly initializer: readonly TensorProto[];
    readonly input: readonly ValueInfoProto[];
    readonly output: readonly ValueInfoProto[];
  };
}

type FieldOf = readonly [id: number, type: string, rule?: 'repeated'];

function message(fields: Readonly<Record<string, FieldOf>>, nested?: INamespace['nested']): NonNullable<INamespace['nested']>[string] {
  return { fields: Object.fromEntries(Object.entries(fields).map(([name, [id, type, rule]]) => [name, { id, type, ...rule && { rule } }])), ...nested && { nested } };
}

const ONNX: INamespace = {
  nested: {
    ModelProto: message({
      irVersion: [1, 'int64'], producerName: [2, 'string'], producerVersion: [3, 'string'], graph: [7, 'GraphProto'],
      opsetImport: [8, 'OperatorSetIdProto', 'repeated'], metadataProps: [14, 'StringStringEntryProto', 'repeated'],
    }),
    OperatorSetIdProto: message({ domain: [1, 'string'], version: [2, 'int64'] }),
    StringStringEntryProto: message({ key: [1, 'string'], value: [2, 'string'] }),
    GraphProto: message({
      node: [1, 'NodeProto', 'repeated'], name: [2, 'string'], initializer: [5, 'TensorProto', 'repeated'],
      input: [11, 'ValueInfoProto', 'repeated'], output: [12, 'ValueInfoProto', 'repeated'],
    }),
    NodeProto: message({ input: [1, 'string', 'repeated'], output: [2, 'string', 'repeated'], name: [3, 'string'], opType: [4, 'string'], attribute: [5, 'AttributeProto', 'repeated'] }),
    AttributeProto: message({ name: [1, 'string'], f: [2, 'float'], i: [3, 'int64'], s: [4, 'bytes'], ints: [8, 'int64', 'repeated'], type: [20, 'int32'] }),
    TensorProto: message({ dims: [1, 'int64', 'repeated'], dataType: [2, 'int32'], name: [8, 'string'], rawData: [9, 'bytes'] }),
    ValueInfoProto: message({ name: [1, 'string'], type: [2, 'TypeProto'] }),
    TypeProto: message({ tensorType: [1, 'Tensor'] }, { Tensor: message({ elemType: [1, 'int32'], shape: [2, 'TensorShapeProto'] }) }),
    TensorShapeProto: message({ dim: [1, 'Dimension', 'repeated'] }, { Dimension: message({ dimValue: [1, 'int64'], dimParam: [2, 'string'] }) }),
  },
};

/** What encodes and decodes a model. The library is loaded when it is asked for. */
export async function modelType(): Promise<Type> {
  const { default: protobuf } = await import('protobufjs/light.js');
  return protobuf.Root.fromJSON(ONNX).lookupType('ModelProto');
}
