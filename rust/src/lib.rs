//! Decoders behind `growwork._native`: bytes in, Arrow columns out.
//!
//! One module per format. Nothing here knows about maps, findings or files:
//! that is Python's side of the boundary.

use pyo3::prelude::*;

/// The native half of growwork.
#[pymodule]
fn _native(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add("__version__", env!("CARGO_PKG_VERSION"))?;
    Ok(())
}
