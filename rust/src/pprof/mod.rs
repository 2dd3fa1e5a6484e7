//! Profiles in pprof's `profile.proto`, gzipped or not.

mod spec;
mod symbols;
mod tables;
mod wire;

use pyo3::prelude::*;
use pyo3_arrow::PyRecordBatch;

use crate::buffer::Input;
use tables::Tables;

pub use symbols::Header;
pub use tables::decode;
pub use wire::uncompressed;

/// A decoded profile: the header's fields and four record batches.
#[pyclass(frozen, get_all, module = "growwork._native")]
pub struct PprofParts {
    sample_types: Vec<(String, String)>,
    default_sample_type: String,
    period: i64,
    period_type: Option<(String, String)>,
    time_ns: i64,
    duration_ns: i64,
    comments: Vec<String>,
    drop_frames: String,
    keep_frames: String,
    doc_url: String,
    samples: Py<PyAny>,
    labels: Py<PyAny>,
    frames: Py<PyAny>,
    mappings: Py<PyAny>,
}

/// Decode a profile; `limit` bounds its uncompressed size in bytes.
#[pyfunction]
pub fn decode_pprof(py: Python<'_>, data: &Bound<'_, PyAny>, limit: u64) -> PyResult<PprofParts> {
    let input = Input::new(data)?;
    let decoded = py.detach(|| decode(&uncompressed(input.bytes(), limit)?));
    let Tables {
        header,
        samples,
        labels,
        frames,
        mappings,
    } = decoded?;
    let export =
        |batch| -> PyResult<Py<PyAny>> { Ok(PyRecordBatch::new(batch).into_pyarrow(py)?.unbind()) };
    Ok(PprofParts {
        sample_types: header.sample_types,
        default_sample_type: header.default_sample_type,
        period: header.period,
        period_type: header.period_type,
        time_ns: header.time_ns,
        duration_ns: header.duration_ns,
        comments: header.comments,
        drop_frames: header.drop_frames,
        keep_frames: header.keep_frames,
        doc_url: header.doc_url,
        samples: export(samples)?,
        labels: export(labels)?,
        frames: export(frames)?,
        mappings: export(mappings)?,
    })
}
