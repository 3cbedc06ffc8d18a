/** The entries of a zip file. APPNOTE.TXT 6.3, through yauzl. */
import { crc32 } from 'node:zlib';
import { getFileNameLowLevel, openPromise, type Entry } from 'yauzl';
import type { ArchiveWriter } from './archive-writer.ts';

/** The types of files in Unix's modes; 0 is what other systems leave there. */
const TYPE = 0o170000;
const PLAIN = new Set([0, 0o100000]);
const FOLDER = 0o040000;

export async function unpackZip(archive: string, writer: ArchiveWriter): Promise<void> {
  // Names come as bytes, so that they are checked here and nothing in them is mended before.
  const zip = await openPromise(archive, { lazyEntries: true, autoClose: false, decodeStrings: false, validateEntrySizes: true });
  try {
    for await (const entry of zip.eachEntry()) {
      const name = getFileNameLowLevel(entry.generalPurposeBitFlag, entry.fileNameRaw, entry.extraFields, true);
      const path = writer.admit(name);
      const type = typeOf(entry);
      if (type === FOLDER || (type === 0 && name.endsWith('/'))) {
        if (path !== null) await writer.makeFolder(path);
        continue;
      }
      if (!PLAIN.has(type) || name.endsWith('/')) throw writer.refuse(name, `expected a file or a folder, got the type 0o${type.toString(8)} (a link, a device)`);
      if (path === null) continue;
      const sum = { value: 0 };
      const content = await zip.openReadStreamPromise(entry);
      // An error may come before the first byte is asked for, which then fails with it.
      content.on('error', (error: Error) => content.destroy(error));
      await writer.writeFile(name, path, summed(content, sum));
      if (sum.value !== entry.crc32) throw writer.refuse(name, 'is damaged: its checksum is not the directory\'s');
    }
  } finally {
    zip.close();
  }
}

const typeOf = (entry: Entry): number => (entry.externalFileAttributes >>> 16) & TYPE;

async function* summed(content: AsyncIterable<Uint8Array>, sum: { value: number }): AsyncGenerator<Uint8Array> {
  for await (const piece of content) {
    sum.value = crc32(piece, sum.value);
    yield piece;
  }
}
