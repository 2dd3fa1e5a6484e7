//! One generation: where its batches are, found from their explicit sizes.

use std::ops::Range;

use super::growth::push;
use super::ids::IdMap;
use super::spec::{self, Format};
use super::wire::{BatchHeader, Fault, Item, ItemError, read_item};

/// A place in the file.
pub type Span = Range<usize>;

/// One batch of events of an M, chained to the M's next one.
#[derive(Clone, Copy, Debug)]
pub struct Batch {
    /// Base clock, in ticks.
    pub time: u64,
    pub start: usize,
    len: u32,
    next: u32,
}

impl Batch {
    pub fn end(&self) -> usize {
        self.start + self.len as usize
    }
}

/// The events of one M: its batches in the order of the file.
#[derive(Clone, Copy, Debug)]
pub struct Stream {
    pub m: u64,
    pub first: u32,
    last: u32,
}

const NO_BATCH: u32 = u32::MAX;

/// Threads whose events are read. Each takes some hundred bytes of memory and may take eleven
/// bytes of a hostile file; Go itself gives up at ten thousand unless told otherwise.
const MOST_THREADS: usize = 1 << 15;

/// What an ended generation is followed by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// It ended as its format says it must; more may follow.
    Whole,
    /// The file ends here. In formats without an explicit end that is how the last one ends.
    Eof,
    /// The file ends inside an item of this generation (or of one unknown).
    Cut { same_generation: bool },
    /// The next item is not part of any order of generations.
    Broken(Fault),
}

/// The batches of one generation by kind.
#[derive(Debug)]
pub struct Generation {
    pub number: u64,
    /// Where it starts in the file and where the next one does.
    pub span: Span,
    pub end: End,
    /// Another generation may start at `span.end`.
    pub resumable: bool,
    pub streams: Vec<Stream>,
    batches: Vec<Batch>,
    pub strings: Vec<Span>,
    pub stacks: Vec<Span>,
    pub samples: Vec<Span>,
    /// Sync batches with their time in ticks.
    pub syncs: Vec<(u64, Span)>,
    /// Batches of experiments, as long as the data has them.
    pub experiments: Vec<BatchHeader>,
    /// Smallest batch time, in ticks.
    pub min_time: u64,
    /// Payload bytes of ordinary batches.
    pub event_bytes: usize,
    /// There are more threads than are read.
    pub crowded: bool,
}

impl Generation {
    /// Indexes the generation that starts at `pos`; `None` when the file ends there.
    pub fn index(data: &[u8], pos: usize, format: Format) -> Option<Self> {
        let mut found = Self::empty(pos);
        let mut streams = IdMap::default();
        let mut at = pos;
        let mut started = false;
        loop {
            let item = match read_item(data, at) {
                Ok(item) => item,
                Err(ItemError::Eof) if !started => return None,
                Err(error) => {
                    found.stop(error, data.len());
                    return Some(found);
                }
            };
            let Some(batch) = as_batch(item, data, format) else {
                if format.explicit_end {
                    found.span.end = at_end_of(item, at).min(data.len());
                    found.resumable = true;
                } else {
                    let problem = "invalid generation number 0";
                    found.stop(ItemError::Broken(Fault::at(at, problem)), data.len());
                }
                return Some(found);
            };
            if !started {
                found.number = batch.generation;
                started = true;
            }
            if batch.generation != found.number || batch.generation == 0 {
                found.leave(&batch, at, format);
                return Some(found);
            }
            let end = batch.start.saturating_add(batch.len);
            found.add(data, &batch, format, &mut streams);
            if end > data.len() {
                found.end = End::Cut {
                    same_generation: true,
                };
                found.span.end = data.len();
                return Some(found);
            }
            at = end;
        }
    }

    fn empty(pos: usize) -> Self {
        Self {
            number: 0,
            span: pos..pos,
            end: End::Whole,
            resumable: false,
            streams: Vec::new(),
            batches: Vec::new(),
            strings: Vec::new(),
            stacks: Vec::new(),
            samples: Vec::new(),
            syncs: Vec::new(),
            experiments: Vec::new(),
            min_time: 0,
            event_bytes: 0,
            crowded: false,
        }
    }

    fn stop(&mut self, error: ItemError, file_end: usize) {
        self.span.end = file_end;
        self.end = match error {
            ItemError::Eof => End::Eof,
            ItemError::CutHeader(generation) => End::Cut {
                same_generation: generation == Some(self.number),
            },
            ItemError::Broken(fault) => End::Broken(fault),
        };
    }

