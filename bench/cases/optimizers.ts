/** Steps of optimizers over one long vector of parameters. */
import { APO } from 'lazygrad/apo';
import { Adam, Generator, ParameterArena, SGD, randn } from 'lazygrad';
import { adamStep } from '../../test/reference/adam.ts';
import { sgdStep } from '../../test/reference/sgd.ts';
import type { Case, Size } from '../case.ts';
import { expectClose } from '../case.ts';
import { at, places } from '../sums.ts';

/** Sampled elements, in float64. */
interface Sample {
  readonly parameters: Float64Array;
  readonly gradients: Float64Array;
}

interface Rule {
  readonly name: string;
  /** Bytes that a step moves for each parameter. */
  readonly bytes: number;
  readonly start: (arena: ParameterArena) => (task: 'a' | 'b') => void;
  /** The sampled parameters after a step of task a and one of task b with the same gradients. @param all every gradient */
  readonly expected: (sample: Sample, all: Float32Array) => readonly [Float64Array, Float64Array];
  /** Elements where rounding may decide, which are not compared. */
  readonly doubtful?: (sample: Sample, all: Float32Array) => readonly boolean[];
}

const LR = 0.1;

/** APO's defaults: k 0.5, beta 0.99, mu 1, damping 100. */
const [K, BETA, MU, DAMPING] = [0.5, 0.99, 1, 100];
/** |g| above which an element is sensitive at the first step, and at the second with the same gradients: the accumulator is their multiple. */
function threshold(all: Float32Array): number {
  let [sum, squares] = [0, 0];
  for (let i = 0; i < all.length; i++) sum += Math.abs(at(all, i));
  const mean = sum / all.length;
  for (let i = 0; i < all.length; i++) squares += (Math.abs(at(all, i)) - mean) ** 2;
  return mean + K * Math.sqrt(squares / (all.length - 1));
}

const RULES: readonly Rule[] = [
  {
    name: 'apo', bytes: 40,
    start(arena) {
      const apo = new APO(arena, ['a', 'b'], { lr: LR, k: K, beta: BETA, mu: MU, damping: DAMPING });
      return (task) => apo.step(task);
    },
    // What is sensitive becomes a's, and then is protected from b: the damped gradient, and a pull back to where it began.
    expected({ parameters, gradients }, all) {
      const tau = threshold(all);
      const first = parameters.map((p, i) => Math.abs(at(gradients, i)) > tau ? p - LR * at(gradients, i) : p);
      return [first, first.map((p, i) => Math.abs(at(gradients, i)) > tau ? p - LR / DAMPING * (at(gradients, i) + 2 * MU * (p - at(parameters, i))) : p)];
    },
    doubtful({ gradients }, all) {
      const tau = threshold(all);
      return Array.from(gradients, (g) => Math.abs(Math.abs(g) - tau) < 1e-5 * tau);
    },
  },
  {
    name: 'sgd', bytes: 12,
    start(arena) {
      const sgd = new SGD(arena, { lr: LR });
      return () => sgd.step();
    },
    expected: (sample) => twice(sample, 0),
  },
  {
    name: 'sgd-momentum', bytes: 20,
    start(arena) {
      const sgd = new SGD(arena, { lr: LR, momentum: 0.9 });
      return () => sgd.step();
    },
    expected: (sample) => twice(sample, 0.9),
  },
  {
    name: 'adam', bytes: 28,
    start(arena) {
      const adam = new Adam(arena, { lr: LR });
      return () => adam.step();
    },
    expected({ parameters, gradients }) {
      const options = { lr: LR, betas: [0.9, 0.999], eps: 1e-8, weightDecay: 0, decoupled: false } as const;
      const zero = new Float64Array(parameters.length);
      const first = adamStep({ step: 0, parameter: parameters, mean: zero, square: zero }, gradients, options);
      return [first.parameter, adamStep(first, gradients, options).parameter];
    },
  },
];

function twice({ parameters, gradients }: Sample, momentum: number): [Float64Array, Float64Array] {
  const first = sgdStep({ parameter: parameters, velocity: new Float64Array(parameters.length) }, gradients, LR, momentum, 0);
  return [first.parameter, sgdStep(first, gradients, LR, momentum, 0).parameter];
}

function stepCase({ name, bytes, start, expected, doubtful }: Rule, exponent: number): Case {
  const size = 10 ** exponent;
  return {
    name: `kernel/${name}-step/1e${exponent}`,
    bytes: bytes * size,
    async prepare(device, spoil) {
      const arena = new ParameterArena(device, [{ name: 'p', shape: [size], init: (d, shape, generator) => randn(d, shape, generator) }], new Generator(1));
      const gradient = randn(device, [size], new Generator(2));
      device.copy({ storage: gradient.storage, offset: 0, size: 4 * size }, { storage: arena.gradients.storage, offset: 0, size: 4 * size });
      const all = await gradient.read() as Float32Array;
      gradient.dispose();
      const before = await arena.values.read();
      const where = places([size], 2000).map(({ flat }) => flat);
      const sample = { parameters: Float64Array.from(where, (i) => at(before, i)), gradients: Float64Array.from(where, (i) => at(all, i)) };
      spoil?.({ parameters: arena.values, gradients: arena.gradients });
      const step = start(arena);
      return {
        run() {
          step('a');
          device.submit();
        },
        async check() {
          const steps = expected(sample, all);
          const skip = doubtful?.(sample, all) ?? [];
          for (const [s, values] of steps.entries()) {
            if (s > 0) step('b');
            const got = await arena.values.read();
            where.forEach((place, i) => {
              if (!skip[i]) expectClose(`parameter ${place} after step ${s + 1}`, at(got, place), at(values, i), 1e-6 * (1 + Math.abs(at(values, i))));
            });
          }
        },
      };
    },
  };
}

export function optimizerCases(size: Size): readonly Case[] {
  const exponents = size === 'small' ? [4] : size === 'gpu' ? [7, 8] : [6, 7];
  return RULES.flatMap((rule) => exponents.map((exponent) => stepCase(rule, exponent)));
}
