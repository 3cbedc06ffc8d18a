/** Steps that were submitted and are not done yet. */

/** Enough to keep the device busy, few enough to keep memory bounded. */
const MOST = 3;

export class InFlight {
  readonly #steps: Promise<unknown>[] = [];

  /**
   * Waits for an earlier one if there are many.
   * @param done when the step is done, and what was asked about it; its failure is thrown by the call that waits for it
   */
  async add(...done: readonly Promise<unknown>[]): Promise<void> {
    const step = Promise.all(done);
    // Until then it is nobody's.
    step.catch(() => undefined);
    this.#steps.push(step);
    if (this.#steps.length > MOST) await this.#steps.shift();
  }

  /** Waits for all. */
  async drain(): Promise<void> {
    await Promise.all(this.#steps.splice(0));
  }
}
