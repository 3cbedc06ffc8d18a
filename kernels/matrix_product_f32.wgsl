// A matrix product of float32 on units that multiply 8 x 8 by 8 x 8.
enable chromium_experimental_subgroup_matrix;

alias Scalar = f32;
const M = 8;
const N = 8;
const K = 8;

//#include "parts/matrix_product.wgsl"
