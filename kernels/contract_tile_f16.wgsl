// A contraction of float16, in float32, for any adapter.
enable f16;

alias Scalar = f16;
alias Vector = vec4<f16>;

//#include "parts/contract_tile.wgsl"
