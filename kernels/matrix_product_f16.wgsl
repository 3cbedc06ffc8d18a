// A matrix product of float16, in float32, on units that multiply 16 x 16 by 16 x 16.
enable chromium_experimental_subgroup_matrix;
enable f16;

alias Scalar = f16;
const M = 16;
const N = 16;
const K = 16;

//#include "parts/matrix_product.wgsl"
