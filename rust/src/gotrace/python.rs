//! The Python face: one object per trace, one Arrow batch per generation.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3_arrow::PyRecordBatch;

use super::clock::Snapshot;
use super::pass::{decode_only, pass};
use super::reader::{Reader, Summary};
use super::scan::GoTraceScanner;
use super::spec::{FORMATS, NEWEST_OLD_FORMAT, Spec, TIMED_EVENTS};
use super::tables::{self, Columns};
use super::wire::{HEADER_BYTES, HeaderError};
use crate::buffer::Input;
use crate::fault::Fault;

pub fn header_fault(found: HeaderError) -> Fault {
    match found {
        HeaderError::Cut => Fault::truncated(0, "the file ends inside the trace header"),
        HeaderError::Foreign(kind) => {
            Fault::foreign(format!("not a Go execution trace; this looks like {kind}"))
        }
        HeaderError::Version(number) if number <= NEWEST_OLD_FORMAT => {
            Fault::unsupported(format!("trace format go 1.{number} is too old"))
        }
        HeaderError::Version(number) => {
            let known: Vec<_> = FORMATS
                .iter()
                .map(|row| format!("1.{}", row.number))
                .collect();
            let known = known.join(", ");
            Fault::unsupported(format!(
                "trace format go 1.{number} is unknown; known are {known}"
            ))
        }
    }
}

pub fn arrow_error(found: arrow_schema::ArrowError) -> PyErr {
    PyValueError::new_err(found.to_string())
}

/// (trace clock ns, monotonic ns, wall clock ns since 1970).
pub type Clock = (i64, u64, i64);

/// (experiment, generation, m, payload).
type ExperimentBatch = (u8, u64, i64, Vec<u8>);

/// (number, events, complete, bytes, clock).
type GenerationParts<'py> = (u64, Bound<'py, PyAny>, bool, usize, Option<Clock>);

/// Decodes one trace, a generation at a time.
#[pyclass(module = "growwork._native")]
struct GoTraceDecoder {
    input: Input,
    reader: Reader,
    wanted: [bool; 256],
}

#[pymethods]
impl GoTraceDecoder {
    /// `event_types`: the types to put into columns, `None` for all.
    #[new]
    #[pyo3(signature = (data, event_types=None))]
    fn new(data: &Bound<'_, PyAny>, event_types: Option<Vec<u8>>) -> PyResult<Self> {
        let input = Input::new(data)?;
        let reader = Reader::new(input.bytes()).map_err(header_fault)?;
        let mut wanted = [event_types.is_none(); 256];
        for event_type in event_types.into_iter().flatten() {
            if let Some(slot) = wanted.get_mut(usize::from(event_type)) {
                *slot = true;
            }
        }
        Ok(Self {
            input,
            reader,
            wanted,
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

    /// Reads on; `None` at the end of the trace.
    fn next_generation<'py>(&mut self, py: Python<'py>) -> PyResult<Option<GenerationParts<'py>>> {
        let read = py.detach(|| {
            let mut columns = Columns::new(self.wanted);
            let summary = self.reader.next(self.input.bytes(), &mut columns)?;
            Some((summary, columns.finish()))
        });
        let Some((summary, batch)) = read else {
            return nothing_read(&self.reader).map(|()| None);
        };
        let events = PyRecordBatch::new(batch.map_err(arrow_error)?).into_pyarrow(py)?;
        let Summary {
            number,
            complete,
            bytes,
            clock,
        } = summary;
        Ok(Some((number, events, complete, bytes, clock.map(clock_of))))
    }

    /// Batches of experiments in the generation read last: (experiment, generation, m, payload).
    fn experiments(&self) -> Vec<ExperimentBatch> {
        let batches = self.reader.experiments.iter();
        batches
            .map(|batch| {
                let span = batch.start..batch.start.saturating_add(batch.len);
                let payload = self.input.bytes().get(span).unwrap_or(&[]);
                let m = batch.m.cast_signed();
                (batch.experiment, batch.generation, m, payload.to_vec())
            })
            .collect()
    }

    /// Frames of the stacks seen in columns so far.
    fn frames<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let batch = py
            .detach(|| tables::frames(&self.reader.names))
            .map_err(arrow_error)?;
        PyRecordBatch::new(batch).into_pyarrow(py)
    }

    /// Texts seen so far; the index is the id.
    fn texts(&self) -> Vec<String> {
        texts_of(&self.reader)
    }
}

/// Times of a clock snapshot, in ns.
pub fn clock_of((trace_ns, snapshot): (i64, Snapshot)) -> Clock {
    let seconds = snapshot
        .wall_seconds
        .cast_signed()
        .wrapping_mul(1_000_000_000);
    let wall = seconds.wrapping_add(snapshot.wall_nanoseconds.cast_signed());
    (trace_ns, snapshot.mono_ns, wall)
}

/// Texts seen so far; the index is the id.
pub fn texts_of(reader: &Reader) -> Vec<String> {
    let texts = &reader.names.texts;
    let count = u32::try_from(texts.len()).unwrap_or(u32::MAX);
    (0..count).map(|id| tables::text_of(texts, id)).collect()
}

/// A file of which nothing could be read is an error, not an empty trace.
pub fn nothing_read(reader: &Reader) -> PyResult<()> {
    match &reader.first_fault {
        Some(fault) if reader.delivered == 0 => {
            let offset = fault.offset().unwrap_or(HEADER_BYTES) as u64;
            let report = if reader.cut {
                Fault::truncated
            } else {
                Fault::malformed
            };
            Err(report(offset, fault.problem().to_owned()).into())
        }
        _ => Ok(()),
    }
}

/// Orders and validates every event and makes nothing of them: their number, and on demand the
/// hash of who and when of all. For measurements.
#[pyfunction]
#[pyo3(signature = (data, threads=1, hash=false))]
fn gotrace_pass(
    py: Python<'_>,
    data: &Bound<'_, PyAny>,
    threads: usize,
    hash: bool,
) -> PyResult<(u64, Option<u64>)> {
    let input = Input::new(data)?;
    let passed = py.detach(|| pass(input.bytes(), threads, hash));
    Ok(passed.map_err(header_fault)?)
}

/// Decodes every event and orders none: the ceiling for measurements.
#[pyfunction]
fn gotrace_decode_only(py: Python<'_>, data: &Bound<'_, PyAny>) -> PyResult<u64> {
    let input = Input::new(data)?;
    let decoded = py.detach(|| decode_only(input.bytes()));
    Ok(decoded.map_err(header_fault)?)
}

/// The decoder's table of events, for the test that holds it against Python's.
#[pyfunction]
fn gotrace_events() -> Vec<Spec> {
    TIMED_EVENTS.to_vec()
}

pub fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_class::<GoTraceDecoder>()?;
    m.add_class::<GoTraceScanner>()?;
    m.add_function(wrap_pyfunction!(gotrace_pass, m)?)?;
    m.add_function(wrap_pyfunction!(gotrace_decode_only, m)?)?;
    m.add_function(wrap_pyfunction!(gotrace_events, m)?)
}
