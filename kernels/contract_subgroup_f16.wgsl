// A contraction of float16, in float32, for adapters whose subgroups have a fixed size of 4 or 8.
enable subgroups;
enable f16;

alias Scalar = f16;
alias Vector = vec4<f16>;

//#include "parts/contract_subgroup.wgsl"
