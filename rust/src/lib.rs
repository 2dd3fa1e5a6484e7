//! Decoders behind `growwork._native`: bytes in, Arrow columns out.
//!
//! One module per format. Nothing here knows about maps, findings or files:
//! that is Python's side of the boundary.

pub mod buffer;
pub mod columns;
pub mod fault;
pub mod gobinary;
pub mod gotrace;
pub mod heapdebug;
pub mod pprof;

use pyo3::prelude::*;

/// The native half of growwork.
#[pymodule]
fn _native(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add("__version__", env!("CARGO_PKG_VERSION"))?;
    m.add("DecodeError", m.py().get_type::<fault::DecodeError>())?;
    m.add_class::<pprof::PprofParts>()?;
    m.add_function(wrap_pyfunction!(pprof::decode_pprof, m)?)?;
    m.add_class::<heapdebug::HeapDebugParts>()?;
    m.add_function(wrap_pyfunction!(heapdebug::decode_heapdebug, m)?)?;
    m.add_class::<gobinary::NativeBinary>()?;
    gotrace::register(m)?;
    Ok(())
}
