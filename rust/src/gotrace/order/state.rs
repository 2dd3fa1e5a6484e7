//! What the merge knows about every G, P and M.

use super::super::ids::IdMap;
use super::super::spec::NONE;

/// Goroutine states, as the wire numbers them.
pub mod gstatus {
    pub const RUNNABLE: u8 = 1;
    pub const RUNNING: u8 = 2;
    pub const SYSCALL: u8 = 3;
    pub const WAITING: u8 = 4;
    pub const COUNT: u8 = 5;
}

/// P states, as the wire numbers them.
pub mod pstatus {
    pub const RUNNING: u8 = 1;
    pub const IDLE: u8 = 2;
    pub const SYSCALL: u8 = 3;
    pub const ABANDONED: u8 = 4;
    pub const COUNT: u8 = 5;
}

/// A resource's sequence counter. It names its generation too, so that an event of the next
/// generation cannot match a counter of this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seq {
    pub generation: u32,
    pub count: u64,
}

impl Seq {
    #[inline]
    pub fn succeeds(self, previous: Self) -> bool {
        self.generation == previous.generation && self.count == previous.count.wrapping_add(1)
    }
}

/// A goroutine.
pub struct GState {
    pub id: u64,
    pub seq: Seq,
    pub status: u8,
    pub in_assist: bool,
    /// Ranges few goroutines ever have.
    pub ranges: Option<Box<Ranges>>,
}

/// Open ranges of a goroutine; texts are ids of the trace.
#[derive(Default)]
pub struct Ranges {
    pub stw_kinds: Vec<u32>,
    /// User regions, innermost last: task and name.
    pub regions: Vec<(u64, u32)>,
}

/// A P.
pub struct PState {
    pub seq: Seq,
    pub status: u8,
    pub in_sweep: bool,
    /// The M it was last bound to.
    pub thread: u32,
}

/// A thread, and what runs on it.
#[derive(Clone, Copy)]
pub struct MState {
    pub id: u64,
    pub p: u64,
    pub g: u64,
    /// Where the state of `g` is, if it is still there.
    pub g_slot: u32,
}

impl MState {
    pub fn new(id: u64) -> Self {
        Self {
            id,
            p: NONE,
            g: NONE,
            g_slot: 0,
        }
    }
}

/// Goids up to here are looked up in an array.
const DENSE_GOROUTINES: usize = 1 << 20;
const DENSE_PROCS: usize = 1 << 12;
const DENSE_THREADS: usize = 1 << 12;

/// States of one kind, reachable by slot.
pub struct Slots<T> {
    items: Vec<T>,
}

impl<T> Slots<T> {
    #[inline]
    #[allow(clippy::indexing_slicing)] // slots come from `push` and outlive every reader
    pub fn at(&mut self, slot: u32) -> &mut T {
        &mut self.items[slot as usize]
    }

    fn push(&mut self, item: T) -> u32 {
        let slot = u32::try_from(self.items.len()).unwrap_or(u32::MAX);
        self.items.push(item);
        slot
    }
}

/// All goroutines alive.
pub struct Goroutines {
    slots: Slots<GState>,
    ids: IdMap,
    free: Vec<u32>,
}

impl Goroutines {
    pub fn new() -> Self {
        Self {
            slots: Slots { items: Vec::new() },
            ids: IdMap::default(),
            free: Vec::new(),
        }
    }

    pub fn clear(&mut self) {
        *self = Self::new();
    }

    #[inline]
    pub fn find(&self, id: u64) -> Option<u32> {
        self.ids.get(id)
    }

    #[inline]
    pub fn at(&mut self, slot: u32) -> &mut GState {
        self.slots.at(slot)
    }

    /// The slot of `id`, tried first at `hint`, where it was last.
    #[inline]
    pub fn find_at(&self, id: u64, hint: u32) -> Option<u32> {
        match self.slots.items.get(hint as usize) {
            Some(state) if state.id == id && id != NONE => Some(hint),
            _ => self.find(id),
        }
    }

    /// Adds a goroutine that is not there yet.
    pub fn add(&mut self, id: u64, status: u8, seq: Seq) -> u32 {
        let state = GState {
            id,
            seq,
            status,
            in_assist: false,
            ranges: None,
        };
        let slot = match self.free.pop() {
            Some(slot) => {
                *self.slots.at(slot) = state;
                slot
            }
            None => self.slots.push(state),
        };
        self.ids.insert(id, slot, DENSE_GOROUTINES);
        slot
    }

    pub fn remove(&mut self, slot: u32) {
        let state = self.slots.at(slot);
        let id = std::mem::replace(&mut state.id, NONE);
        state.ranges = None;
        self.ids.remove(id);
        self.free.push(slot);
    }
}

/// All Ps ever seen.
pub struct Procs {
    slots: Slots<PState>,
    ids: IdMap,
}

impl Procs {
    pub fn new() -> Self {
        Self {
            slots: Slots { items: Vec::new() },
            ids: IdMap::default(),
        }
    }

    pub fn clear(&mut self) {
        *self = Self::new();
    }

    #[inline]
    pub fn find(&mut self, id: u64) -> Option<&mut PState> {
        self.ids.get(id).map(|slot| self.slots.at(slot))
    }

    pub fn add(&mut self, id: u64, status: u8, seq: Seq) {
        let slot = self.slots.push(PState {
            seq,
            status,
            in_sweep: false,
            thread: NO_THREAD,
        });
        self.ids.insert(id, slot, DENSE_PROCS);
    }
}

/// The slot of "no goroutine".
pub const NO_SLOT: u32 = u32::MAX;

/// The slot of "no thread": its state is never kept.
pub const NO_THREAD: u32 = 0;

/// All threads ever seen.
pub struct Threads {
    slots: Slots<MState>,
    ids: IdMap,
}

impl Threads {
    pub fn new() -> Self {
        Self {
            slots: Slots {
                items: vec![MState::new(NONE)],
            },
            ids: IdMap::default(),
        }
    }

    pub fn clear(&mut self) {
        *self = Self::new();
    }

    pub fn find(&self, id: u64) -> Option<u32> {
        self.ids.get(id)
    }

    #[inline]
    pub fn at(&mut self, slot: u32) -> &mut MState {
        self.slots.at(slot)
    }

    /// The slot of a thread, made when it is new.
    pub fn enter(&mut self, id: u64) -> u32 {
        if id == NONE {
            return NO_THREAD;
        }
        self.find(id).unwrap_or_else(|| {
            let slot = self.slots.push(MState::new(id));
            self.ids.insert(id, slot, DENSE_THREADS);
            slot
        })
    }
}
