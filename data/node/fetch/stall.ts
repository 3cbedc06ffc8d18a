/** Ends a request from which nothing comes any more, or that is no longer wanted. */
export class Stall implements Disposable {
  /** For `fetch`. */
  readonly signal: AbortSignal;
  /** What happened, once the time was up. */
  message: string | null = null;
  readonly #after: number;
  readonly #timer: NodeJS.Timeout;
  readonly #end: AbortController = new AbortController();

  /** @param after milliseconds without a byte */
  constructor(after: number, unwanted?: AbortSignal) {
    this.#after = after;
    this.signal = unwanted ? AbortSignal.any([this.#end.signal, unwanted]) : this.#end.signal;
    this.#timer = setTimeout(() => {
      this.message = `nothing came for ${this.#after / 1000} s`;
      this.#end.abort();
    }, after);
  }

  /** Something came: the time starts anew. */
  moved(): void {
    this.#timer.refresh();
  }

  /** Also closes the connection, so that an answer nobody reads holds nothing open. */
  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#end.abort();
  }
}
