//! Heap profiles in the text form of `/debug/pprof/heap?debug=1`.

mod lines;
mod tables;

use pyo3::prelude::*;
use pyo3_arrow::PyRecordBatch;

use crate::buffer::Input;
pub use tables::{Tables, decode};

/// A decoded text profile.
#[pyclass(frozen, get_all, module = "growwork._native")]
pub struct HeapDebugParts {
    /// (inuse_objects, inuse_bytes, alloc_objects, alloc_bytes) of the header
    totals: (i64, i64, i64, i64),
    double_rate: i64,
    records: Py<PyAny>,
    pcs: Py<PyAny>,
    frames: Py<PyAny>,
    memstats: Vec<(String, String)>,
}

/// Decode the text of a heap profile.
#[pyfunction]
pub fn decode_heapdebug(py: Python<'_>, data: &Bound<'_, PyAny>) -> PyResult<HeapDebugParts> {
    let input = Input::new(data)?;
    let tables = py.detach(|| decode(input.bytes()))?;
    let export =
        |batch| -> PyResult<Py<PyAny>> { Ok(PyRecordBatch::new(batch).into_pyarrow(py)?.unbind()) };
    let totals = tables.totals;
    Ok(HeapDebugParts {
        totals: (
            totals.inuse_objects,
            totals.inuse_bytes,
            totals.alloc_objects,
            totals.alloc_bytes,
        ),
        double_rate: tables.double_rate,
        records: export(tables.records)?,
        pcs: export(tables.pcs)?,
        frames: export(tables.frames)?,
        memstats: tables.memstats,
    })
}
