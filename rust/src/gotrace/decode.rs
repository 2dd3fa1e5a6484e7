//! The events of one M out of its batches, many at a time.
//!
//! They are decoded in one tight loop, away from the rules of order: that lets the processor
//! overlap the work, and lets a second thread do it ahead of time (`ahead`).

use super::clock::Tick;
use super::generation::Batch;
use super::spec::layout_of;
use super::wire::{Fault, multi_byte, uvarint};

/// One decoded event of an ordinary batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Event {
    pub time_ns: i64,
    /// The arguments after the time delta; what is behind them means nothing.
    pub args: [u64; 4],
    pub event_type: u8,
    /// Bytes of the file it takes.
    pub size: u8,
}

/// A place inside a batch: where the next event is, and the clock before it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Place {
    pub pos: usize,
    end: usize,
    clock_ns: i64,
}

impl Place {
    pub fn start_of(batch: &Batch, tick: Tick) -> Self {
        Self {
            pos: batch.start,
            end: batch.end(),
            clock_ns: tick.nanoseconds(batch.time),
        }
    }

    pub fn at_end(&self) -> bool {
        self.pos >= self.end
    }

    /// The events there can be up to the end of the batch: they have two bytes or more.
    pub fn most_events(&self) -> usize {
        self.end.saturating_sub(self.pos) / 2 + 1
    }

    /// Decodes events into `room` until it is full or the batch ends: how many. `pos` stays at an
    /// event that cannot be decoded.
    pub fn decode(
        &mut self,
        data: &[u8],
        tick: Tick,
        room: &mut [Event],
    ) -> (usize, Option<Fault>) {
        let payload = data.get(..self.end).unwrap_or(data);
        let mut pos = self.pos;
        let mut clock_ns = self.clock_ns;
        let mut count = 0;
        let mut fault = None;
        for event in room {
            let rest = payload.get(pos..).unwrap_or(&[]);
            let decoded = match rest.first_chunk() {
                Some(window) => decode_in_window(window, event),
                None if rest.is_empty() => break,
                None => decode_near_end(rest, event),
            };
            let Some((delta, size)) = decoded else {
                fault = Some(describe(pos, event.event_type));
                break;
            };
            clock_ns = clock_ns.wrapping_add(tick.nanoseconds(delta));
            event.time_ns = clock_ns;
            pos += size;
            count += 1;
        }
        self.pos = pos;
        self.clock_ns = clock_ns;
        (count, fault)
    }

    /// Decodes the rest of the batch to the front of `block`, which grows as needed: how many.
    pub fn decode_all(
        &mut self,
        data: &[u8],
        tick: Tick,
        block: &mut Vec<Event>,
    ) -> (usize, Option<Fault>) {
        const STEP: usize = 1024;
        let mut total = 0;
        loop {
            let step = STEP.min(self.most_events());
            if block.len() < total + step {
                block.resize(total + step, Event::default());
            }
            let room = block.get_mut(total..total + step).unwrap_or(&mut []);
            let (count, fault) = self.decode(data, tick, room);
            total += count;
            if self.at_end() || fault.is_some() {
                return (total, fault);
            }
        }
    }
}

/// The longest event has a type and five numbers of ten bytes; numbers are read eight bytes at a
/// time. With a power of two in front of those eight, no index needs a check.
const WINDOW: usize = 64 + 8;

/// Decodes all of an event but its time, and returns the time delta in ticks and its own size;
/// `None` when it cannot be decoded.
#[inline(always)]
fn decode_in_window(window: &[u8; WINDOW], event: &mut Event) -> Option<(u64, usize)> {
    let [event_type, ..] = *window;
    event.event_type = event_type;
    let layout = layout_of(event_type);
    if !layout.timed {
        return None;
    }
    let mut at = 1;
    let delta = number(window, &mut at)?;
    let [first, second, third, fourth] = &mut event.args;
    if layout.count > 0 {
        *first = number(window, &mut at)?;
        if layout.count > 1 {
            *second = number(window, &mut at)?;
            if layout.count > 2 {
                *third = number(window, &mut at)?;
                if layout.count > 3 {
                    *fourth = number(window, &mut at)?;
                }
            }
        }
    }
    event.size = at as u8;
    Some((delta, at))
}

/// The number at `at`; most have one byte.
#[inline(always)]
fn number(window: &[u8; WINDOW], at: &mut usize) -> Option<u64> {
    let start = *at & 63;
    let (_, rest) = window.split_at(start);
    let bytes: &[u8; 8] = rest.first_chunk()?;
    let [first, ..] = *bytes;
    if first < 0x80 {
        *at += 1;
        return Some(u64::from(first));
    }
    let (value, size) = multi_byte(u64::from_le_bytes(*bytes)).or_else(|| {
        let (value, end) = uvarint(rest, 0)?;
        Some((value, end))
    })?;
    *at += size;
    Some(value)
}

/// As `decode_in_window`, for an event near the end of its batch.
#[inline(never)]
fn decode_near_end(rest: &[u8], event: &mut Event) -> Option<(u64, usize)> {
    let mut window = [0x80; WINDOW]; // nothing can end in what is not there
    for (to, from) in window.iter_mut().zip(rest) {
        *to = *from;
    }
    decode_in_window(&window, event)
}

#[cold]
fn describe(pos: usize, event_type: u8) -> Fault {
    if layout_of(event_type).timed {
        return Fault::at(pos, "found invalid uvarint");
    }
    let problem = format!("found event without a timestamp: type={event_type}");
    Fault::at(pos, problem)
}
