// The order of whole numbers of 32 bits. The includer has the alias Word, u32 or a vector of them.

override SIGNED: u32 = 0;

// Unsigned numbers in the order of int32 (SIGNED) or uint32: for int32 the sign bit is turned over. Its own inverse.
fn rank(v: Word) -> Word {
  return v ^ Word(SIGNED << 31u);
}
