// Max-pooling, four channels an invocation: the number of channels is a multiple of 4.
alias Value = vec4f;
alias Index = vec4u;
alias Condition = vec4<bool>;

fn element_indices(place: u32) -> vec4u { return vec4u(place * 4) + vec4u(0, 1, 2, 3); }
fn gathered(at: vec4u) -> vec4f { return vec4f(elements[at.x], elements[at.y], elements[at.z], elements[at.w]); }

//#include "parts/max_pool.wgsl"
