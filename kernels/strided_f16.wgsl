// A strided copy, one 16-bit element an invocation.
enable f16;

alias Bits = f16;
alias Value = f16;

//#include "parts/strided_copy.wgsl"
