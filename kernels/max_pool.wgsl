// Max-pooling, one channel an invocation.
alias Value = f32;
alias Index = u32;
alias Condition = bool;

fn element_indices(place: u32) -> u32 { return place; }
fn gathered(at: u32) -> f32 { return elements[at]; }

//#include "parts/max_pool.wgsl"
