// A strided copy of 16-bit elements, four neighbouring ones an invocation: both sides contiguous in the innermost dimension, everything in
// units of 4.
enable f16;

alias Bits = vec4<f16>;
alias Value = vec4<f16>;

//#include "parts/strided_copy.wgsl"
