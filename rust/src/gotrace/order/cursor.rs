//! The place of one M in a generation: a block of its decoded events, and where the next is.

use super::super::ahead::Ahead;
use super::super::clock::Tick;
use super::super::decode::{Event, Place};
use super::super::generation::{Generation, Stream};
use super::super::wire::Fault;

/// Events decoded at a time; small enough to stay in the first-level cache beside the rules.
const BLOCK: usize = 256;

/// Events decoded at a time for all Ms together: 1.5 MiB. A hostile file has very many Ms.
const BLOCKS: usize = 1 << 15;

/// What all cursors of a generation read from.
#[derive(Clone, Copy)]
pub struct Source<'a> {
    pub data: &'a [u8],
    pub generation: &'a Generation,
    pub tick: Tick,
    /// Batches that another thread decodes; `None` to decode here.
    pub ahead: Option<&'a Ahead>,
}

/// One M's events, in order.
pub struct Cursor {
    /// Slot of the M's state; `None` until the first attempt to advance it.
    pub thread: Option<u32>,
    pub m: u64,
    /// Room for events; the first `count` are there.
    block: Vec<Event>,
    /// Most events decoded at a time.
    room: u32,
    /// The block is one that another thread decoded.
    borrowed: bool,
    count: usize,
    next: usize,
    /// Of the batch the block is from; `None` when there is no further batch.
    batch: Option<u32>,
    place: Place,
    /// What is behind the block instead of an event.
    fault: Option<Fault>,
    /// Payload bytes of the batches before the current one.
    read: usize,
    /// Nothing of the batch is decoded yet.
    fresh: bool,
}

impl Cursor {
    /// The cursor of one of `streams` Ms.
    pub fn new(stream: &Stream, streams: usize) -> Self {
        Self {
            thread: None,
            m: stream.m,
            block: Vec::new(),
            room: (BLOCKS / streams.max(1)).clamp(1, BLOCK) as u32,
            borrowed: false,
            count: 0,
            next: 0,
            batch: Some(stream.first),
            place: Place::default(),
            fault: None,
            read: 0,
            fresh: true,
        }
    }

    /// The next event, if the block has one.
    pub fn peek(&self) -> Option<&Event> {
        self.block.get(self.next..self.count)?.first()
    }

    /// The events of the block from the next one on.
    #[inline(always)]
    pub fn block(&mut self) -> &mut [Event] {
        self.block.get_mut(self.next..self.count).unwrap_or(&mut [])
    }

    /// Steps over events of the block.
    #[inline(always)]
    pub fn pass(&mut self, events: usize) {
        self.next += events;
    }

    /// Goes to the first event; to be called once.
    pub fn begin(&mut self, source: &Source<'_>) -> Result<Option<&mut Event>, Fault> {
        self.enter(self.batch, source);
        self.next_event(source)
    }

    /// The next event, `None` at the end, or what stands there instead of an event.
    #[inline(always)]
    pub fn next_event(&mut self, source: &Source<'_>) -> Result<Option<&mut Event>, Fault> {
        if self.next >= self.count && !self.refill(source)? {
            return Ok(None);
        }
        Ok(self.block.get_mut(self.next))
    }

    /// Makes the next block: whether there is one.
    #[inline(never)]
    fn refill(&mut self, source: &Source<'_>) -> Result<bool, Fault> {
        loop {
            if let Some(fault) = self.fault.take() {
                self.read = self.bytes_read(source);
                self.batch = None;
                self.give_back(source);
                return Err(fault);
            }
            if !self.place.at_end() {
                self.decode(source);
                if self.count > 0 {
                    return Ok(true);
                }
                continue;
            }
            let Some(batch) = self.batch.and_then(|at| source.generation.batch(at)) else {
                self.give_back(source);
                return Ok(false);
            };
            self.read += batch.end() - batch.start;
            let next = source.generation.after(batch).map(|(at, _)| at);
            self.enter(next, source);
        }
    }

    fn enter(&mut self, batch: Option<u32>, source: &Source<'_>) {
        self.batch = batch;
        self.fresh = true;
        self.place = batch
            .and_then(|at| source.generation.batch(at))
            .map_or_else(Place::default, |batch| Place::start_of(batch, source.tick));
    }

    fn decode(&mut self, source: &Source<'_>) {
        self.next = 0;
        self.give_back(source);
        let batch = self.batch.filter(|_| self.fresh);
        self.fresh = false;
        let ready = source
            .ahead
            .zip(batch)
            .and_then(|(ahead, at)| ahead.take(at));
        if let Some(decoded) = ready {
            self.borrowed = true;
            self.block = decoded.block;
            self.count = decoded.count;
            self.place = decoded.place;
            self.fault = decoded.fault;
            return;
        }
        let room = self.place.most_events().min(self.room as usize);
        if self.block.len() < room {
            self.block.reserve_exact(room - self.block.len());
            self.block.resize(room, Event::default());
        }
        (self.count, self.fault) = self.place.decode(source.data, source.tick, &mut self.block);
    }

    fn give_back(&mut self, source: &Source<'_>) {
        if self.borrowed
            && let Some(ahead) = source.ahead
        {
            ahead.give_back(std::mem::take(&mut self.block));
            self.borrowed = false;
            (self.next, self.count) = (0, 0);
        }
    }

    /// Payload bytes of the events before the next one.
    pub fn bytes_read(&self, source: &Source<'_>) -> usize {
        let Some(batch) = self.batch.and_then(|at| source.generation.batch(at)) else {
            return self.read;
        };
        let ahead = self.block.get(self.next..self.count).unwrap_or(&[]);
        let unread: usize = ahead.iter().map(|event| usize::from(event.size)).sum();
        (self.read + self.place.pos).saturating_sub(batch.start + unread)
    }
}
