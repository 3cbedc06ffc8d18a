// Sums over runs of a sorted list, four neighbouring elements an invocation: `elements` and `inner` count vec4.
alias Value = vec4f;

//#include "parts/segment_sum.wgsl"
