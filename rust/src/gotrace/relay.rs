//! A sink on a thread of its own: events are handed over in blocks, in their order.
//!
//! Ordering and scanning cost about the same, so a scan on a second thread takes half the time.
//! The sink resolves texts and stacks itself, with tables of its own; what the rules of order
//! know of texts stays with them, so a relayed sink gets no inherited texts.

use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};

use super::decode::Event;
use super::names::Lookup;
use super::order::Context;
use super::output::{Delivery, Sink};

/// Events per block: waking a thread costs what a thousand events cost. All of them take 8 MiB.
/// Fuzzers write small files, and many.
const BLOCK: usize = if cfg!(fuzzing) { 64 } else { 16_384 };
const ON_THEIR_WAY: usize = 4;

struct Record {
    event: Event,
    context: Context,
    subject: u32,
    derived: bool,
}

/// The end that takes events.
pub struct Relay {
    block: Vec<Record>,
    full: SyncSender<Vec<Record>>,
    empty: Receiver<Vec<Record>>,
}

/// The end that gives them to a sink.
pub struct Replay {
    full: Receiver<Vec<Record>>,
    empty: Sender<Vec<Record>>,
}

/// Both ends.
pub fn relay() -> (Relay, Replay) {
    let (full, full_end) = sync_channel(ON_THEIR_WAY);
    let (empty_end, empty) = channel();
    let block = Vec::with_capacity(BLOCK);
    let replay = Replay {
        full: full_end,
        empty: empty_end,
    };
    (Relay { block, full, empty }, replay)
}

impl Relay {
    #[inline(never)]
    fn hand_over(&mut self) {
        let next = self
            .empty
            .try_recv()
            .unwrap_or_else(|_| Vec::with_capacity(BLOCK));
        let block = std::mem::replace(&mut self.block, next);
        // An error means that the other thread is gone, and with it whoever wanted the events.
        let _ = self.full.send(block);
    }

    /// Hands over the last events.
    pub fn finish(mut self) {
        self.hand_over();
    }
}

impl Sink for Relay {
    const LEAVES_NO_THREAD: bool = true;

    #[inline(always)]
    fn push(&mut self, delivery: &Delivery<'_>, _: &mut Lookup<'_>) {
        self.block.push(Record {
            event: Event {
                time_ns: delivery.time_ns,
                ..*delivery.event
            },
            context: *delivery.context,
            subject: delivery.subject,
            derived: delivery.derived,
        });
        if self.block.len() >= BLOCK {
            self.hand_over();
        }
    }
}

impl Replay {
    /// Gives all events to `sink`, until the other end is done.
    pub fn run<S: Sink>(self, sink: &mut S, lookup: &mut Lookup<'_>) {
        for mut block in self.full {
            for record in &block {
                let delivery = Delivery {
                    time_ns: record.event.time_ns,
                    event: &record.event,
                    derived: record.derived,
                    context: &record.context,
                    subject: record.subject,
                    inherited_text: 0,
                };
                sink.push(&delivery, lookup);
            }
            block.clear();
            let _ = self.empty.send(block);
        }
    }
}
