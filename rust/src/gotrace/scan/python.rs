//! The Python face of a scan.

use arrow_array::RecordBatch;
use arrow_schema::ArrowError;
use pyo3::prelude::*;
use pyo3_arrow::PyRecordBatch;

use super::super::python::{Clock, arrow_error, clock_of, header_fault, nothing_read, texts_of};
use super::super::reader::{Reader, Summary};
use super::super::tables;
use super::spans::Span;
use super::tables as columns;
use super::window::Window;
use super::{Options, Scan};
use crate::buffer::Input;

/// Ranges, utilization, heap, samples, spans.
type Tables<'py> = [Bound<'py, PyAny>; 5];

/// (number, complete, bytes, clock, tables).
type Parts<'py> = (u64, bool, usize, Option<Clock>, Tables<'py>);

/// Scans one trace, a generation at a time.
#[pyclass(module = "growwork._native")]
pub struct GoTraceScanner {
    input: Input,
    reader: Reader,
    scan: Scan,
    origin_ns: i64,
    closed: bool,
}

#[pymethods]
impl GoTraceScanner {
    #[new]
    #[pyo3(signature = (
        data, *, threads=1, start_ns=None, end_ns=None, goroutine=None, region=None, spans=false,
        longest=0, wait_reasons=Vec::new()
    ))]
    #[allow(clippy::too_many_arguments)] // keywords on Python's side
    fn new(
        data: &Bound<'_, PyAny>,
        threads: usize,
        start_ns: Option<i64>,
        end_ns: Option<i64>,
        goroutine: Option<u64>,
        region: Option<String>,
        spans: bool,
        longest: usize,
        wait_reasons: Vec<String>,
    ) -> PyResult<Self> {
        let input = Input::new(data)?;
        let mut reader = Reader::new(input.bytes()).map_err(header_fault)?;
        reader.threads = threads;
        let scan = Scan::new(&Options {
            window: Window {
                start_ns: start_ns.unwrap_or(i64::MIN),
                end_ns: end_ns.unwrap_or(i64::MAX),
            },
            goroutine,
            region: region.map(String::into_bytes),
            spans,
            longest,
            wait_reasons: wait_reasons.into_iter().map(String::into_bytes).collect(),
        });
        let origin_ns = reader.origin_ns(input.bytes());
        Ok(Self {
            input,
            reader,
            scan,
            origin_ns,
            closed: false,
        })
    }

    /// NN of the header `go 1.NN trace`.
    #[getter]
    fn format(&self) -> u32 {
        self.reader.format.number
    }

    #[getter]
    fn total_events(&self) -> u64 {
        self.reader.delivered
    }

    #[getter]
    fn warnings(&self) -> Vec<String> {
        self.reader.warnings.clone()
    }

    /// Time of the first event, before any is read.
    #[getter]
    fn origin_ns(&self) -> i64 {
        self.origin_ns
    }

    #[getter]
    fn first_ns(&self) -> i64 {
        self.scan.first_ns.unwrap_or(0)
    }

    #[getter]
    fn last_ns(&self) -> i64 {
        self.scan.last_ns
    }

    /// Offset behind what has been read.
    #[getter]
    fn position(&self) -> usize {
        self.reader.position()
    }

    /// Reads on; `None` at the end of the trace or behind the window.
    fn next_generation<'py>(&mut self, py: Python<'py>) -> PyResult<Option<Parts<'py>>> {
        if self.closed {
            return Ok(None);
        }
        let (summary, batches) = py.detach(|| self.read());
        let Some(summary) = summary else {
            nothing_read(&self.reader)?;
            return Ok(None);
        };
        let Summary {
            number,
            complete,
            bytes,
            clock,
        } = summary;
        let batches = batches.map_err(arrow_error)?;
        let to_python = |batch| PyRecordBatch::new(batch).into_pyarrow(py);
        let [a, b, c, d, e] = batches.map(to_python);
        let tables = [a?, b?, c?, d?, e?];
        Ok(Some((number, complete, bytes, clock.map(clock_of), tables)))
    }

    fn totals<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, columns::totals(&self.scan.spans.totals))
    }

    fn histograms<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, columns::histograms(&self.scan.spans.totals))
    }

    fn longest<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let kept = self.scan.spans.longest.iter();
        let spans: Vec<Span> = kept.flat_map(|longest| longest.in_order()).collect();
        to_python(py, columns::longest(&spans))
    }

    /// Frames of the stacks seen in tables so far.
    fn frames<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, tables::frames(&self.reader.names))
    }

    /// Texts seen so far; the index is the id.
    fn texts(&self) -> Vec<String> {
        texts_of(&self.reader)
    }
}

impl GoTraceScanner {
    fn read(&mut self) -> (Option<Summary>, Result<[RecordBatch; 5], ArrowError>) {
        let mut summary = self.reader.next(self.input.bytes(), &mut self.scan);
        let behind = self.scan.last_ns > self.scan.window.end_ns;
        if summary.is_none() || self.reader.is_done() || behind {
            self.closed = true;
            self.scan.close();
        }
        self.scan.busy.enter_window(self.scan.last_ns);
        let batches = self.scan.take();
        if summary.is_none() && matches!(&batches, Ok([ranges, ..]) if ranges.num_rows() > 0) {
            // The last bytes gave no generation, yet what they left open must end somewhere.
            summary = Some(Summary {
                number: 0,
                complete: false,
                bytes: 0,
                clock: None,
            });
        }
        (summary, batches)
    }
}

fn to_python<'py>(
    py: Python<'py>,
    batch: Result<RecordBatch, ArrowError>,
) -> PyResult<Bound<'py, PyAny>> {
    PyRecordBatch::new(batch.map_err(arrow_error)?).into_pyarrow(py)
}
