//! Go executables: build information, program counters to frames, sizes of map arrays.

mod buildinfo;
mod dwarf;
mod image;
mod locate;
mod pclntab;
mod spec;

use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_array::builder::{
    BooleanBuilder, StringBuilder, UInt16Builder, UInt32Builder, UInt64Builder,
};
use pyo3::prelude::*;
use pyo3_arrow::PyRecordBatch;

use crate::buffer::Input;
use crate::columns::batch;
use crate::fault::Fault;
use buildinfo::BuildInfo;
use image::Image;
use pclntab::LineTable;

/// Names that one call may return: a pc can stand for many frames.
const MAX_TEXT_BYTES: usize = 1 << 30;

/// What is known about an executable without its bytes.
pub struct Binary {
    build_info: BuildInfo,
    table: LineTable,
    architecture: String,
    format: &'static str,
}

impl Binary {
    /// Read the headers.
    pub fn open(data: &[u8]) -> Result<Self, Fault> {
        let image = Image::parse(data)?;
        let build_info = buildinfo::read(&image, data)?;
        let minor = buildinfo::minor_release(&build_info.version);
        let table = LineTable::find(&image, data, minor)?;
        Ok(Self {
            build_info,
            table,
            architecture: image.architecture,
            format: image.format,
        })
    }

    /// Frames of program counters; those outside the program have no row.
    pub fn symbolize(
        &self,
        data: &[u8],
        pcs: &[u64],
        slide: u64,
        return_addresses: bool,
    ) -> Result<RecordBatch, Fault> {
        let mut pc_rows = UInt64Builder::new();
        let mut depth_rows = UInt16Builder::new();
        let mut function = StringBuilder::new();
        let mut file = StringBuilder::new();
        let mut line = UInt32Builder::new();
        let mut inlined = BooleanBuilder::new();
        let mut text_bytes = 0usize;
        for pc in pcs {
            let Some(linked) = pc.checked_sub(slide) else {
                continue;
            };
            let frames = self.table.frames(data, linked, return_addresses);
            for (depth, frame) in (0u16..).zip(frames) {
                text_bytes += 3 * (frame.function.len() + frame.file.len());
                if text_bytes > MAX_TEXT_BYTES {
                    return Err(Fault::foreign(format!(
                        "the names of the frames are longer than {MAX_TEXT_BYTES} bytes"
                    )));
                }
                pc_rows.append_value(*pc);
                depth_rows.append_value(depth);
                function.append_value(String::from_utf8_lossy(frame.function));
                file.append_value(String::from_utf8_lossy(frame.file));
                line.append_value(frame.line);
                inlined.append_value(frame.inlined);
            }
        }
        batch(vec![
            ("pc", false, Arc::new(pc_rows.finish()) as _),
            ("depth", false, Arc::new(depth_rows.finish())),
            ("function", false, Arc::new(function.finish())),
            ("file", false, Arc::new(file.finish())),
            ("line", false, Arc::new(line.finish())),
            ("inlined", false, Arc::new(inlined.finish())),
        ])
    }
}

/// A Go executable, held as long as this object lives.
#[pyclass(frozen, module = "growwork._native")]
pub struct NativeBinary {
    input: Input,
    binary: Binary,
}

#[pymethods]
impl NativeBinary {
    #[new]
    fn new(py: Python<'_>, data: &Bound<'_, PyAny>) -> PyResult<Self> {
        let input = Input::new(data)?;
        let binary = py.detach(|| Binary::open(input.bytes()))?;
        Ok(Self { input, binary })
    }

    /// `go1.26.8`, as the toolchain wrote it.
    #[getter]
    fn version(&self) -> &str {
        &self.binary.build_info.version
    }

    /// The text of `go version -m` without its first line.
    #[getter]
    fn modules(&self) -> &str {
        &self.binary.build_info.modules
    }

    #[getter]
    fn architecture(&self) -> &str {
        &self.binary.architecture
    }

    /// `ELF`, `Mach-O` or `PE`
    #[getter]
    fn container(&self) -> &str {
        self.binary.format
    }

    /// Whether inlined calls can be told.
    #[getter]
    fn has_inline_trees(&self) -> bool {
        self.binary.table.has_inline_trees()
    }

    /// Frames of program counters, innermost first.
    fn symbolize(
        &self,
        py: Python<'_>,
        pcs: Vec<u64>,
        slide: u64,
        return_addresses: bool,
    ) -> PyResult<Py<PyAny>> {
        let frames = py.detach(|| {
            self.binary
                .symbolize(self.input.bytes(), &pcs, slide, return_addresses)
        })?;
        Ok(PyRecordBatch::new(frames).into_pyarrow(py)?.unbind())
    }

    /// Entry address of a function as linked.
    fn function_entry(&self, py: Python<'_>, name: &str) -> Option<u64> {
        py.detach(|| self.binary.table.entry(self.input.bytes(), name.as_bytes()))
    }

    /// (key type, element type, bytes of eight slots, Swiss) of each map type in the debug
    /// information.
    fn map_arrays(&self, py: Python<'_>) -> PyResult<Vec<(String, String, u64, bool)>> {
        let arrays = py.detach(|| dwarf::map_arrays(self.input.bytes()))?;
        Ok(arrays
            .into_iter()
            .map(|array| (array.key, array.elem, array.bytes, array.swiss))
            .collect())
    }
}
