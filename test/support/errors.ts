/** Checks that an error is of its class and says what is needed to mend it. */
import { expect } from 'vitest';

export type ErrorClass = abstract new (...args: never[]) => Error;

export function expectError(body: () => unknown, type: ErrorClass, ...parts: readonly (string | RegExp)[]): void {
  let thrown: unknown;
  try {
    body();
  } catch (error) {
    thrown = error;
  }
  matches(thrown, type, parts);
}

export async function expectRejection(promise: Promise<unknown>, type: ErrorClass, ...parts: readonly (string | RegExp)[]): Promise<void> {
  matches(await promise.then(() => undefined, (error: unknown) => error), type, parts);
}

function matches(thrown: unknown, type: ErrorClass, parts: readonly (string | RegExp)[]): void {
  expect(thrown).toBeInstanceOf(type);
  for (const part of parts) expect((thrown as Error).message).toMatch(part);
}
