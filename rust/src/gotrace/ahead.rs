//! Batches decoded by a second thread before the merge needs them.
//!
//! The merge takes one event at a time and cannot be divided; decoding can. The second thread
//! works through the batches of a generation by their times, which is about the order in which
//! the merge will ask for them, and stops while enough are waiting. A batch it has not begun is
//! left to whoever asks for it, so neither ever waits for the other to make progress.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use super::decode::{Event, Place};
use super::generation::Generation;
use super::order::cursor::Source;
use super::wire::Fault;

/// Room for events that may wait: 6 MiB.
const WAITING: usize = 1 << 17;

/// Room for events that the Ms of the merge may have: 12 MiB.
const TAKEN: usize = 1 << 18;

/// Emptied blocks kept.
const SPARE: usize = 16;

/// Below this many bytes of events a thread costs more than it saves. Fuzzers write small files.
const WORTH_A_THREAD: usize = if cfg!(fuzzing) { 1 } else { 1 << 18 };

/// Batches smaller than this on average cost more to hand over than to decode.
const WORTH_HANDING_OVER: usize = if cfg!(fuzzing) { 1 } else { 256 };

/// Whether the batches of a generation are worth a thread.
pub fn is_worth_it(generation: &Generation) -> bool {
    generation.event_bytes >= WORTH_A_THREAD
        && generation.event_bytes >= WORTH_HANDING_OVER * generation.batch_count()
}

/// One decoded batch.
#[derive(Default)]
pub struct Decoded {
    pub block: Vec<Event>,
    /// Events at the front of the block; what is behind them means nothing.
    pub count: usize,
    /// Behind the last event.
    pub place: Place,
    /// What is there instead of an event.
    pub fault: Option<Fault>,
}

enum Slot {
    Untouched,
    Begun,
    Ready(Decoded),
    Taken,
}

struct Shared {
    slots: Vec<Slot>,
    /// Room of the blocks that are ready.
    waiting: usize,
    /// Room of the blocks that were taken and not given back.
    taken: usize,
    /// Nobody will take any more.
    closed: bool,
    /// Emptied blocks to use again.
    spare: Vec<Vec<Event>>,
}

/// The batches of one generation.
pub struct Ahead {
    shared: Mutex<Shared>,
    changed: Condvar,
}

impl Ahead {
    pub fn new(batches: usize) -> Self {
        let mut slots = Vec::new();
        slots.resize_with(batches, || Slot::Untouched);
        Self {
            shared: Mutex::new(Shared {
                slots,
                waiting: 0,
                taken: 0,
                closed: false,
                spare: Vec::new(),
            }),
            changed: Condvar::new(),
        }
    }

    /// Decodes batch after batch until all are done or `close` is called: the second thread.
    pub fn run(&self, source: &Source<'_>) {
        for at in source.generation.batches_by_time() {
            let Some(block) = self.begin(at) else {
                continue;
            };
            let decoded = decode(at, block, source);
            let mut shared = self.lock();
            shared.waiting += decoded.block.capacity();
            if let Some(slot) = shared.slots.get_mut(at as usize) {
                *slot = Slot::Ready(decoded);
            }
            self.changed.notify_one();
        }
    }

    /// A block for a batch, once there is room for it; `None` when it is not to be decoded.
    fn begin(&self, at: u32) -> Option<Vec<Event>> {
        let mut shared = self.lock();
        while (shared.waiting >= WAITING || shared.taken >= TAKEN) && !shared.closed {
            shared = self
                .changed
                .wait(shared)
                .unwrap_or_else(PoisonError::into_inner);
        }
        let closed = shared.closed;
        let slot = shared.slots.get_mut(at as usize)?;
        if closed || !matches!(slot, Slot::Untouched) {
            return None;
        }
        *slot = Slot::Begun;
        Some(shared.spare.pop().unwrap_or_default())
    }

    /// A decoded batch, whose block is to be given back; `None` when the caller must decode it.
    pub fn take(&self, at: u32) -> Option<Decoded> {
        let mut shared = self.lock();
        loop {
            let slot = shared.slots.get_mut(at as usize)?;
            match std::mem::replace(slot, Slot::Taken) {
                Slot::Ready(decoded) => {
                    shared.waiting -= decoded.block.capacity();
                    shared.taken += decoded.block.capacity();
                    self.changed.notify_one();
                    return Some(decoded);
                }
                Slot::Begun => *slot = Slot::Begun,
                Slot::Untouched | Slot::Taken => return None,
            }
            shared = self
                .changed
                .wait(shared)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Takes back a block whose events have passed.
    pub fn give_back(&self, block: Vec<Event>) {
        let mut shared = self.lock();
        shared.taken -= block.capacity();
        if shared.spare.len() < SPARE {
            shared.spare.push(block);
        }
        self.changed.notify_one();
    }

    /// Lets the second thread end.
    pub fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn decode(at: u32, mut block: Vec<Event>, source: &Source<'_>) -> Decoded {
    let Some(batch) = source.generation.batch(at) else {
        return Decoded::default();
    };
    let mut place = Place::start_of(batch, source.tick);
    let (count, fault) = place.decode_all(source.data, source.tick, &mut block);
    if count == 0 {
        block = Vec::new(); // nobody takes it
    }
    Decoded {
        block,
        count,
        place,
        fault,
    }
}
