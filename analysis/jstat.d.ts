/** The part of jstat that is used; it brings no types. */
declare module 'jstat' {
  const jStat: {
    readonly studentt: {
      /** The value below which a share `p` of Student's t distribution lies. */
      inv(p: number, degrees: number): number;
    };
  };
  export default jStat;
}
