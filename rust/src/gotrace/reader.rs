//! The whole file: generation after generation, and what to do when one is broken.

use super::ahead::{self, Ahead};
use super::clock::{Snapshot, Sync, Tick, USUAL_FREQUENCY};
use super::generation::{End, Generation};
use super::merge::Merge;
use super::names::{Lookup, Names};
use super::order::Ordering;
use super::order::cursor::Source;
use super::output::{Output, Sink};
use super::relay::relay;
use super::samples::{Sample, read_samples};
use super::spec::Format;
use super::wire::{BatchHeader, Fault, HEADER_BYTES, HeaderError, read_header};

/// Warnings kept; a shredded file has one per generation.
const MAX_WARNINGS: usize = 100;

/// What was read of one generation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary {
    pub number: u64,
    /// Nothing is missing and every rule held.
    pub complete: bool,
    /// Bytes of the file it takes.
    pub bytes: usize,
    /// Trace clock in ns with the snapshot taken at it.
    pub clock: Option<(i64, Snapshot)>,
}

/// What came of the events of a generation.
struct Passed {
    /// Bytes of events delivered.
    read: usize,
    names_fault: Option<Fault>,
    fault: Option<Fault>,
}

/// Reads a trace; the file's bytes are handed in with every call.
pub struct Reader {
    pub format: Format,
    pub names: Names,
    /// Events delivered so far, whether or not the sink wanted them.
    pub delivered: u64,
    pub warnings: Vec<String>,
    /// The first fault of the file.
    pub first_fault: Option<Fault>,
    /// The file ends where its format says it may not.
    pub cut: bool,
    /// Batches of experiments in the generation read last.
    pub experiments: Vec<BatchHeader>,
    /// 2 or more: a second thread decodes ahead.
    pub threads: usize,
    order: Ordering,
    /// Tables of the rules, when `names` are with the sink on another thread.
    order_names: Names,
    pos: usize,
    last_ns: i64,
    frequency: u64,
    syncs: u64,
    done: bool,
}

impl Reader {
    pub fn new(data: &[u8]) -> Result<Self, HeaderError> {
        Ok(Self {
            format: read_header(data)?,
            names: Names::new(),
            delivered: 0,
            warnings: Vec::new(),
            first_fault: None,
            cut: false,
            experiments: Vec::new(),
            threads: 1,
            order: Ordering::new(),
            order_names: Names::new(),
            pos: HEADER_BYTES,
            last_ns: 0,
            frequency: USUAL_FREQUENCY,
            syncs: 0,
            done: false,
        })
    }

    /// Time of the first event, without reading any.
    pub fn origin_ns(&self, data: &[u8]) -> i64 {
        let Some(generation) = Generation::index(data, HEADER_BYTES, self.format) else {
            return 0;
        };
        let (sync, _) = Sync::read(data, &generation.syncs, self.format);
        let tick = Tick::from_frequency(sync.frequency.unwrap_or(USUAL_FREQUENCY));
        tick.nanoseconds(generation.min_time).max(1)
    }

    /// Offset behind what has been read.
    pub fn position(&self) -> usize {
        self.pos
    }

    /// Whether nothing more is to be read.
    pub fn is_done(&self) -> bool {
        self.done
    }

    /// Delivers the next generation that has anything readable to `sink`; `None` at the end.
    pub fn next<S: Sink + Send>(&mut self, data: &[u8], sink: &mut S) -> Option<Summary> {
        while !self.done {
            let Some(mut generation) = Generation::index(data, self.pos, self.format) else {
                self.done = true;
                if self.syncs == 0 && self.first_fault.is_none() {
                    self.warn("the trace holds no generation".to_owned());
                }
                break;
            };
            self.experiments = std::mem::take(&mut generation.experiments);
            self.pos = generation.span.end;
            self.done = !generation.resumable || self.pos >= data.len();
            if generation.number != 0 {
                return Some(self.read(data, &generation, sink));
            }
            self.skip(data, &generation);
            sink.reset();
        }
        None
    }

