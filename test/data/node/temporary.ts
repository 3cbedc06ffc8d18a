/** A folder that lasts as long as the test, and the two files of one part of an IDX set. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { onTestFinished } from 'vitest';
import { writeIdx } from '../images/idx-writer.ts';

export async function temporaryFolder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'lazygrad-data-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

/** Writes `count` images of 28 x 28; image i has class i modulo 10, and its first two bytes are i and `mark`. */
export async function writePart(folder: string, part: 'train' | 't10k', count: number, mark: number, gzip = false): Promise<void> {
  const images = new Uint8Array(count * 784);
  const labels = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    images.set([i, mark], i * 784);
    labels[i] = i % 10;
  }
  const write = (name: string, bytes: Uint8Array): Promise<void> => writeFile(join(folder, gzip ? `${name}.gz` : name), gzip ? gzipSync(bytes) : bytes);
  await mkdir(folder, { recursive: true });
  await write(`${part}-images-idx3-ubyte`, writeIdx([count, 28, 28], images));
  await write(`${part}-labels-idx1-ubyte`, writeIdx([count], labels));
}
