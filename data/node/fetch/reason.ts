/** Errors of others in our words. */
import { DataError } from '../../../engine/errors.ts';

/** The message with its cause's: `fetch` hides the latter behind "fetch failed". */
export function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message || error.cause.name}` : error.message;
}

/** What the file system refused, as an error about `path`; any other error as it is. */
export const fileError = (path: string, error: unknown): unknown =>
  error instanceof Error && 'syscall' in error ? new DataError(`${path}: the file system refused: ${error.message}`, { cause: error }) : error;
