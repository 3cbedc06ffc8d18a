// The recurrent layer of parts/recurrent.wgsl with the cell of parts/lstm.wgsl, for any adapter.

//#include "parts/recurrent_tile.wgsl"
//#include "parts/lstm.wgsl"
