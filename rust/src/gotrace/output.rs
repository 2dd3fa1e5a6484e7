//! Delivery: an event that may happen becomes one or more events of the stream.

use super::decode::Event;
use super::names::Lookup;
use super::order::{Context, NO_SLOT, Ordering, Verdict};
use super::samples::{Reading, Sample};
use super::spec;

/// One event of the stream.
#[derive(Clone, Copy)]
pub struct Delivery<'a> {
    /// Strictly increases through the whole trace.
    pub time_ns: i64,
    /// The event; its own time may be earlier.
    pub event: &'a Event,
    /// Made by the reader.
    pub derived: bool,
    /// Before the event's own effect.
    pub context: &'a Context,
    /// Slot of the goroutine the event is about.
    pub subject: u32,
    /// A text that is not among the arguments, 0 for none.
    pub inherited_text: u32,
}

/// Takes delivered events.
pub trait Sink {
    /// Whether it is worth a thread of its own, and can do without inherited texts.
    const RELAYED: bool = false;
    /// Whether the thread behind it takes the place of one that decodes ahead.
    const LEAVES_NO_THREAD: bool = false;

    fn push(&mut self, delivery: &Delivery<'_>, lookup: &mut Lookup<'_>);

    /// The trace is broken here: what comes next stands by itself, and all slots are free.
    fn reset(&mut self) {}
}

/// Where delivered events go.
pub struct Output<'a, S> {
    pub lookup: Lookup<'a>,
    pub sink: &'a mut S,
    /// Time of the last delivered event.
    pub last_ns: i64,
    pub delivered: u64,
}

impl<S: Sink> Output<'_, S> {
    pub fn sync(&mut self, time_ns: i64, ordinal: u64) {
        let event = Event {
            event_type: spec::SYNC,
            time_ns,
            args: [ordinal, 0, 0, 0],
            size: 0,
        };
        self.deliver(&event, &Context::NONE, About::NOBODY);
    }

    pub fn sample(&mut self, sample: &Sample) {
        let Reading { m, p, g, stack } = sample.read(self.lookup.data);
        let event = Event {
            event_type: spec::CPU_SAMPLE,
            time_ns: sample.time_ns,
            args: [stack, 0, 0, 0],
            size: 0,
        };
        self.lookup.check::<{ spec::CPU_SAMPLE }>(&event);
        let about = About {
            derived: false,
            ..About::NOBODY
        };
        self.deliver(&event, &Context { m, p, g }, about);
    }

    /// An event that does not simply happen; false when it does not happen yet.
    #[inline(never)]
    pub fn unusual(&mut self, event: &Event, verdict: Verdict, order: &Ordering) -> bool {
        match verdict {
            Verdict::Wait => return false,
            Verdict::Deliver => self.plain(event, order),
            Verdict::DeliverSwitch => self.switch(event, order),
            Verdict::DeliverAfterSteal => {
                self.steal(event, &order.context);
                self.plain(event, order);
            }
        }
        true
    }

    /// An event that happens as it is.
    #[inline(always)]
    pub fn plain(&mut self, event: &Event, order: &Ordering) {
        let about = About {
            subject: order.subject,
            inherited_text: order.inherited_text,
            derived: false,
        };
        self.deliver(event, &order.context, about);
    }

    /// The three events of a coroutine switch.
    fn switch(&mut self, event: &Event, order: &Ordering) {
        let [g, seq, ..] = event.args;
        let derived = |event_type, args| Event {
            event_type,
            args,
            ..*event
        };
        let leave = if event.event_type == spec::GO_SWITCH_DESTROY {
            spec::GO_DESTROY
        } else {
            spec::GO_BLOCK
        };
        let about = |subject| About {
            subject,
            ..About::NOBODY
        };
        let before = &order.context;
        let idle = Context {
            g: spec::NONE,
            ..*before
        };
        let unblock = derived(spec::GO_UNBLOCK, [g, seq, 0, 0]);
        self.deliver(&unblock, before, about(order.subject));
        self.deliver(&derived(leave, [0; 4]), before, about(order.leaver));
        let start = derived(spec::GO_START, [g, seq, 0, 0]);
        self.deliver(&start, &idle, about(order.subject));
    }

    /// The theft, by the thread itself, of the P it takes to its end.
    fn steal(&mut self, event: &Event, context: &Context) {
        let steal = Event {
            event_type: spec::PROC_STEAL,
            args: [context.p, 0, context.m, 0],
            ..*event
        };
        self.deliver(&steal, context, About::NOBODY);
    }

    #[inline(always)]
    fn deliver(&mut self, event: &Event, context: &Context, about: About) {
        let time_ns = event.time_ns.max(self.last_ns.saturating_add(1));
        self.last_ns = time_ns;
        self.delivered += 1;
        let delivery = Delivery {
            time_ns,
            event,
            derived: about.derived,
            context,
            subject: about.subject,
            inherited_text: about.inherited_text,
        };
        self.sink.push(&delivery, &mut self.lookup);
    }
}

/// What an event is about, beyond its arguments.
#[derive(Clone, Copy)]
struct About {
    subject: u32,
    inherited_text: u32,
    derived: bool,
}

impl About {
    /// Of events that the reader makes.
    const NOBODY: Self = Self {
        subject: NO_SLOT,
        inherited_text: 0,
        derived: true,
    };
}
