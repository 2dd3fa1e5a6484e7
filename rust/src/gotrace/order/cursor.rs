//! The events of one M, decoded one at a time where they lie.

use super::super::clock::Tick;
use super::super::generation::{Batch, Generation, Stream};
use super::super::spec::layout_of;
use super::super::wire::{Fault, uvarint};

/// One decoded event of an ordinary batch.
#[derive(Clone, Copy, Debug, Default)]
pub struct Event {
    pub event_type: u8,
    pub time_ns: i64,
    /// The arguments after the time delta; the last is always zero (see `spec::Layout`).
    pub args: [u64; 5],
    /// A trace-wide text that is not among the arguments: what an end inherits from its begin.
    pub inherited_text: u32,
}

/// What a cursor found when asked for the next event.
#[derive(Debug, PartialEq, Eq)]
pub enum Next {
    Event,
    End,
    Broken(Fault),
}

/// The place of one M in a generation.
pub struct Cursor {
    pub event: Event,
    /// Slot of the M's state; `None` until the first attempt to advance it.
    pub thread: Option<u32>,
    pub m: u64,
    batch: Option<Batch>,
    pos: usize,
    clock_ns: i64,
    tick: Tick,
    /// Payload bytes of the batches before the current one.
    read: usize,
}

impl Cursor {
    pub fn new(generation: &Generation, stream: &Stream, tick: Tick) -> Self {
        let mut cursor = Self {
            event: Event::default(),
            thread: None,
            m: stream.m,
            batch: None,
            pos: 0,
            clock_ns: 0,
            tick,
            read: 0,
        };
        cursor.enter(generation.batch(stream.first));
        cursor
    }

    fn enter(&mut self, batch: Option<&Batch>) {
        if let Some(batch) = batch {
            self.pos = batch.start;
            self.clock_ns = self.tick.nanoseconds(batch.time);
        }
        self.batch = batch.copied();
    }

    /// Decodes the next event into `self.event`.
    #[inline]
    pub fn advance(&mut self, data: &[u8], generation: &Generation) -> Next {
        loop {
            let Some(batch) = self.batch else {
                return Next::End;
            };
            if self.pos < batch.end {
                return self.decode(data, batch.end);
            }
            self.read += batch.end - batch.start;
            self.enter(generation.after(&batch).map(|(_, next)| next));
        }
    }

    #[inline]
    fn decode(&mut self, data: &[u8], end: usize) -> Next {
        let payload = data.get(..end).unwrap_or(data);
        let event_type = payload.get(self.pos).copied().unwrap_or(0);
        let layout = layout_of(event_type);
        if !layout.timed {
            return self.untimed(event_type);
        }
        let Some((delta, mut pos)) = uvarint(payload, self.pos + 1) else {
            return self.cut();
        };
        for slot in self.event.args.iter_mut().take(usize::from(layout.count)) {
            let Some((value, after)) = uvarint(payload, pos) else {
                return self.cut();
            };
            *slot = value;
            pos = after;
        }
        self.event.event_type = event_type;
        self.clock_ns = self.clock_ns.wrapping_add(self.tick.nanoseconds(delta));
        self.event.time_ns = self.clock_ns;
        self.pos = pos;
        Next::Event
    }

    #[cold]
    fn cut(&self) -> Next {
        Next::Broken(Fault::at(self.pos, "found invalid uvarint"))
    }

    #[cold]
    fn untimed(&self, event_type: u8) -> Next {
        let problem = format!("found event without a timestamp: type={event_type}");
        Next::Broken(Fault::at(self.pos, problem))
    }

    /// Payload bytes decoded so far, the current event included.
    pub fn bytes_read(&self) -> usize {
        self.read + self.batch.map_or(0, |batch| self.pos - batch.start)
    }
}
