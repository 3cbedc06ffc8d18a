/** Members of a zip archive, PKWARE's APPNOTE 6.3: stored or deflated, 64-bit sizes included; no encryption, no parts. */
import type { Complain } from './elements.ts';

interface Member {
  readonly name: string;
  readonly method: number;
  readonly checksum: number;
  readonly packed: number;
  readonly size: number;
  readonly header: number;
}

const END = 0x06054b50;
const END_64 = 0x06064b50;
const LOCATOR_64 = 0x07064b50;
const ENTRY = 0x02014b50;
const LOCAL = 0x04034b50;
const STORED = 0;
const DEFLATED = 8;
/** No deflated byte stands for more: a bound on what is allocated. */
const BEST_RATIO = 1032;

/** Numbers at places of a file; what lies outside is complained about. */
class Fields {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  readonly #complain: Complain;

  constructor(bytes: Uint8Array, complain: Complain) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#complain = complain;
  }

  part(at: number, length: number): Uint8Array {
    if (!(at >= 0 && at + length <= this.bytes.length)) this.#complain(`truncated, or a damaged archive: bytes ${at} to ${at + length} of ${this.bytes.length}`);
    return this.bytes.subarray(at, at + length);
  }

  u16(at: number): number {
    this.part(at, 2);
    return this.#view.getUint16(at, true);
  }

  u32(at: number): number {
    this.part(at, 4);
    return this.#view.getUint32(at, true);
  }

  /** Rounded above 2^53, which no file reaches. */
  u64(at: number): number {
    this.part(at, 8);
    return Number(this.#view.getBigUint64(at, true));
  }

  text(at: number, length: number): string {
    return new TextDecoder().decode(this.part(at, length));
  }
}

/** Where the directory is, by the record at the end of the file, which a comment may follow. */
function findDirectory(file: Fields, complain: Complain): { count: number; size: number; at: number } {
  const last = file.bytes.length - 22;
  for (let at = last; at >= Math.max(0, last - 0xffff); at--) {
    if (file.u32(at) !== END || at + 22 + file.u16(at + 20) !== file.bytes.length) continue;
    const found = { count: file.u16(at + 10), size: file.u32(at + 12), at: file.u32(at + 16) };
    if (found.count !== 0xffff && found.size !== 0xffffffff && found.at !== 0xffffffff) return found;
    if (file.u32(at - 20) !== LOCATOR_64) complain('a damaged archive: its 64-bit directory is missing');
    const record = file.u64(at - 12);
    if (file.u32(record) !== END_64) complain('a damaged archive: its 64-bit directory is missing');
    return { count: file.u64(record + 32), size: file.u64(record + 40), at: file.u64(record + 48) };
  }
  return complain('truncated, or no zip archive: it has no directory at its end');
}

function readDirectory(file: Fields, complain: Complain): Member[] {
  const directory = findDirectory(file, complain);
  const members: Member[] = [];
  let at = directory.at;
  for (let i = 0; i < directory.count; i++) {
    if (file.u32(at) !== ENTRY) complain(`a damaged archive: entry ${i} of the directory is none`);
    const [nameLength, extraLength, commentLength] = [file.u16(at + 28), file.u16(at + 30), file.u16(at + 32)];
    const name = file.text(at + 46, nameLength);
    if (file.u16(at + 8) & 1) complain(`${name} is encrypted`);
    members.push({ name, method: file.u16(at + 10), checksum: file.u32(at + 16), ...sizes(file, at, at + 46 + nameLength, extraLength) });
    at += 46 + nameLength + extraLength + commentLength;
  }
  if (at !== directory.at + directory.size) complain('a damaged archive: its directory has another size than it says');
  return members;
}

/** Fields of 32 bits that are full stand in the extra field with id 1, in this order. */
function sizes(file: Fields, entry: number, extra: number, extraLength: number): Pick<Member, 'packed' | 'size' | 'header'> {
  let wide = extra;
  while (wide < extra + extraLength && file.u16(wide) !== 1) wide += 4 + file.u16(wide + 2);
  let next = wide + 4;
  const value = (at: number): number => {
    const short = file.u32(at);
    if (short !== 0xffffffff || wide >= extra + extraLength) return short;
    next += 8;
    return file.u64(next - 8);
  };
  const size = value(entry + 24);
  const packed = value(entry + 20);
  return { size, packed, header: value(entry + 42) };
}

/** The packed bytes of a member, behind its own header. */
function packedBytes(file: Fields, { name, header, packed }: Member, complain: Complain): Uint8Array {
  if (file.u32(header) !== LOCAL || file.text(header + 30, file.u16(header + 26)) !== name) complain(`a damaged archive: ${name} is not where the directory says`);
  return file.part(header + 30 + file.u16(header + 26) + file.u16(header + 28), packed);
}

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ 0xedb88320 : rest >>> 1;
  return rest;
});

/** CRC-32 of IEEE 802.3. */
function crc32(bytes: Uint8Array): number {
  let rest = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) rest = (TABLE[(rest ^ (bytes[i] ?? 0)) & 0xff] ?? 0) ^ (rest >>> 8);
  return ~rest >>> 0;
}

/**
 * By the platform's own decompressor, as a gzip member: its trailer is the checksum and size that the directory has, so the platform checks them.
 * Stops as soon as there is more than the directory announced.
 */
async function inflate(packed: Uint8Array, { name, checksum, size }: Member, complain: Complain): Promise<Uint8Array> {
  if (size > packed.length * BEST_RATIO) complain(`${name} is damaged: ${packed.length} bytes cannot unpack to ${size}`);
  const head = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255);
  const trailer = new DataView(new ArrayBuffer(8));
  trailer.setUint32(0, checksum, true);
  trailer.setUint32(4, size % 2 ** 32, true);
  const reader = new Blob([head, new Uint8Array(packed), trailer]).stream().pipeThrough(new DecompressionStream('gzip')).getReader();
  const out = new Uint8Array(size);
  let at = 0;
  try {
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
      if (at + chunk.value.length > size) throw new RangeError('more than announced');
      out.set(chunk.value, at);
      at += chunk.value.length;
    }
  } catch {
    await reader.cancel().catch(() => undefined);
    return complain(`${name} is damaged: it does not unpack to the ${size} bytes and the checksum of the directory`);
  }
  return at === size ? out : complain(`${name} is damaged: it unpacks to ${at} bytes instead of ${size}`);
}

/**
 * Every member with its contents, checked against the directory's checksums.
 * @param most bytes that all of them together may unpack to
 */
export async function unzip(bytes: Uint8Array, most: number, complain: Complain): Promise<Map<string, Uint8Array>> {
  const file = new Fields(bytes, complain);
  const members = readDirectory(file, complain);
  const total = members.reduce((sum, { size }) => sum + size, 0);
  if (total > most) complain(`unpacks to ${total} bytes, more than the limit of ${most}`);
  const contents = new Map<string, Uint8Array>();
  for (const member of members) {
    const { name, method, size, checksum } = member;
    if (contents.has(name)) complain(`holds ${name} twice`);
    if (method !== STORED && method !== DEFLATED) complain(`${name} is packed by method ${method}; supported are 0 (stored) and 8 (deflate)`);
    const packed = packedBytes(file, member, complain);
    if (method === STORED && (packed.length !== size || crc32(packed) !== checksum)) complain(`${name} is damaged: its size or checksum is not the directory's`);
    contents.set(name, method === STORED ? packed : await inflate(packed, member, complain));
  }
  return contents;
}
