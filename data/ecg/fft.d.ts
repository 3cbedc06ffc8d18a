/** The part of fft.js that is used; it brings no types. */
declare module 'fft.js' {
  export default class FFT {
    /** @param size a power of two above 1 */
    constructor(size: number);
    /** Real and imaginary parts in turn, all 0. */
    createComplexArray(): number[];
    /** Fills the values from 0 to half the sampling frequency. */
    realTransform(out: number[], values: readonly number[]): void;
  }
}
