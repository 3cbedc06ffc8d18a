/** The part of jstat that is used; it brings no types. */
declare module 'jstat' {
  const jStat: {
    readonly normal: {
      cdf(x: number, mean: number, deviation: number): number;
      /** The value below which a share `p` of the normal distribution lies. */
      inv(p: number, mean: number, deviation: number): number;
    };
    readonly studentt: {
      /** The value below which a share `p` of Student's t distribution lies. */
      inv(p: number, degrees: number): number;
    };
  };
  export default jStat;
}
