/** WFDB records from their files. */
import { stat } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import { DataError } from '../../../engine/errors.ts';
import type { EcgRecords } from '../../ecg/ecg.ts';
import { parseWfdbHeader, type WfdbHeader } from '../../ecg/wfdb/header.ts';
import { physicalUnits, readWfdbSignals } from '../../ecg/wfdb/signal.ts';
import { readBytes } from '../files.ts';

export interface WfdbRecord {
  readonly header: WfdbHeader;
  /** Of each signal the stored values, see `readWfdbSignals`. */
  readonly stored: readonly Int16Array[];
}

/**
 * Reads a header and the signal files beside it.
 * @param path of the header without `.hea`
 * @throws {DataError} a file that is missing or damaged, or lies in another folder
 */
export async function readWfdbRecord(path: string): Promise<WfdbRecord> {
  const file = `${path}.hea`;
  const header = parseWfdbHeader(new TextDecoder().decode(await readBytes(file)), file);
  const files = new Map<string, Uint8Array>();
  for (const name of new Set(header.signals.map((signal) => signal.file))) {
    if (basename(name) !== name) throw new DataError(`${file}: expected signal files beside the header, got '${name}'`);
    files.set(name, await readBytes(join(dirname(path), name)));
  }
  return { header, stored: readWfdbSignals(header, files, file) };
}

export interface WfdbRecordsOptions {
  /** Signals in each record. */
  readonly leads: number;
  /** Samples per second of each record. */
  readonly rate: number;
  /** Of the signal files, whose sizes and times tell these records from others: `dat` or `mat`. */
  readonly extension: string;
}

/**
 * Records of one kind, with signals in millivolts.
 * @param paths of the headers without `.hea`
 * @throws {DataError} a file is not there; later, when it is read, a record that is damaged or of another kind
 */
export async function wfdbRecords(paths: readonly string[], { leads, rate, extension }: WfdbRecordsOptions): Promise<EcgRecords> {
  const hash = createHash('sha256');
  for (const path of paths) {
    for (const file of [`${path}.hea`, `${path}.${extension}`]) {
      const { size, mtimeMs } = await stat(file).catch((cause: unknown) => {
        throw new DataError(`${file}: expected a file of the record, found none`, { cause });
      });
      hash.update(`${file}\0${size}\0${mtimeMs}\0`);
    }
  }
  return {
    leads,
    rate,
    count: paths.length,
    id: hash.digest('hex'),
    async read(i) {
      const path = paths[i] ?? '';
      const { header, stored } = await readWfdbRecord(path);
      const { signals } = header;
      const wrong = (expected: string, got: string | number): DataError => new DataError(`${path}.hea: expected ${expected}, got ${got}`);
      if (signals.length !== leads) throw wrong(`${leads} signals`, signals.length);
      if (header.rate !== rate) throw wrong(`a sampling frequency of ${rate}`, header.rate);
      const other = signals.find((signal) => signal.units !== 'mV' || signal.samplesPerFrame !== 1);
      if (other) throw wrong('signals in mV with one sample a frame', `${other.units} with ${other.samplesPerFrame}`);
      const samples = stored[0]?.length ?? 0;
      const record = new Float32Array(leads * samples);
      signals.forEach((signal, lead) => record.set(physicalUnits(signal, stored[lead] ?? new Int16Array(samples)), lead * samples));
      return record;
    },
  };
}
