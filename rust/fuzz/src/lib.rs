//! What the fuzz targets share: the checks, a writer of traces, and a count of the heap.

pub mod checks;
pub mod heap;
pub mod mutate;
pub mod program;
pub mod wire;

#[global_allocator]
static HEAP: heap::Counted = heap::Counted;