    /// A batch of another generation: the regular end of an old format, else a break.
    fn leave(&mut self, batch: &BatchHeader, at: usize, format: Format) {
        self.span.end = at;
        self.resumable = batch.generation != 0 && at > self.span.start;
        self.end = if batch.generation == 0 {
            End::Broken(Fault::at(at, "invalid generation number 0"))
        } else if format.explicit_end {
            let problem = "missing end-of-generation event, or generations are interleaved";
            End::Broken(Fault::at(at, problem))
        } else if batch.generation == successor(self.number) {
            End::Whole
        } else {
            End::Broken(Fault::at(at, "generations out of order"))
        };
    }

    fn add(&mut self, data: &[u8], batch: &BatchHeader, format: Format, streams: &mut IdMap) {
        let end = batch.start.saturating_add(batch.len).min(data.len());
        let span = batch.start..end;
        if self.min_time == 0 || batch.time < self.min_time {
            self.min_time = batch.time;
        }
        if batch.experiment != 0 {
            let len = span.len();
            push(&mut self.experiments, BatchHeader { len, ..*batch }); // opaque
            return;
        }
        match data.get(batch.start).copied().filter(|_| !span.is_empty()) {
            None => {} // it may be empty
            Some(spec::STRINGS) => push(&mut self.strings, span),
            Some(spec::STACKS) => push(&mut self.stacks, span),
            Some(spec::CPU_SAMPLES) => push(&mut self.samples, span),
            Some(kind) if kind == format.sync_batch => push(&mut self.syncs, (batch.time, span)),
            Some(_) => self.add_events(batch, span, streams),
        }
    }

    fn add_events(&mut self, batch: &BatchHeader, span: Span, streams: &mut IdMap) {
        self.event_bytes += span.len();
        let known = streams.get(batch.m);
        if known.is_none() && self.streams.len() >= MOST_THREADS {
            self.crowded = true;
            return;
        }
        let place = u32::try_from(self.batches.len()).unwrap_or(NO_BATCH);
        push(
            &mut self.batches,
            Batch {
                time: batch.time,
                start: span.start,
                len: u32::try_from(span.len()).unwrap_or(0), // at most 64 KiB
                next: NO_BATCH,
            },
        );
        let stream = known.and_then(|at| self.streams.get_mut(at as usize));
        let Some(stream) = stream else {
            let at = u32::try_from(self.streams.len()).unwrap_or(u32::MAX);
            streams.insert(batch.m, at, 1 << 12);
            let stream = Stream {
                m: batch.m,
                first: place,
                last: place,
            };
            push(&mut self.streams, stream);
            return;
        };
        if let Some(previous) = self.batches.get_mut(stream.last as usize) {
            previous.next = place;
        }
        stream.last = place;
    }

    /// The batch at a place of the chain.
    pub fn batch(&self, place: u32) -> Option<&Batch> {
        self.batches.get(place as usize)
    }

    /// Number of batches of events.
    pub fn batch_count(&self) -> usize {
        self.batches.len()
    }

    /// The places of all batches of events, in the order of their times.
    pub fn batches_by_time(&self) -> Vec<u32> {
        let mut places: Vec<_> = (0u32..).zip(&self.batches).collect();
        places.sort_by_key(|(_, batch)| batch.time);
        places.into_iter().map(|(place, _)| place).collect()
    }

    /// The batch of the same M after this one.
    pub fn after(&self, batch: &Batch) -> Option<(u32, &Batch)> {
        self.batch(batch.next).map(|next| (batch.next, next))
    }
}

/// `None` for an end of generation. In formats with an explicit end, an event batch that begins
/// with that byte is one too (Go's reader takes it so).
fn as_batch(item: Item, data: &[u8], format: Format) -> Option<BatchHeader> {
    match item {
        Item::EndOfGeneration => None,
        Item::Batch(batch) => {
            let ends = format.explicit_end
                && batch.experiment == 0
                && batch.len > 0
                && data.get(batch.start) == Some(&spec::END_OF_GENERATION);
            (!ends).then_some(batch)
        }
    }
}

fn at_end_of(item: Item, at: usize) -> usize {
    match item {
        Item::EndOfGeneration => at + 1,
        Item::Batch(batch) => batch.start.saturating_add(batch.len),
    }
}

/// The runtime skips 0 to 3 when the counter wraps (runtime/trace.go, traceNextGen).
fn successor(generation: u64) -> u64 {
    if generation == u64::MAX {
        4
    } else {
        generation + 1
    }
}
