// The recurrent layer of parts/recurrent.wgsl with the cell of parts/gru.wgsl, for adapters whose subgroups have a fixed size of 4 or 8.
enable subgroups;

//#include "parts/recurrent_subgroup.wgsl"
//#include "parts/gru.wgsl"
