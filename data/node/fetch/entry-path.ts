/** Names of an archive's entries, which anybody may have written. */

/**
 * The folders and the name of an entry, relative to where the archive is unpacked; empty for the root itself.
 * @param name as the archive has it, `/` between folders
 * @returns what is wrong with it, as a string, where it could lead anywhere else on any system
 */
export function entryPath(name: string): readonly string[] | string {
  if (name.startsWith('/')) return 'an absolute path';
  if (/^[a-z]:/i.test(name)) return 'a path with a drive';
  if (name.includes('\\')) return 'a path with a backslash';
  if (/[\u0000-\u001f\u007f]/.test(name)) return 'a path with a control character';
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  return parts.includes('..') ? "a path with '..'" : parts;
}
