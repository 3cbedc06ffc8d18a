// Average pooling, one channel an invocation.
alias Value = f32;

//#include "parts/avg_pool.wgsl"
