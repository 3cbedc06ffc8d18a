/** Functions of one or two numbers with their derivatives, in float64. */
import { binaryReference, unaryReference } from './broadcast.ts';
import type { Reference } from './operation.ts';

export const logistic = (x: number): number => 1 / (1 + Math.exp(-x));

/** Error function: its Maclaurin series, which float64 holds to 1e-12 for |x| < 3, and the continued fraction of Laplace beyond. */
export function erf(x: number): number {
  if (Math.abs(x) > 3) {
    let fraction = 0;
    for (let k = 60; k > 0; k--) fraction = k / 2 / (Math.abs(x) + fraction);
    return Math.sign(x) * (1 - Math.exp(-x * x) / (Math.sqrt(Math.PI) * (Math.abs(x) + fraction)));
  }
  let term = x;
  let sum = x;
  for (let n = 1; n < 80; n++) {
    term *= -x * x / n;
    sum += term / (2 * n + 1);
  }
  return 2 / Math.sqrt(Math.PI) * sum;
}

const share = (x: number): number => (1 + erf(x / Math.SQRT2)) / 2;
const density = (x: number): number => Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
const bend = (x: number): number => Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3));

/** As IEEE 754 has it: JavaScript differs where the base is 1. */
export function power(p: number, q: number): number {
  return p === 1 || (p === -1 && Math.abs(q) === Infinity) ? 1 : p ** q;
}

export const UNARY: Readonly<Record<string, Reference>> = {
  abs: unaryReference(Math.abs, Math.sign),
  sign: unaryReference(Math.sign, () => 0),
  sqrt: unaryReference(Math.sqrt, (x) => 0.5 / Math.sqrt(x)),
  rsqrt: unaryReference((x) => 1 / Math.sqrt(x), (x) => -0.5 * x ** -1.5),
  reciprocal: unaryReference((x) => 1 / x, (x) => -1 / (x * x)),
  expm1: unaryReference(Math.expm1, Math.exp),
  log1p: unaryReference(Math.log1p, (x) => 1 / (1 + x)),
  sin: unaryReference(Math.sin, Math.cos),
  cos: unaryReference(Math.cos, (x) => -Math.sin(x)),
  tanh: unaryReference(Math.tanh, (x) => 1 - Math.tanh(x) ** 2),
  sigmoid: unaryReference(logistic, (x) => logistic(x) * logistic(-x)),
  silu: unaryReference((x) => x * logistic(x), (x) => logistic(x) * (1 + x * logistic(-x))),
  softplus: unaryReference((x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))), logistic),
  gelu: unaryReference((x) => x * share(x), (x) => share(x) + x * density(x)),
  geluTanh: unaryReference((x) => x * (1 + bend(x)) / 2, (x) => (1 + bend(x)) / 2 + x / 2 * (1 - bend(x) ** 2) * Math.sqrt(2 / Math.PI) * (1 + 3 * 0.044715 * x * x)),
};

export const leakyReference = (slope: number): Reference => unaryReference((x) => x > 0 ? x : slope * x, (x) => x > 0 ? 1 : slope);
export const clampReference = (low: number, high: number): Reference => unaryReference((x) => Math.min(Math.max(x, low), high), (x) => x >= low && x <= high ? 1 : 0);
export const powerReference = (exponent: number): Reference => unaryReference((x) => power(x, exponent), (x) => exponent === 0 ? 0 : exponent * power(x, exponent - 1));

export const POW: Reference = binaryReference(power, (p, q) => p === 0 && q === 0 ? 0 : q * power(p, q - 1), (p, q) => p === 0 && q >= 0 ? 0 : power(p, q) * Math.log(p));
const part = (p: number, q: number): number => p === q ? 0.5 : p > q ? 1 : 0;
export const MAXIMUM: Reference = binaryReference((p, q) => Math.max(p, q), part, (p, q) => part(q, p));
export const MINIMUM: Reference = binaryReference((p, q) => Math.min(p, q), (p, q) => part(q, p), part);
