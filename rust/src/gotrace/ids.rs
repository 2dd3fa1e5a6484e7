//! Numbers from the file to places in our arrays.
//!
//! Ids are dense in honest traces, so an array answers most look-ups. It never grows beyond its
//! limit, whatever the file says: larger ids go to a hash map with a random seed.

use hashbrown::HashMap;

/// A map from a 64-bit id to a place in some array.
#[derive(Default)]
pub struct IdMap {
    /// place + 1, 0 for "none".
    dense: Vec<u32>,
    sparse: HashMap<u64, u32>,
}

impl IdMap {
    #[inline(always)]
    pub fn get(&self, id: u64) -> Option<u32> {
        match usize::try_from(id).ok().and_then(|id| self.dense.get(id)) {
            Some(0) | None if self.sparse.is_empty() => None,
            Some(0) | None => self.sparse.get(&id).copied(),
            Some(place) => Some(place - 1),
        }
    }

    /// Maps `id` to `place`; ids below `dense_limit` go to the array.
    pub fn insert(&mut self, id: u64, place: u32, dense_limit: usize) {
        let Some(at) = usize::try_from(id).ok().filter(|at| *at < dense_limit) else {
            self.sparse.insert(id, place);
            return;
        };
        if at >= self.dense.len() {
            self.dense
                .resize((at + 1).max(self.dense.len() * 2).min(dense_limit), 0);
        }
        if let Some(slot) = self.dense.get_mut(at) {
            *slot = place + 1;
        }
        if !self.sparse.is_empty() {
            self.sparse.remove(&id);
        }
    }

    /// The largest n for which every id from 1 to n has a place in the array.
    pub fn dense_to(&self) -> u64 {
        let run = self.dense.iter().skip(1).take_while(|place| **place != 0);
        run.count() as u64
    }

    pub fn clear(&mut self) {
        self.dense.clear();
        self.sparse.clear();
    }
}
