// How APO cuts the arena. A block is up to 1,024 neighbouring elements of one tensor and the work of one workgroup, 16 elements an invocation.

struct Block { first: u32, size: u32, group: u32, quota: u32 }   // first element in its chunk, a multiple of 4; quota: see EXEMPT

const EXEMPT = 0xffffffffu;   // as quota: trained by every task and claimed by none. Else as many elements as one task may own here

// Which of the four elements from `element` on belong to a block of that size.
fn inside(element: u32, size: u32) -> vec4<bool> {
  return vec4u(element) + vec4u(0, 1, 2, 3) < vec4u(size);
}

const ID = 0xffffu;           // the lower half of an owner's word is the task, 0 for nobody; the upper half is the claim's age in epochs
