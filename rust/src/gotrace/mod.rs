//! The Go execution trace, formats 1.22 to 1.26 (written by Go 1.22 to 1.27).
//!
//! A trace is a sequence of *generations*. Each generation is a set of batches: event batches,
//! which belong to one M (thread) each, and tables of strings, stacks and CPU samples. The
//! events of one M are in the order of emission; between Ms there is no order but the one the
//! scheduler's own rules imply, and timestamps are only advice. Reading is therefore:
//!
//! 1. `generation`: find the batches of one generation from their explicit sizes;
//! 2. `names`: load its string and stack tables, and map their ids to ids of the whole trace;
//! 3. `order`: merge the Ms, letting an event through when the state machine of G, P, M and GC
//!    says it can happen now, exactly as Go's `internal/trace` does;
//! 4. `tables`: put what comes out into Arrow columns.
//!
//! One generation is in memory at a time. A generation that is cut or broken is read as far as
//! the rules let its events through; what is lost is reported, and reading resumes with fresh
//! state at the next generation, because every generation restates all goroutines and Ps.

mod ahead;
mod clock;
mod decode;
mod generation;
mod growth;
mod ids;
mod merge;
mod names;
mod order;
mod output;
mod paged_ids;
mod pass;
mod python;
mod reader;
mod relay;
mod samples;
mod scan;
mod spec;
mod tables;
#[cfg(test)]
mod tests;
mod wire;

pub use pass::{decode_only, pass};
pub use python::register;
pub use scan::{Options, scan_rows};
pub use wire::HeaderError;
