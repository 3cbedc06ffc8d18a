// Elements or rows by index, one 32-bit element an invocation.
alias Bits = u32;

//#include "parts/gather.wgsl"
