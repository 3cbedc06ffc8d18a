// A contraction of float32, for adapters whose subgroups have a fixed size of 4 or 8.
enable subgroups;

alias Scalar = f32;
alias Vector = vec4f;

//#include "parts/contract_subgroup.wgsl"
