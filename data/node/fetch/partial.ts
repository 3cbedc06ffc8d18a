/**
 * A download that is not finished: its first bytes in `NAME.part`, and in `NAME.part.json` what they are the first bytes
 * of. Without the latter they cannot be gone on from: the file on the server may be another by now.
 */
import { readFile, rm, stat, writeFile } from 'node:fs/promises';

export interface Partial {
  /** How many are there; 0 when there is nothing to go on from. */
  readonly bytes: number;
  /** The server's strong ETag or its date of the last change: what `If-Range` takes. */
  readonly validator: string;
}

export const partOf = (path: string): string => `${path}.part`;
const aboutOf = (path: string): string => `${path}.part.json`;

/** What an earlier call left of this very address. */
export async function readPartial(path: string, url: string): Promise<Partial> {
  const bytes = await stat(partOf(path)).then((found) => found.size, () => 0);
  const validator = await readValidator(path, url);
  return validator === null ? { bytes: 0, validator: '' } : { bytes, validator };
}

/** Says what the bytes that follow belong to. Call it when the part is empty: an old part must not get a new name. */
export async function describePartial(path: string, url: string, validator: string | null): Promise<void> {
  if (validator === null) await rm(aboutOf(path), { force: true });
  else await writeFile(aboutOf(path), JSON.stringify({ url, validator }));
}

/** Removes the part, or only what describes it once the part has become the file. */
export async function dropPartial(path: string): Promise<void> {
  await rm(aboutOf(path), { force: true });
  await rm(partOf(path), { force: true });
}

async function readValidator(path: string, url: string): Promise<string | null> {
  const text = await readFile(aboutOf(path), 'utf8').catch(() => '');
  try {
    const about: unknown = JSON.parse(text);
    if (typeof about !== 'object' || about === null || !('url' in about) || !('validator' in about)) return null;
    return about.url === url && typeof about.validator === 'string' ? about.validator : null;
  } catch {
    return null;
  }
}
