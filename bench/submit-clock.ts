/** Tells how long the queue's submits take: the driver's share of a call, next to JavaScript's. */
export class SubmitClock {
  readonly #submit = Object.getOwnPropertyDescriptor(GPUQueue.prototype, 'submit');
  #ms = 0;

  /** Times every submit from now on. There is a device already. */
  constructor() {
    const original = this.#submit?.value as GPUQueue['submit'];
    const add = (ms: number): void => {
      this.#ms += ms;
    };
    GPUQueue.prototype.submit = function (buffers): undefined {
      const begun = performance.now();
      original.call(this, buffers);
      add(performance.now() - begun);
    };
  }

  /** Milliseconds since the last call. */
  take(): number {
    const ms = this.#ms;
    this.#ms = 0;
    return ms;
  }

  stop(): void {
    if (this.#submit) Object.defineProperty(GPUQueue.prototype, 'submit', this.#submit);
  }
}
