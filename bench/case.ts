/** What a measured case is, and the checks that come before any number. */
import { noGrad } from 'lazygrad';
import type { Device, Tensor } from 'lazygrad';

/** `small` is for tests, `default` for any machine, `gpu` for one whose graphics card should be busy. */
export const SIZES = ['small', 'default', 'gpu'] as const;
export type Size = (typeof SIZES)[number];

/** Changes inputs on the device, behind the back of the reference: a check that does not notice is none. */
export type Spoil = (inputs: Readonly<Record<string, Tensor>>) => void;

export interface Case {
  readonly name: string;
  /** Floating-point operations of one run. */
  readonly flops?: number;
  /** Bytes that one run must move. */
  readonly bytes?: number;
  /** Takes so long that it runs only where it is asked for by its whole name; default false. */
  readonly onRequest?: boolean;
  readonly prepare: (device: Device, spoil?: Spoil) => Promise<Prepared>;
}

export interface Prepared {
  /** Records and submits one run. */
  readonly run: () => void;
  /** Floating-point operations of one run, where finding them takes the device; asked for after all is measured. */
  readonly flops?: () => number;
  /** Throws when the values are wrong. Called once, after exactly one run. */
  readonly check: () => Promise<void>;
}

export function expectClose(what: string, got: number, expected: number, tolerance: number): void {
  if (!(Math.abs(got - expected) <= tolerance)) throw new Error(`${what}: got ${got}, expected ${expected}: nothing is reported`);
}

/** The loss falls over some training steps. @returns the loss before them */
export async function expectFalling(device: Device, loss: () => Tensor, step: () => void, steps: number): Promise<number> {
  const measure = async (): Promise<number> => {
    using _scope = device.scope();
    return await noGrad(loss).item();
  };
  const before = await measure();
  for (let i = 0; i < steps; i++) step();
  const after = await measure();
  if (!(after < before)) throw new Error(`the loss did not fall: ${before} to ${after}: nothing is reported`);
  return before;
}
