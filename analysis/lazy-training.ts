/**
 * How lazily a network trains: how far its parameters went against how far its loss fell. Source: Thakur et al., AISTATS 2025, equation 1,
 * after Chizat et al., NeurIPS 2019.
 */
import { add, cast, copy, mul, ne, noGrad, sqrt, sub, sum } from '../engine/index.ts';
import type { ParameterArena, Tensor } from '../engine/index.ts';

/** Δℓ = (ℓ(θ) - ℓ(θ̂)) / ℓ(θ): 0 at the start, 1 when nothing of the loss is left, negative where it rose. */
export function relativeLossChange(initial: number, now: number): number {
  return (initial - now) / initial;
}

/** The parameters of an arena against what they were when this was made. Everything is computed on the device; nothing is read back. */
export class Departure {
  readonly #arena: ParameterArena;
  /** Chunk by chunk, as all that follows. */
  readonly #start: readonly Tensor[];
  readonly #startNorm: Tensor;

  /** Its memory, 4 bytes a parameter, belongs to the scope that is open. */
  constructor(arena: ParameterArena) {
    this.#arena = arena;
    this.#start = this.#now().map((chunk) => copy(chunk));
    this.#startNorm = noGrad(() => sqrt(total(this.#start.map((chunk) => sum(mul(chunk, chunk))))));
  }

  #now(): Tensor[] {
    const { chunks, values } = this.#arena;
    return chunks.map(({ offset, size }) => values.view({ shape: [size], strides: [1], offset }));
  }

  #pairs<T>(f: (now: Tensor, start: Tensor) => T): T[] {
    return this.#start.flatMap((start, i) => {
      const now = this.#now()[i];
      return now ? [f(now, start)] : [];
    });
  }

  /** ‖θ - θ̂‖, a scalar. */
  distance(): Tensor {
    return noGrad(() => sqrt(total(this.#pairs((now, start) => {
      const change = sub(now, start);
      return sum(mul(change, change));
    }))));
  }

  /** ‖θ‖ of the start, a scalar. Δθ is the distance over it. */
  startNorm(): Tensor {
    return this.#startNorm;
  }

  /** How many parameters have another value than at the start, a scalar of int32. */
  moved(): Tensor {
    return noGrad(() => total(this.#pairs((now, start) => sum(cast(ne(now, start), 'int32')))));
  }
}

function total(parts: readonly Tensor[]): Tensor {
  return parts.reduce((a, b) => add(a, b));
}
