/** ONNX Runtime on the CPU: what another implementation makes of an exported graph. */
import { InferenceSession, Tensor } from 'onnxruntime-node';

/** Values of an input, row-major; whole numbers become int64. */
export interface Feed {
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array;
}

/** All outputs, by name. The session is gone afterwards. */
export async function runOnnx(file: Uint8Array, feeds: Readonly<Record<string, Feed>>): Promise<Map<string, { readonly shape: readonly number[]; readonly data: Float32Array }>> {
  const session = await InferenceSession.create(file, { logSeverityLevel: 3, intraOpNumThreads: 1 });
  try {
    const given = Object.entries(feeds).map(([name, { shape, data }]) => [name, data instanceof Float32Array ? new Tensor('float32', data, shape) : new Tensor('int64', BigInt64Array.from(data, BigInt), shape)] as const);
    const found = await session.run(Object.fromEntries(given));
    return new Map(Object.entries(found).map(([name, { dims, data }]) => [name, { shape: dims, data: Float32Array.from(data as Float32Array) }]));
  } finally {
    await session.release();
  }
}
