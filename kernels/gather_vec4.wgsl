// Rows by index, four neighbouring elements an invocation: `elements` and `inner` count vec4.
alias Bits = vec4u;

//#include "parts/gather.wgsl"
