/** Finding npm packages that carry data. They are never imported: their own code would load everything at once. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** The folder of an installed package, seen from this file or from the working directory; null when it is not installed. */
export function packageFolder(name: string): string | null {
  for (const base of [import.meta.url, join(process.cwd(), 'package.json')]) {
    try {
      return dirname(createRequire(base).resolve(`${name}/package.json`));
    } catch {
      continue;
    }
  }
  return null;
}

/** The version that a package's folder declares, or null when that cannot be read. */
export function packageVersion(folder: string): string | null {
  try {
    const manifest: unknown = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const version = typeof manifest === 'object' && manifest !== null && 'version' in manifest ? manifest.version : null;
    return typeof version === 'string' ? version : null;
  } catch {
    return null;
  }
}
