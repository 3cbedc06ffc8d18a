// A strided copy, four neighbouring elements an invocation: both sides contiguous in the innermost dimension, everything in units of 4.
alias Bits = vec4u;
alias Value = vec4f;

//#include "parts/strided_copy.wgsl"
