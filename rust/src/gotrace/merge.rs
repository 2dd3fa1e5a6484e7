//! One generation merged: the events of all Ms and the CPU samples as one stream.

use super::clock::Tick;
use super::generation::Generation;
use super::order::cursor::{Cursor, Event, Next};
use super::order::heap::{Entry, Frontier};
use super::order::{Context, Lookup, Ordering, Verdict};
use super::samples::Sample;
use super::spec::{self, layout_of};
use super::tables::{Row, Sink};
use super::wire::Fault;

/// Retries allowed per byte of events. The retry path costs one step per M and event; honest
/// traces rarely take it, and a hostile one must not turn bytes into hours.
const RETRIES_PER_BYTE: usize = 512;

/// Where delivered events go.
pub struct Output<'a, S> {
    pub lookup: Lookup<'a>,
    pub sink: &'a mut S,
    /// Time of the last delivered event; times strictly increase through the whole trace.
    pub last_ns: &'a mut i64,
    pub delivered: &'a mut u64,
}

impl<S: Sink> Output<'_, S> {
    pub fn sync(&mut self, time_ns: i64, ordinal: u64) {
        let args = [ordinal, 0, 0, 0, 0];
        let event = Event {
            event_type: spec::SYNC,
            time_ns,
            args,
            inherited_text: 0,
        };
        self.deliver(&event, Context::NONE, true);
    }

    fn sample(&mut self, sample: &Sample) {
        let Sample {
            time_ns,
            m,
            p,
            g,
            stack,
        } = *sample;
        let args = [stack, 0, 0, 0, 0];
        let event = Event {
            event_type: spec::CPU_SAMPLE,
            time_ns,
            args,
            inherited_text: 0,
        };
        self.deliver(&event, Context { m, p, g }, false);
    }

    /// The three events of a coroutine switch.
    fn switch(&mut self, event: &Event, context: Context) {
        let [g, seq, ..] = event.args;
        let derived = |event_type, args| Event {
            event_type,
            args,
            ..*event
        };
        let ends = event.event_type == spec::GO_SWITCH_DESTROY;
        let leave = if ends {
            spec::GO_DESTROY
        } else {
            spec::GO_BLOCK
        };
        self.deliver(&derived(spec::GO_UNBLOCK, [g, seq, 0, 0, 0]), context, true);
        self.deliver(&derived(leave, [0; 5]), context, true);
        let idle = Context {
            g: spec::NONE,
            ..context
        };
        self.deliver(&derived(spec::GO_START, [g, seq, 0, 0, 0]), idle, true);
    }

    /// The theft, by the thread itself, of the P it takes to its end.
    fn steal(&mut self, event: &Event, context: Context) {
        let args = [context.p, 0, context.m, 0, 0];
        let steal = Event {
            event_type: spec::PROC_STEAL,
            args,
            ..*event
        };
        self.deliver(&steal, context, true);
    }

    #[inline]
    fn deliver(&mut self, event: &Event, context: Context, derived: bool) {
        let layout = layout_of(event.event_type);
        let arg = |at: u8| event.args.get(usize::from(at)).copied().unwrap_or(0);
        let stacks = [arg(layout.stack), arg(layout.extra_stack)];
        let texts = [arg(layout.text), arg(layout.text2)];
        self.check_ids(event.event_type, stacks, texts);
        *self.last_ns = event.time_ns.max(self.last_ns.saturating_add(1));
        *self.delivered += 1;
        if !self.sink.wants(event.event_type) {
            return;
        }
        let Lookup { data, names, .. } = &mut self.lookup;
        let [text, text2] = texts.map(|id| names.text(data, id).unwrap_or(0));
        let [stack, extra_stack] = stacks.map(|id| names.stack(data, id));
        self.sink.push(&Row {
            time_ns: *self.last_ns,
            event_type: event.event_type,
            derived,
            context,
            args: layout.values.map(arg),
            stack,
            extra_stack,
            text: if event.inherited_text == 0 {
                text
            } else {
                event.inherited_text
            },
            text2,
        });
    }

    #[inline]
    fn check_ids(&mut self, event_type: u8, stacks: [u64; 2], texts: [u64; 2]) {
        for id in stacks {
            if !self.lookup.names.knows_stack(id) {
                self.lookup.note_unknown("stack", id, event_type);
            }
        }
        for id in texts {
            if !self.lookup.names.knows_string(id) {
                self.lookup.note_unknown("string", id, event_type);
            }
        }
    }
}

