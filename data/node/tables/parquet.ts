/**
 * Parquet's values, decoded in another thread: damaged bytes can make hyparquet loop for ever or take any amount of memory, and a thread can be ended.
 */
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { ParquetChunk, ParquetDecoder } from '../../tables/parquet.ts';

export interface DecodeLimits {
  /** Time without a new piece of a column after which it is given up. Default 60 s. */
  readonly milliseconds?: number;
  /** Memory that values may take before they are handed over, in MiB. Default 1,024. */
  readonly megabytes?: number;
}

type Message = { readonly chunk: ParquetChunk } | { readonly error: string } | 'done';

/** JavaScript in a string: a worker's own file would have to be found from the sources, from a bundle and from a test alike. */
const CODE = `
const { parentPort, workerData: { library, buffer, columns } } = require('node:worker_threads');
const { gunzipSync, brotliDecompressSync } = require('node:zlib');
const compressors = {
  GZIP: (input, maxOutputLength) => new Uint8Array(gunzipSync(input, { maxOutputLength })),
  BROTLI: (input, maxOutputLength) => new Uint8Array(brotliDecompressSync(input, { maxOutputLength })),
};
import(library)
  .then(({ parquetRead }) => parquetRead({
    file: { byteLength: buffer.byteLength, slice: (start, end) => buffer.slice(start, end) },
    columns, compressors, geoparquet: false, utf8: false,
    onChunk: ({ columnName, columnData, rowStart }) => parentPort.postMessage({ chunk: { columnName, columnData, rowStart } }),
  }))
  .then(() => parentPort.postMessage('done'), (error) => parentPort.postMessage({ error: String(error?.message ?? error) }));
`;

/** A decoder for `parseParquet` that knows gzip, Brotli and Snappy, and fails instead of going past these limits. */
export function boundedDecoder({ milliseconds = 60_000, megabytes = 1024 }: DecodeLimits = {}): ParquetDecoder {
  const library = pathToFileURL(createRequire(import.meta.url).resolve('hyparquet')).href;
  return (buffer, columns, onChunk) => new Promise((resolve, reject) => {
    const worker = new Worker(CODE, { eval: true, workerData: { library, buffer, columns }, resourceLimits: { maxOldGenerationSizeMb: megabytes }, execArgv: [] });
    const fail = (error: Error): void => {
      clearTimeout(timer);
      void worker.terminate();
      reject(error);
    };
    const late = (): void => fail(new Error(`expected values within ${milliseconds / 1000} s, got none: damaged?`));
    let timer = setTimeout(late, milliseconds);
    worker.on('message', (message: Message) => {
      clearTimeout(timer);
      if (message === 'done') {
        void worker.terminate();
        resolve();
      } else if ('error' in message) {
        fail(new Error(message.error));
      } else {
        timer = setTimeout(late, milliseconds);
        try {
          onChunk(message.chunk);
        } catch (error) {
          fail(error instanceof Error ? error : new Error(String(error)));
        }
      }
    });
    worker.on('error', fail);
    worker.on('exit', () => fail(new Error('the thread that decodes ended before it was done')));
  });
}
