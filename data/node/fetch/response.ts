/** What a server's answer says about the file: its length, its version, and the bytes that come. RFC 9110. */
import { DataError } from '../../../engine/errors.ts';

/** What `If-Range` may hold to ask for the rest of the same file: a strong ETag, else the date of the last change. */
export function validatorOf(headers: Headers): string | null {
  const tag = headers.get('etag');
  return tag?.startsWith('"') ? tag : headers.get('last-modified');
}

/** The bytes that the answer holds, or null when it does not say. */
export function lengthOf(headers: Headers): number | null {
  const text = headers.get('content-length');
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : null;
}

/** `bytes FIRST-LAST/TOTAL`; null when it is not there or not whole. */
export function rangeOf(headers: Headers): { readonly first: number; readonly total: number } | null {
  const match = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15})$/.exec(headers.get('content-range') ?? '');
  if (!match) return null;
  const [first = NaN, last = NaN, total = NaN] = match.slice(1).map(Number);
  return first <= last && last === total - 1 ? { first, total } : null;
}

/** Whether the same request may well succeed later. */
export const isPassing = (status: number): boolean => status >= 500 || status === 408 || status === 429;

/** @throws {DataError} an address with https led to one without */
export function checkDowngrade(asked: string, answered: string): void {
  if (asked.startsWith('https:') && !answered.startsWith('https:')) throw new DataError(`${asked}: expected https, was sent on to ${answered}`);
}
