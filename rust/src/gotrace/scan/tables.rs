//! The columns of a scan.

use std::sync::Arc;

use arrow_array::{ArrayRef, Int64Array, RecordBatch, UInt8Array, UInt16Array, UInt32Array};
use arrow_schema::ArrowError;

use super::super::order::Context;
use super::super::tables::record_batch;
use super::ranges::Range;
use super::spans::Span;
use super::totals::{Totals, bounds_of};

type Batch = Result<RecordBatch, ArrowError>;

fn i64s(values: impl IntoIterator<Item = i64>) -> ArrayRef {
    Arc::new(Int64Array::from_iter_values(values))
}

/// Ids as signed numbers: -1 for none.
fn ids(values: impl IntoIterator<Item = u64>) -> ArrayRef {
    i64s(values.into_iter().map(u64::cast_signed))
}

fn u32s(values: impl IntoIterator<Item = u32>) -> ArrayRef {
    Arc::new(UInt32Array::from_iter_values(values))
}

fn u16s(values: impl IntoIterator<Item = u32>) -> ArrayRef {
    Arc::new(UInt16Array::from_iter_values(
        values.into_iter().map(|value| value.min(0xffff) as u16),
    ))
}

fn u8s(values: impl IntoIterator<Item = u8>) -> ArrayRef {
    Arc::new(UInt8Array::from_iter_values(values))
}

/// Ranges with their ends.
#[derive(Default)]
pub struct RangeRows(Vec<(Range, i64)>);

impl RangeRows {
    pub fn push(&mut self, range: &Range, end_ns: i64) {
        self.0.push((*range, end_ns));
    }

    /// The ranges, out of here.
    pub fn drain(&mut self) -> Vec<(Range, i64)> {
        std::mem::take(&mut self.0)
    }

    pub fn take(&mut self) -> Batch {
        let rows = self.drain();
        let of = |get: fn(&Range) -> u64| ids(rows.iter().map(|(range, _)| get(range)));
        let id_of = |get: fn(&Range) -> u32| u32s(rows.iter().map(|(range, _)| get(range)));
        record_batch(vec![
            ("kind", u8s(rows.iter().map(|(range, _)| range.kind))),
            ("start", i64s(rows.iter().map(|(range, _)| range.start_ns))),
            ("end", i64s(rows.iter().map(|(_, end_ns)| *end_ns))),
            ("off", i64s(rows.iter().map(|(range, _)| range.off_ns))),
            ("m", of(|range| range.m)),
            ("p", of(|range| range.p)),
            ("g", of(|range| range.g)),
            ("stack_id", id_of(|range| range.stack)),
            ("text_id", id_of(|range| range.text)),
            ("arg0", of(|range| range.args[0])),
            ("arg1", of(|range| range.args[1])),
            ("extra_stack_id", id_of(|range| range.extra_stack)),
            ("cut", u8s(rows.iter().map(|(range, _)| range.cut))),
        ])
    }
}

/// Spans.
#[derive(Default)]
pub struct SpanRows(Vec<Span>);

impl SpanRows {
    pub fn push(&mut self, span: &Span) {
        self.0.push(*span);
    }

    pub fn take(&mut self) -> Batch {
        let spans = std::mem::take(&mut self.0);
        record_batch(span_columns(&spans))
    }
}

fn span_columns(spans: &[Span]) -> Vec<(&'static str, ArrayRef)> {
    vec![
        ("g", ids(spans.iter().map(|span| span.goroutine))),
        ("state", u8s(spans.iter().map(|span| span.key.state))),
        ("cause", u8s(spans.iter().map(|span| span.key.cause))),
        ("reason_id", u32s(spans.iter().map(|span| span.key.reason))),
        ("start", i64s(spans.iter().map(|span| span.start_ns))),
        ("end", i64s(spans.iter().map(|span| span.end_ns))),
        ("stack_id", u32s(spans.iter().map(|span| span.key.stack))),
        (
            "end_stack_id",
            u32s(spans.iter().map(|span| span.end_stack)),
        ),
        ("p", ids(spans.iter().map(|span| span.p))),
    ]
}

/// The longest spans, with who made their goroutines runnable.
pub fn longest(spans: &[Span]) -> Batch {
    let mut columns = span_columns(spans);
    columns.push(("other_g", ids(spans.iter().map(|span| span.other))));
    record_batch(columns)
}

