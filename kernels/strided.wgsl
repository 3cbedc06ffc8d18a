// A strided copy, one 32-bit element an invocation.
alias Bits = u32;
alias Value = f32;

//#include "parts/strided_copy.wgsl"
