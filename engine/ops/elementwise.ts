/** Element by element, with NumPy's broadcasting: every operation, by family. */
export * from './activations.ts';
export * from './arithmetic.ts';
export * from './compare.ts';
export * from './exponential.ts';
export * from './bounds.ts';
export * from './power.ts';
export * from './trigonometric.ts';
export * from './where.ts';
