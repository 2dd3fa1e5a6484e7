//! One generation merged: the events of all Ms and the CPU samples as one stream.

use super::order::cursor::{Cursor, Source};
use super::order::heap::{Entry, Frontier};
use super::order::{Ordering, Verdict};
use super::output::{Output, Sink};
use super::samples::Sample;
use super::spec;
use super::wire::Fault;

/// Retries allowed per byte of events. The retry path costs one step per M and event; honest
/// traces rarely take it, and a hostile one must not turn bytes into hours.
const RETRIES_PER_BYTE: usize = 512;

/// The merge of one generation.
pub struct Merge<'a> {
    source: Source<'a>,
    order: &'a mut Ordering,
    samples: std::slice::Iter<'a, Sample>,
    cursors: Vec<Cursor>,
    frontier: Frontier,
    /// The first event that could not be decoded. Its M ends there; others go on.
    pub undecodable: Option<Fault>,
    retries: usize,
}

/// Why the merge turns from one M to another.
enum Turn {
    /// Its next event is later than what others have.
    Later(i64),
    /// Its next event cannot happen yet.
    Waits(i64),
    /// It has no further event.
    Ended,
}

impl<'a> Merge<'a> {
    pub fn new(source: Source<'a>, samples: &'a [Sample], order: &'a mut Ordering) -> Self {
        let mut merge = Self {
            source,
            order,
            samples: samples.iter(),
            cursors: Vec::with_capacity(source.generation.streams.len()),
            frontier: Frontier::default(),
            undecodable: None,
            retries: RETRIES_PER_BYTE.saturating_mul(source.generation.event_bytes),
        };
        let streams = &source.generation.streams;
        for (at, stream) in (0u32..).zip(streams) {
            let mut cursor = Cursor::new(stream, streams.len());
            match cursor.begin(&merge.source) {
                Ok(Some(event)) => merge.frontier.insert(Entry {
                    time_ns: event.time_ns,
                    cursor: at,
                }),
                Ok(None) => {}
                Err(fault) => merge.undecodable = merge.undecodable.or(Some(fault)),
            }
            merge.cursors.push(cursor);
        }
        merge
    }

    /// Delivers events until all are delivered or none can be.
    pub fn run<S: Sink>(&mut self, out: &mut Output<'_, S>) -> Result<(), Fault> {
        loop {
            let top = self.frontier.get(0);
            let sample = self.samples.as_slice().first();
            if let Some(sample) = sample
                && top.is_none_or(|top| sample.time_ns < top.time_ns)
            {
                self.samples.next();
                out.sample(sample);
                continue;
            }
            let Some(top) = top else {
                return Ok(());
            };
            let bound = self
                .frontier
                .bound()
                .min(sample.map_or(i64::MAX, |sample| sample.time_ns));
            match self.advance_until::<false, S>(top.cursor, bound, out)? {
                Turn::Later(time_ns) => self.frontier.update(0, time_ns),
                Turn::Ended => self.frontier.remove(0),
                Turn::Waits(time_ns) => {
                    self.frontier.set_time(0, time_ns);
                    self.advance_another(out)?;
                }
            }
        }
    }

    /// Lets an M go on while its events are no later than `bound`, or by one event.
    #[inline(always)]
    fn advance_until<const ONE: bool, S: Sink>(
        &mut self,
        cursor: u32,
        bound: i64,
        out: &mut Output<'_, S>,
    ) -> Result<Turn, Fault> {
        let Some(cursor) = self.cursors.get_mut(cursor as usize) else {
            return Ok(Turn::Ended);
        };
        let order = &mut *self.order;
        let thread = match cursor.thread {
            Some(thread) => thread,
            None => *cursor.thread.insert(order.enter_thread(cursor.m)),
        };
        loop {
            let mut passed = 0;
            for event in cursor.block() {
                if event.time_ns > bound || (ONE && passed > 0) {
                    let time_ns = event.time_ns;
                    cursor.pass(passed);
                    return Ok(Turn::Later(time_ns));
                }
                let step = order.advance(event, thread, &mut out.lookup);
                if matches!(step, Ok(Verdict::Deliver)) {
                    out.plain(event, order);
                } else {
                    let happens = step.map(|verdict| out.unusual(event, verdict, order));
                    if !matches!(happens, Ok(true)) {
                        let time_ns = event.time_ns;
                        cursor.pass(passed);
                        return happens.map(|_| Turn::Waits(time_ns));
                    }
                }
                passed += 1;
            }
            cursor.pass(passed);
            match cursor.next_event(&self.source) {
                Ok(Some(event)) if ONE && passed > 0 => return Ok(Turn::Later(event.time_ns)),
                Ok(Some(_)) => {}
                Ok(None) => return Ok(Turn::Ended),
                Err(fault) => {
                    self.undecodable.get_or_insert(fault);
                    return Ok(Turn::Ended);
                }
            }
        }
    }

    /// The earliest event must wait: take the next one in time that need not.
    #[cold]
    fn advance_another<S: Sink>(&mut self, out: &mut Output<'_, S>) -> Result<(), Fault> {
        self.frontier.sort();
        let mut at = 1;
        while let Some(entry) = self.frontier.get(at) {
            match self.advance_until::<true, S>(entry.cursor, i64::MAX, out)? {
                Turn::Waits(_) => {
                    at += 1;
                    continue;
                }
                Turn::Later(time_ns) => self.frontier.update(at, time_ns),
                Turn::Ended => self.frontier.remove(at),
            }
            let cost = self.frontier.len() + at;
            self.retries = self.retries.checked_sub(cost).ok_or_else(|| {
                Fault::new("failed to advance: events of different threads hardly fit together")
            })?;
            return Ok(());
        }
        Err(Fault::new(format!(
            "failed to advance: {}",
            self.describe_frontier()
        )))
    }

    fn describe_frontier(&self) -> String {
        let describe = |entry: Entry| {
            let cursor = self.cursors.get(entry.cursor as usize)?;
            let name = spec::name_of(cursor.peek()?.event_type);
            Some(format!("M {} at {name}", cursor.m.cast_signed()))
        };
        let shown: Vec<_> = (0..4)
            .filter_map(|at| self.frontier.get(at))
            .filter_map(describe)
            .collect();
        let more = self.frontier.len().saturating_sub(shown.len());
        let more = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        format!("no event can come next ({}{more})", shown.join(", "))
    }

    /// Bytes of events delivered so far.
    pub fn bytes_read(&self) -> usize {
        self.cursors
            .iter()
            .map(|cursor| cursor.bytes_read(&self.source))
            .sum()
    }
}
