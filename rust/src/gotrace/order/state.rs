//! What the merge knows about every G, P and M.

use hashbrown::HashMap;

use super::super::growth::push;
use super::super::ids::IdMap;
use super::super::paged_ids::PagedIds;
use super::super::spec::NONE;

/// Goroutine states, as the wire numbers them.
pub mod gstatus {
    pub const BAD: u8 = 0;
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
    #[inline(always)]
    pub fn succeeds(self, previous: Self) -> bool {
        self.generation == previous.generation && self.count == previous.count.wrapping_add(1)
    }
}

/// A goroutine, in 16 bytes: a program has many, and each event looks one up.
///
/// A counter goes up by one from zero in every generation, so 32 bits hold it: a generation of
/// that many events would be larger than any file.
pub struct GState {
    pub id: u64,
    count: u32,
    /// Generation of the counter, whether it is in an assist, status.
    word: u32,
}

const STATUS: u32 = 0x7f;
const IN_ASSIST: u32 = 0x80;
const GENERATION_SHIFT: u32 = 8;

impl GState {
    fn new(id: u64, status: u8, generation: u32) -> Self {
        Self {
            id,
            count: 0,
            word: generation << GENERATION_SHIFT | u32::from(status),
        }
    }

    #[inline(always)]
    pub fn status(&self) -> u8 {
        (self.word & STATUS) as u8
    }

    #[inline(always)]
    pub fn set_status(&mut self, status: u8) {
        self.word = self.word & !STATUS | u32::from(status);
    }

    /// Starts its counter anew.
    pub fn restart(&mut self, generation: u32) {
        self.count = 0;
        self.word = self.word & (STATUS | IN_ASSIST) | generation << GENERATION_SHIFT;
    }

    /// Goes from one status to another, if that is its status and `count` its next number.
    #[inline(always)]
    pub fn step(&mut self, generation: u32, count: u64, from: u8, to: u8) -> bool {
        let wanted = generation << GENERATION_SHIFT | u32::from(from);
        let ready = self.word & !IN_ASSIST == wanted && u64::from(self.count) + 1 == count;
        if ready {
            self.count += 1;
            self.set_status(to);
        }
        ready
    }

    pub fn in_assist(&self) -> bool {
        self.word & IN_ASSIST != 0
    }

    pub fn set_in_assist(&mut self, in_assist: bool) {
        self.word = self.word & !IN_ASSIST | if in_assist { IN_ASSIST } else { 0 };
    }
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

/// Ids up to here are looked up in an array.
const DENSE_PROCS: usize = 1 << 12;
const DENSE_THREADS: usize = 1 << 12;

/// States of one kind, reachable by slot.
pub struct Slots<T> {
    items: Vec<T>,
}

impl<T> Slots<T> {
    #[inline(always)]
    #[allow(clippy::indexing_slicing)] // slots come from `push` and outlive every reader
    pub fn at(&mut self, slot: u32) -> &mut T {
        &mut self.items[slot as usize]
    }

    fn push(&mut self, item: T) -> u32 {
        let slot = u32::try_from(self.items.len()).unwrap_or(u32::MAX);
        push(&mut self.items, item);
        slot
    }
}

/// All goroutines alive.
pub struct Goroutines {
    slots: Slots<GState>,
    ids: PagedIds,
    free: Vec<u32>,
    /// By slot, of the few that have any.
    ranges: HashMap<u32, Ranges>,
}

impl Goroutines {
    pub fn new() -> Self {
        Self {
            slots: Slots { items: Vec::new() },
            ids: PagedIds::default(),
            free: Vec::new(),
            ranges: HashMap::new(),
        }
    }

    pub fn clear(&mut self) {
        *self = Self::new();
    }

    #[inline(always)]
    pub fn find(&self, id: u64) -> Option<u32> {
        self.ids.get(id)
    }

    #[inline(always)]
    pub fn at(&mut self, slot: u32) -> &mut GState {
        self.slots.at(slot)
    }

    /// The slot of `id`, tried first at `hint`, where it was last.
    #[inline(always)]
    pub fn find_at(&self, id: u64, hint: u32) -> Option<u32> {
        match self.slots.items.get(hint as usize) {
            Some(state) if state.id == id && id != NONE => Some(hint),
            _ => self.find(id),
        }
    }

    /// Adds a goroutine that is not there yet.
    pub fn add(&mut self, id: u64, status: u8, generation: u32) -> u32 {
        let state = GState::new(id, status, generation);
        let slot = match self.free.pop() {
            Some(slot) => {
                *self.slots.at(slot) = state;
                slot
            }
            None => self.slots.push(state),
        };
        self.ids.insert(id, slot);
        slot
    }

    pub fn remove(&mut self, slot: u32) {
        let state = self.slots.at(slot);
        let id = std::mem::replace(&mut state.id, NONE);
        if !self.ranges.is_empty() {
            self.ranges.remove(&slot);
        }
        self.ids.remove(id);
        push(&mut self.free, slot);
    }

    /// The open ranges of a goroutine.
    pub fn ranges(&mut self, slot: u32) -> &mut Ranges {
        self.ranges.entry(slot).or_default()
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

    #[inline(always)]
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

    #[inline(always)]
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
