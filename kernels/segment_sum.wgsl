// Sums over runs of a sorted list, one element an invocation.
alias Value = f32;

//#include "parts/segment_sum.wgsl"
