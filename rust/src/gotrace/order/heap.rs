//! The frontier: one entry per M, keyed by the time of the M's next event.
//!
//! Any order that the rules admit is a valid order; Go's own is fixed by how its heap breaks
//! ties. These are the same moves (GOROOT/src/internal/trace/batchcursor.go), so that the
//! stream equals Go's event for event.

/// One M with events left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    pub time_ns: i64,
    pub cursor: u32,
}

/// A binary min-heap that keeps equal times where they are.
#[derive(Default)]
pub struct Frontier {
    entries: Vec<Entry>,
}

impl Frontier {
    #[inline]
    pub fn get(&self, at: usize) -> Option<Entry> {
        self.entries.get(at).copied()
    }

    /// The time up to which the M at the root stays there.
    #[inline]
    pub fn bound(&self) -> i64 {
        self.time(1).min(self.time(2))
    }

    pub fn len(&self) -> usize {
        self.entries.len()
    }

    pub fn insert(&mut self, entry: Entry) {
        self.entries.push(entry);
        self.sift_up(self.entries.len() - 1);
    }

    /// Gives the entry at `at` a new time, in place: for the root, up to its `bound`.
    pub fn set_time(&mut self, at: usize, time_ns: i64) {
        if let Some(entry) = self.entries.get_mut(at) {
            entry.time_ns = time_ns;
        }
    }

    /// Gives the entry at `at` a new time.
    #[inline]
    pub fn update(&mut self, at: usize, time_ns: i64) {
        self.set_time(at, time_ns);
        if self.sift_up(at) == at {
            self.sift_down(at);
        }
    }

    /// Removes the entry at `at`: it goes to the root whatever its time, then is replaced by the
    /// last one.
    pub fn remove(&mut self, at: usize) {
        let mut at = at;
        while at > 0 {
            let parent = (at - 1) / 2;
            self.entries.swap(parent, at);
            at = parent;
        }
        if !self.entries.is_empty() {
            self.entries.swap_remove(0);
            self.sift_down(0);
        }
    }

    /// Sorts by time; a sorted array is still a heap. Equal times stay in order.
    pub fn sort(&mut self) {
        self.entries.sort_by_key(|entry| entry.time_ns);
    }

    #[inline]
    fn time(&self, at: usize) -> i64 {
        self.entries.get(at).map_or(i64::MAX, |entry| entry.time_ns)
    }

    #[inline]
    fn sift_up(&mut self, at: usize) -> usize {
        let mut at = at;
        while at > 0 {
            let parent = (at - 1) / 2;
            if self.time(parent) <= self.time(at) {
                break;
            }
            self.entries.swap(parent, at);
            at = parent;
        }
        at
    }

    #[inline]
    fn sift_down(&mut self, at: usize) {
        let mut at = at;
        loop {
            let mut least = at;
            let mut time = self.time(at);
            for child in [2 * at + 1, 2 * at + 2] {
                let child_time = self.time(child);
                if child_time < time {
                    (least, time) = (child, child_time);
                }
            }
            if least == at {
                return;
            }
            self.entries.swap(at, least);
            at = least;
        }
    }
}