/// The sums, in the order of their keys.
pub fn totals(totals: &Totals) -> Batch {
    let mut rows: Vec<_> = totals.totals.iter().collect();
    rows.sort_by_key(|row| (row.key.state, row.key.cause, row.key.reason, row.key.stack));
    record_batch(vec![
        ("state", u8s(rows.iter().map(|row| row.key.state))),
        ("cause", u8s(rows.iter().map(|row| row.key.cause))),
        ("reason_id", u32s(rows.iter().map(|row| row.key.reason))),
        ("stack_id", u32s(rows.iter().map(|row| row.key.stack))),
        ("count", ids(rows.iter().map(|row| row.count))),
        ("total_ns", i64s(rows.iter().map(|row| row.total_ns))),
        ("max_ns", i64s(rows.iter().map(|row| row.max_ns))),
    ])
}

/// The buckets that hold anything, in the order of their keys.
pub fn histograms(totals: &Totals) -> Batch {
    let mut all: Vec<_> = totals.histograms.iter().collect();
    all.sort_by_key(|one| (one.key.state, one.key.cause, one.key.reason));
    let mut rows = Vec::new();
    for histogram in all {
        let counts = (0..).zip(&histogram.counts);
        rows.extend(
            counts
                .filter(|(_, count)| **count > 0)
                .map(|(bucket, count)| (histogram.key, bucket, *count)),
        );
    }
    record_batch(vec![
        ("state", u8s(rows.iter().map(|(key, ..)| key.state))),
        ("cause", u8s(rows.iter().map(|(key, ..)| key.cause))),
        ("reason_id", u32s(rows.iter().map(|(key, ..)| key.reason))),
        (
            "bucket",
            u16s(rows.iter().map(|(_, bucket, _)| *bucket as u32)),
        ),
        (
            "low_ns",
            i64s(rows.iter().map(|(_, bucket, _)| bounds_of(*bucket).0)),
        ),
        (
            "high_ns",
            i64s(rows.iter().map(|(_, bucket, _)| bounds_of(*bucket).1)),
        ),
        ("count", ids(rows.iter().map(|(_, _, count)| *count))),
    ])
}

/// Steps of a function of time: Ps in GC work, and Ps.
#[derive(Default)]
pub struct Steps(Vec<(i64, u32, u32)>);

impl Steps {
    pub fn push(&mut self, time_ns: i64, busy: u32, procs: u32) {
        self.0.push((time_ns, busy, procs));
    }

    /// One P more was busy in all steps so far, unless it was known to be.
    pub fn raise(&mut self, known: u32) {
        for (_, busy, procs) in &mut self.0 {
            *busy = (*busy + u32::from(known == 0)).min(*procs);
        }
    }

    pub fn take(&mut self) -> Batch {
        let rows = std::mem::take(&mut self.0);
        record_batch(vec![
            ("time", i64s(rows.iter().map(|row| row.0))),
            ("gc_procs", u16s(rows.iter().map(|row| row.1))),
            ("procs", u16s(rows.iter().map(|row| row.2))),
        ])
    }
}

/// Readings of the heap and of GOMAXPROCS.
#[derive(Default)]
pub struct Heap(Vec<(i64, u8, u64)>);

impl Heap {
    pub fn push(&mut self, time_ns: i64, event_type: u8, value: u64) {
        self.0.push((time_ns, event_type, value));
    }

    pub fn take(&mut self) -> Batch {
        let rows = std::mem::take(&mut self.0);
        record_batch(vec![
            ("time", i64s(rows.iter().map(|row| row.0))),
            ("type", u8s(rows.iter().map(|row| row.1))),
            ("value", ids(rows.iter().map(|row| row.2))),
        ])
    }
}

/// CPU samples.
#[derive(Default)]
pub struct Samples(Vec<(i64, Context, u32)>);

impl Samples {
    pub fn push(&mut self, time_ns: i64, context: Context, stack: u32) {
        self.0.push((time_ns, context, stack));
    }

    pub fn take(&mut self) -> Batch {
        let rows = std::mem::take(&mut self.0);
        record_batch(vec![
            ("time", i64s(rows.iter().map(|row| row.0))),
            ("m", ids(rows.iter().map(|row| row.1.m))),
            ("p", ids(rows.iter().map(|row| row.1.p))),
            ("g", ids(rows.iter().map(|row| row.1.g))),
            ("stack_id", u32s(rows.iter().map(|row| row.2))),
        ])
    }
}
