// A contraction of float32, for any adapter.

alias Scalar = f32;
alias Vector = vec4f;

//#include "parts/contract_tile.wgsl"
