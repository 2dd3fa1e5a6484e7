//! Delivery: an event that may happen becomes one or more events of the stream.

use super::decode::Event;
use super::names::Lookup;
use super::order::{Context, Ordering, Verdict};
use super::samples::Sample;
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
    pub context: Context,
    /// Slot of the goroutine the event is about.
    pub subject: u32,
    /// A text that is not among the arguments, 0 for none.
    pub inherited_text: u32,
}

/// Takes delivered events.
pub trait Sink {
    fn push(&mut self, delivery: &Delivery<'_>, lookup: &mut Lookup<'_>);

    /// The trace is broken here: what comes next stands by itself, and all slots are free.
    fn reset(&mut self) {}
}

/// Where delivered events go.
pub struct Output<'a, S> {
    pub lookup: Lookup<'a>,
    pub sink: &'a mut S,
    /// Time of the last delivered event.
    pub last_ns: &'a mut i64,
    pub delivered: &'a mut u64,
}

impl<S: Sink> Output<'_, S> {
    pub fn sync(&mut self, time_ns: i64, ordinal: u64) {
        let event = Event {
            event_type: spec::SYNC,
            time_ns,
            args: [ordinal, 0, 0, 0],
            size: 0,
        };
        self.deliver(&event, About::nobody(Context::NONE), true);
    }

    pub fn sample(&mut self, sample: &Sample) {
        let Sample {
            time_ns,
            m,
            p,
            g,
            stack,
        } = *sample;
        let event = Event {
            event_type: spec::CPU_SAMPLE,
            time_ns,
            args: [stack, 0, 0, 0],
            size: 0,
        };
        self.lookup.check::<{ spec::CPU_SAMPLE }>(&event);
        self.deliver(&event, About::nobody(Context { m, p, g }), false);
    }

    /// An event that `order` lets through with this verdict.
    #[inline(always)]
    pub fn event(&mut self, event: &Event, verdict: Verdict, order: &Ordering) {
        let about = About {
            context: order.context,
            subject: order.subject,
            inherited_text: order.inherited_text,
        };
        match verdict {
            Verdict::Wait => {}
            Verdict::Deliver => self.deliver(event, about, false),
            Verdict::DeliverSwitch => self.switch(event, about, order.leaver),
            Verdict::DeliverAfterSteal => {
                self.steal(event, about.context);
                self.deliver(event, about, false);
            }
        }
    }

    /// The three events of a coroutine switch.
    fn switch(&mut self, event: &Event, about: About, leaver: u32) {
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
        let leaver = About {
            subject: leaver,
            ..about
        };
        let idle = About {
            context: Context {
                g: spec::NONE,
                ..about.context
            },
            ..about
        };
        self.deliver(&derived(spec::GO_UNBLOCK, [g, seq, 0, 0]), about, true);
        self.deliver(&derived(leave, [0; 4]), leaver, true);
        self.deliver(&derived(spec::GO_START, [g, seq, 0, 0]), idle, true);
    }

    /// The theft, by the thread itself, of the P it takes to its end.
    fn steal(&mut self, event: &Event, context: Context) {
        let steal = Event {
            event_type: spec::PROC_STEAL,
            args: [context.p, 0, context.m, 0],
            ..*event
        };
        self.deliver(&steal, About::nobody(context), true);
    }

    #[inline(always)]
    fn deliver(&mut self, event: &Event, about: About, derived: bool) {
        let time_ns = event.time_ns.max(self.last_ns.saturating_add(1));
        *self.last_ns = time_ns;
        *self.delivered += 1;
        let delivery = Delivery {
            time_ns,
            event,
            derived,
            context: about.context,
            subject: about.subject,
            inherited_text: about.inherited_text,
        };
        self.sink.push(&delivery, &mut self.lookup);
    }
}

/// Whose event it is and what it is about.
#[derive(Clone, Copy)]
struct About {
    context: Context,
    subject: u32,
    inherited_text: u32,
}

impl About {
    fn nobody(context: Context) -> Self {
        Self {
            context,
            subject: super::order::NO_SLOT,
            inherited_text: 0,
        }
    }
}
