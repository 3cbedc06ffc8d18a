/**
 * A cache for what takes seconds to parse. It may always be absent: no folder, no permission and a damaged file all
 * mean "build it again", never an error.
 *
 * A file is 8 bytes of magic, 8 bytes of payload length (little-endian), 32 bytes of SHA-256 of the payload, the payload.
 */
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';

const MAGIC = Buffer.from('LGCACHE1');
const HEADER = MAGIC.length + 8 + 32;

/** `$XDG_CACHE_HOME/lazygrad`, else `~/.cache/lazygrad`; null when neither is an absolute path. */
export function cacheFolder(): string | null {
  const xdg = process.env.XDG_CACHE_HOME ?? '';
  // The XDG specification says to ignore a relative path.
  if (isAbsolute(xdg)) return join(xdg, 'lazygrad');
  const home = homeFolder();
  return isAbsolute(home) ? join(home, '.cache', 'lazygrad') : null;
}

/**
 * What is stored under `name`, or what `build` makes, stored for the next time.
 * @param name a file name that changes whenever the content or its layout would
 */
export async function cached(name: string, build: () => Promise<Uint8Array>): Promise<Uint8Array> {
  const folder = cacheFolder();
  if (folder === null) return build();
  const path = join(folder, name);
  const stored = await load(path);
  if (stored) return stored;
  const payload = await build();
  await store(path, payload);
  return payload;
}

async function load(path: string): Promise<Uint8Array | null> {
  const bytes = await readFile(path).catch(() => null);
  if (!bytes || bytes.length < HEADER) return null;
  const payload = bytes.subarray(HEADER);
  return bytes.subarray(0, HEADER).equals(header(payload)) ? payload : null;
}

async function store(path: string, payload: Uint8Array): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(temporary, [header(payload), payload]);
    await rename(temporary, path);
  } catch {
    await rm(temporary, { force: true }).catch(() => undefined);
  }
}

function header(payload: Uint8Array): Buffer {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(payload.length));
  return Buffer.concat([MAGIC, length, createHash('sha256').update(payload).digest()]);
}

function homeFolder(): string {
  try {
    return homedir();
  } catch {
    // A user without an entry in the password file and without HOME.
    return '';
  }
}