    /// Nothing here can be used.
    fn skip(&mut self, data: &[u8], generation: &Generation) {
        let fault = break_of(generation, self.format)
            .unwrap_or_else(|| Fault::at(generation.span.start, "no frequency event found"));
        let start = generation.span.start;
        let bytes = if self.done {
            data.len() - start
        } else {
            generation.span.len()
        };
        self.cut |= matches!(generation.end, End::Cut { .. });
        self.warn(format!(
            "{bytes} bytes at offset {start} are lost: {}",
            describe(&fault)
        ));
        self.first_fault.get_or_insert(fault);
        self.order.reset();
    }

    fn read<S: Sink + Send>(
        &mut self,
        data: &[u8],
        generation: &Generation,
        sink: &mut S,
    ) -> Summary {
        let (sync, sync_fault) = Sync::read(data, &generation.syncs, self.format);
        self.frequency = sync.frequency.unwrap_or(self.frequency);
        let tick = Tick::from_frequency(self.frequency);
        let (samples, samples_fault) = read_samples(data, &generation.samples, tick);
        let unfinished = unfinished(generation, self.format);
        let source = Source {
            data,
            generation,
            tick,
            ahead: None,
        };
        let passed = if self.threads > 1 && S::RELAYED {
            self.relay(source, &samples, sink)
        } else {
            self.deliver(source, &samples, sink)
        };
        let fault = unfinished
            .or(passed.names_fault)
            .or(sync_fault)
            .or(samples_fault)
            .or(passed.fault);
        let complete = fault.is_none();
        if let Some(fault) = fault {
            self.report(generation, passed.read, fault);
            sink.reset();
        }
        self.report_rest(data, generation, complete);
        let clock = sync
            .snapshot
            .map(|snapshot| (tick.nanoseconds(snapshot.ticks), snapshot));
        let bytes = generation.span.len();
        Summary {
            number: generation.number,
            complete,
            bytes,
            clock,
        }
    }

    /// Orders a generation and delivers its events on this thread; the sink takes them on another.
    fn relay<S: Sink + Send>(
        &mut self,
        source: Source<'_>,
        samples: &[Sample],
        sink: &mut S,
    ) -> Passed {
        // The texts of the rules keep their own ids through the whole trace.
        let mut names = std::mem::replace(
            &mut self.names,
            std::mem::replace(&mut self.order_names, Names::new()),
        );
        let passed = std::thread::scope(|scope| {
            let (mut relay, replay) = relay();
            let names = &mut names;
            scope.spawn(move || {
                let Source {
                    data, generation, ..
                } = source;
                names.load(data, generation);
                let mut lookup = Lookup {
                    data,
                    names,
                    unknown: None,
                };
                replay.run(sink, &mut lookup);
            });
            let passed = self.deliver(source, samples, &mut relay);
            relay.finish();
            passed
        });
        self.order_names = std::mem::replace(&mut self.names, names);
        passed
    }

    /// Orders a generation and delivers its events.
    fn deliver<S: Sink>(&mut self, source: Source<'_>, samples: &[Sample], sink: &mut S) -> Passed {
        let Source {
            data, generation, ..
        } = source;
        let names_fault = self.names.load(data, generation);
        self.order.enter_generation();
        let mut out = Output {
            lookup: Lookup {
                data,
                names: &mut self.names,
                unknown: None,
            },
            sink,
            last_ns: self.last_ns,
            delivered: self.delivered,
        };
        self.syncs += 1;
        out.sync(source.tick.nanoseconds(generation.min_time), self.syncs);
        let ahead = self.threads > 1 && !S::LEAVES_NO_THREAD && ahead::is_worth_it(generation);
        let (read, stopped) = if ahead {
            merge_with_help(source, samples, &mut self.order, &mut out)
        } else {
            merge(source, samples, &mut self.order, &mut out)
        };
        let fault = out.lookup.unknown.take().or(stopped);
        let whole = fault.is_none() && names_fault.is_none();
        if whole && self.pos == data.len() && unfinished(generation, self.format).is_none() {
            self.syncs += 1;
            out.sync(i64::MIN, self.syncs);
        }
        let Output {
            last_ns, delivered, ..
        } = out;
        (self.last_ns, self.delivered) = (last_ns, delivered);
        Passed {
            read,
            names_fault,
            fault,
        }
    }