/// The merge of one generation.
pub struct Merge<'a> {
    pub data: &'a [u8],
    pub generation: &'a Generation,
    pub order: &'a mut Ordering,
    samples: std::slice::Iter<'a, Sample>,
    cursors: Vec<Cursor>,
    frontier: Frontier,
    /// The first event that could not be decoded. Its M ends there; others go on.
    pub undecodable: Option<Fault>,
    retries: usize,
}

impl<'a> Merge<'a> {
    pub fn new(
        data: &'a [u8],
        generation: &'a Generation,
        tick: Tick,
        samples: &'a [Sample],
        order: &'a mut Ordering,
    ) -> Self {
        let retries = RETRIES_PER_BYTE.saturating_mul(generation.event_bytes);
        let mut merge = Self {
            data,
            generation,
            order,
            samples: samples.iter(),
            cursors: Vec::with_capacity(generation.streams.len()),
            frontier: Frontier::default(),
            undecodable: None,
            retries,
        };
        for (at, stream) in (0u32..).zip(&generation.streams) {
            let mut cursor = Cursor::new(generation, stream, tick);
            match cursor.advance(data, generation) {
                Next::Event => {
                    merge.frontier.insert(Entry {
                        time_ns: cursor.event.time_ns,
                        cursor: at,
                    });
                }
                Next::End => {}
                Next::Broken(fault) => merge.undecodable = merge.undecodable.or(Some(fault)),
            }
            merge.cursors.push(cursor);
        }
        merge
    }

    /// Delivers events until all are delivered or none can be.
    pub fn run<S: Sink>(&mut self, out: &mut Output<'_, S>) -> Result<(), Fault> {
        loop {
            let top = self.frontier.get(0);
            if let Some(sample) = self.samples.as_slice().first()
                && top.is_none_or(|top| sample.time_ns < top.time_ns)
            {
                self.samples.next();
                out.sample(sample);
                continue;
            }
            let Some(top) = top else {
                return Ok(());
            };
            if !self.try_advance(0, top, out)? {
                self.advance_another(out)?;
            }
        }
    }

    /// Lets the M at `at` of the frontier go one event further, if it can.
    #[inline]
    fn try_advance<S: Sink>(
        &mut self,
        at: usize,
        entry: Entry,
        out: &mut Output<'_, S>,
    ) -> Result<bool, Fault> {
        let Some(cursor) = self.cursors.get_mut(entry.cursor as usize) else {
            return Ok(false);
        };
        let thread = match cursor.thread {
            Some(thread) => thread,
            None => *cursor.thread.insert(self.order.enter_thread(cursor.m)),
        };
        let verdict = self
            .order
            .advance(&mut cursor.event, thread, &mut out.lookup)?;
        let context = self.order.context;
        match verdict {
            Verdict::Wait => return Ok(false),
            Verdict::Deliver => out.deliver(&cursor.event, context, false),
            Verdict::DeliverSwitch => out.switch(&cursor.event, context),
            Verdict::DeliverAfterSteal => {
                out.steal(&cursor.event, context);
                out.deliver(&cursor.event, context, false);
            }
        }
        match cursor.advance(self.data, self.generation) {
            Next::Event => self.frontier.update(at, cursor.event.time_ns),
            Next::End => self.frontier.remove(at),
            Next::Broken(fault) => {
                self.frontier.remove(at);
                self.undecodable.get_or_insert(fault);
            }
        }
        Ok(true)
    }

    /// The earliest event must wait: take the next one in time that need not.
    #[cold]
    fn advance_another<S: Sink>(&mut self, out: &mut Output<'_, S>) -> Result<(), Fault> {
        self.frontier.sort();
        let mut at = 1;
        while let Some(entry) = self.frontier.get(at) {
            if self.try_advance(at, entry, out)? {
                let cost = self.frontier.len() + at;
                self.retries = self.retries.checked_sub(cost).ok_or_else(|| {
                    Fault::new("failed to advance: events of different threads hardly fit together")
                })?;
                return Ok(());
            }
            at += 1;
        }
        Err(Fault::new(format!(
            "failed to advance: {}",
            self.describe_frontier()
        )))
    }

    fn describe_frontier(&self) -> String {
        let describe = |entry: Entry| {
            let cursor = self.cursors.get(entry.cursor as usize)?;
            let name = spec::name_of(cursor.event.event_type);
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

    /// Bytes of events decoded so far.
    pub fn bytes_read(&self) -> usize {
        self.cursors.iter().map(Cursor::bytes_read).sum()
    }
}
