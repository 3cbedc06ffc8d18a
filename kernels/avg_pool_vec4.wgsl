// Average pooling, four channels an invocation: the number of channels is a multiple of 4.
alias Value = vec4f;

//#include "parts/avg_pool.wgsl"
