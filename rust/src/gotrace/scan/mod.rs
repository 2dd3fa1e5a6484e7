//! Intervals out of events: what a goroutine did and for how long, and what the GC did meanwhile.
//!
//! A trace of 20 million events has some ten thousand intervals anybody looks at, and sums of
//! the rest. This sink makes them while the events pass, so that no event is ever stored:
//!
//! * `spans`: the states of goroutines, summed by cause and stack, the longest ones kept;
//! * `ranges`: pauses, GC cycles, assists, sweeps, runs of mark workers, regions, tasks;
//! * `busy`: how many Ps the GC keeps from the program.
//!
//! It knows what the wire format knows, and nothing of maps.

mod busy;
mod changes;
mod longest;
mod python;
mod ranges;
mod spans;
mod stops;
mod tables;
#[cfg(test)]
mod tests;
mod totals;
mod watched;
mod window;

pub use python::GoTraceScanner;

use arrow_array::RecordBatch;
use arrow_schema::ArrowError;

use self::busy::Busy;
use self::ranges::Ranges;
use self::spans::Spans;
use self::tables::{Heap, Samples, SpanRows};
use self::window::Window;
use super::names::Lookup;
use super::output::{Delivery, Sink};
use super::reader::Reader;
use super::spec;
use super::wire::HeaderError;

/// What to scan for.
#[derive(Clone, Default)]
pub struct Options {
    pub window: Window,
    /// One goroutine's spans and ranges alone.
    pub goroutine: Option<u64>,
    /// Goroutines count only inside a region of this name.
    pub region: Option<Vec<u8>>,
    /// Keep every span.
    pub spans: bool,
    /// Spans to keep per state as the longest.
    pub longest: usize,
    /// Reasons of waits that are worth keeping; other waits are idleness.
    pub wait_reasons: Vec<Vec<u8>>,
}

/// The sink.
pub struct Scan {
    pub window: Window,
    pub spans: Spans,
    pub ranges: Ranges,
    pub busy: Busy,
    pub heap: Heap,
    pub samples: Samples,
    goroutine: Option<u64>,
    pub first_ns: Option<i64>,
    pub last_ns: i64,
}

impl Scan {
    pub fn new(options: &Options) -> Self {
        Self {
            window: options.window,
            spans: Spans::new(options),
            ranges: Ranges::new(options.window),
            busy: Busy::new(options.window),
            heap: Heap::default(),
            samples: Samples::default(),
            goroutine: options.goroutine,
            first_ns: None,
            last_ns: 0,
        }
    }

    /// Ends what is open, as at the end of the trace.
    pub fn close(&mut self) {
        self.spans.close(self.last_ns, &mut self.ranges);
        self.ranges.close(self.last_ns);
    }

    /// The tables so far: ranges, steps, heap, samples, spans.
    pub fn take(&mut self) -> Result<[RecordBatch; 5], ArrowError> {
        Ok([
            self.ranges.rows.take()?,
            self.busy.steps.take()?,
            self.heap.take()?,
            self.samples.take()?,
            self.spans
                .rows
                .as_mut()
                .map_or_else(|| SpanRows::default().take(), SpanRows::take)?,
        ])
    }

    fn heap(&mut self, delivery: &Delivery<'_>) {
        if self.window.holds(delivery.time_ns) {
            let [value, ..] = delivery.event.args;
            self.heap
                .push(delivery.time_ns, delivery.event.event_type, value);
        }
    }

    fn sample(&mut self, delivery: &Delivery<'_>, lookup: &mut Lookup<'_>) {
        let wanted = self.goroutine.is_none_or(|g| g == delivery.context.g);
        if wanted && self.window.holds(delivery.time_ns) {
            let [stack, ..] = delivery.event.args;
            let stack = lookup.stack(stack);
            self.samples
                .push(delivery.time_ns, *delivery.context, stack);
        }
    }
}

impl Sink for Scan {
    const RELAYED: bool = true;

    #[inline]
    fn push(&mut self, delivery: &Delivery<'_>, lookup: &mut Lookup<'_>) {
        self.last_ns = delivery.time_ns;
        match delivery.event.event_type {
            spec::GO_START..=spec::GO_STATUS
            | spec::GO_CREATE
            | spec::GO_CREATE_SYSCALL
            | spec::GO_CREATE_BLOCKED
            | spec::GO_STATUS_STACK => {
                self.spans
                    .transition(delivery, lookup, &mut self.ranges, &mut self.busy);
            }
            spec::PROC_START => self.ranges.stops.proc_started(delivery),
            spec::PROC_STOP | spec::PROC_STEAL => self.ranges.stops.proc_stopped(delivery),
            spec::PROC_STATUS => self.busy.proc_seen(delivery),
            spec::PROCS_CHANGE => {
                self.busy.procs_changed(delivery);
                self.heap(delivery);
            }
            spec::HEAP_ALLOC | spec::HEAP_GOAL => self.heap(delivery),
            spec::STW_BEGIN | spec::STW_END => {
                self.ranges.stop_the_world(delivery, lookup, &mut self.busy);
            }
            spec::GC_ACTIVE | spec::GC_BEGIN | spec::GC_END => {
                self.ranges.cycle(delivery, lookup);
            }
            spec::GC_SWEEP_ACTIVE | spec::GC_SWEEP_BEGIN | spec::GC_SWEEP_END => {
                self.ranges.sweep(delivery, lookup, &mut self.busy);
            }
            spec::GC_MARK_ASSIST_ACTIVE
            | spec::GC_MARK_ASSIST_BEGIN
            | spec::GC_MARK_ASSIST_END
            | spec::GO_LABEL
            | spec::USER_REGION_BEGIN
            | spec::USER_REGION_END => {
                self.spans
                    .annotate(delivery, lookup, &mut self.ranges, &mut self.busy);
            }
            spec::USER_TASK_BEGIN | spec::USER_TASK_END => self.ranges.task(delivery, lookup),
            spec::CPU_SAMPLE => self.sample(delivery, lookup),
            spec::SYNC => {
                self.first_ns.get_or_insert(delivery.time_ns);
                self.ranges.known_from_ns.get_or_insert(delivery.time_ns);
                self.busy.sync();
            }
            _ => {}
        }
    }

    fn reset(&mut self) {
        self.close();
        self.ranges.known_from_ns = None;
        self.busy.reset(self.last_ns);
    }
}

/// Scans a whole trace and counts the rows of all tables; for fuzzing and measurements.
pub fn scan_rows(data: &[u8], threads: usize, options: &Options) -> Result<usize, HeaderError> {
    let mut reader = Reader::new(data)?;
    reader.threads = threads;
    let mut scan = Scan::new(options);
    let mut rows = 0;
    while reader.next(data, &mut scan).is_some() {
        rows += count_rows(&mut scan);
    }
    scan.close();
    Ok(rows + count_rows(&mut scan) + scan.spans.totals.totals.len())
}

fn count_rows(scan: &mut Scan) -> usize {
    let tables = scan.take();
    tables.map_or(0, |tables| tables.iter().map(RecordBatch::num_rows).sum())
}
