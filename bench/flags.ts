/** Flags of a benchmark that is a file of its own, which says in its opening comment what they are. */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { ParseArgsConfig } from 'node:util';

/** The first comment of a file, without its marks. */
function opening(file: string): string {
  const [, text = ''] = /\/\*\*([^]*?)\*\//.exec(readFileSync(file, 'utf8')) ?? [];
  return text.split('\n').map((line) => line.replace(/^\s*\* ?/, '').trim()).join('\n').trim().replaceAll('`', '');
}

/** Values of the flags on the command line. `--help` prints the opening comment and ends the process, and so does, with code 2, a flag that there is not. */
export function flagsOf<T extends NonNullable<ParseArgsConfig['options']>>(file: string, options: T): ReturnType<typeof parseArgs<{ options: T }>>['values'] {
  if (process.argv.includes('--help')) {
    console.log(opening(file));
    process.exit(0);
  }
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${opening(file)}`);
    process.exit(2);
  }
}
