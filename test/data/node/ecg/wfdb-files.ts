/** Writes WFDB records into a folder. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { WRITERS, checksumOf } from '../../ecg/wfdb/writer.ts';

export interface WrittenRecord {
  readonly rate: number;
  /** Stored values of each signal, 1,000 of them a millivolt. */
  readonly signals: readonly (readonly number[])[];
  readonly extension?: string;
  /** Bytes before the samples. */
  readonly offset?: number;
  readonly units?: string;
}

/** @param path of the header, without `.hea` */
export async function writeRecord(path: string, { rate, signals, extension = 'dat', offset = 0, units = 'mV' }: WrittenRecord): Promise<void> {
  const name = path.split('/').at(-1)!;
  const lines = signals.map((signal, i) => `${name}.${extension} 16${offset ? `+${offset}` : ''} 1000/${units} 16 0 ${signal[0]!} ${checksumOf(signal)} 0 L${i}`);
  const interleaved = signals[0]!.flatMap((_, at) => signals.map((signal) => signal[at]!));
  await mkdir(dirname(path), { recursive: true });
  await writeFile(`${path}.hea`, `${name} ${signals.length} ${rate} ${signals[0]!.length}\n${lines.join('\n')}\n`);
  await writeFile(join(dirname(path), `${name}.${extension}`), Buffer.concat([Buffer.alloc(offset, 7), WRITERS[16]!(interleaved)]));
}

/** Some millivolts that differ for each seed, in thousandths. */
export const beats = (length: number, seed: number): number[] => Array.from({ length }, (_, i) => Math.round(400 * Math.sin(0.1 * (seed + 1) * i) + 50 * Math.cos(i * i * 0.01 + seed)));
