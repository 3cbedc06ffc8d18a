/** What is wrong with an import, or null. Paths are relative to the repository's root. */
export function problem(fromPath: string, specifier: string): string | null;