    /// Reports a generation with losses, and forgets the state it left behind.
    fn report(&mut self, generation: &Generation, read: usize, fault: Fault) {
        let lost = generation.event_bytes.saturating_sub(read);
        self.warn(format!(
            "generation {} is incomplete: {}; ordered {read} of {} bytes of events ({lost} lost)",
            generation.number,
            describe(&fault),
            generation.event_bytes,
        ));
        self.cut |= matches!(generation.end, End::Cut { .. } | End::Eof);
        self.first_fault.get_or_insert(fault);
        self.order.reset();
    }

    /// Reports what follows the last generation that can be found.
    fn report_rest(&mut self, data: &[u8], generation: &Generation, complete: bool) {
        let fault = break_of(generation, self.format);
        let Some(fault) = fault.filter(|_| complete || !generation.resumable) else {
            return;
        };
        self.cut |= matches!(generation.end, End::Cut { .. });
        if !generation.resumable && matches!(generation.end, End::Broken(_)) {
            let at = fault.offset().unwrap_or(generation.span.end);
            let bytes = data.len().saturating_sub(at);
            self.warn(format!(
                "the last {bytes} bytes of the file are lost: {}",
                describe(&fault)
            ));
        } else if complete {
            self.warn(format!(
                "after generation {}: {}",
                generation.number,
                describe(&fault)
            ));
        }
        self.first_fault.get_or_insert(fault);
    }

    fn warn(&mut self, warning: String) {
        if self.warnings.len() < MAX_WARNINGS {
            self.warnings.push(warning);
        } else if self.warnings.len() == MAX_WARNINGS {
            self.warnings
                .push("further warnings are left out".to_owned());
        }
    }
}

/// Merges a generation: bytes of events delivered, and what is wrong with the events.
fn merge<S: Sink>(
    source: Source<'_>,
    samples: &[Sample],
    order: &mut Ordering,
    out: &mut Output<'_, S>,
) -> (usize, Option<Fault>) {
    let mut merge = Merge::new(source, samples, order);
    let stopped = merge.run(out).err();
    (merge.bytes_read(), merge.undecodable.take().or(stopped))
}

/// The same, while a second thread decodes.
fn merge_with_help<S: Sink>(
    source: Source<'_>,
    samples: &[Sample],
    order: &mut Ordering,
    out: &mut Output<'_, S>,
) -> (usize, Option<Fault>) {
    let ahead = Ahead::new(source.generation.batch_count());
    std::thread::scope(|scope| {
        scope.spawn(|| ahead.run(&source));
        let source = Source {
            ahead: Some(&ahead),
            ..source
        };
        let merged = merge(source, samples, order, out);
        ahead.close();
        merged
    })
}

/// What breaks the sequence of items at the end of a generation.
fn break_of(generation: &Generation, format: Format) -> Option<Fault> {
    match &generation.end {
        End::Whole => None,
        End::Eof => format
            .explicit_end
            .then(|| Fault::new("incomplete generation found; trace likely truncated")),
        End::Cut { .. } => Some(Fault::new(
            "the file ends inside a batch; trace likely truncated",
        )),
        End::Broken(fault) => Some(fault.clone()),
    }
}

/// Whether the break proves that batches of this generation are missing. Without an explicit end
/// an unreadable item may be the next generation's: then the tables tell.
fn unfinished(generation: &Generation, format: Format) -> Option<Fault> {
    if generation.crowded {
        return Some(Fault::new("more threads than a program can have"));
    }
    let proven = match generation.end {
        End::Whole => false,
        End::Cut { same_generation } => same_generation || format.explicit_end,
        End::Eof | End::Broken(_) => format.explicit_end,
    };
    if proven {
        break_of(generation, format)
    } else {
        None
    }
}

fn describe(fault: &Fault) -> String {
    match fault.offset() {
        Some(offset) => format!("{} (offset {offset})", fault.problem()),
        None => fault.problem().to_owned(),
    }
}
