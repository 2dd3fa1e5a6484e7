//! Goroutine ids to places: dense where goroutines are, nothing where they were.
//!
//! Ids count up for the life of a process and most goroutines are short, so an array over all of
//! them would grow with the trace. Here it is cut into pages, and an empty page is used again.
//! Pages are made only as fast as ids arrive; the ids of a hostile file that lie far apart go to
//! a hash map with a random seed.

use hashbrown::HashMap;

use super::growth::push;

const PAGE: usize = 512;

/// Ids up to here may have a page: the directory stays below 4 MiB.
const PAGED: u64 = (PAGE as u64) << 20;

/// Ids that must have arrived for every page but the first ones: 8 bytes each.
const PER_PAGE: usize = 256;
const FIRST_PAGES: usize = 64;

struct Page {
    /// place + 1, 0 for "none".
    places: [u32; PAGE],
    live: u32,
}

/// A map from a 64-bit id to a place in some array.
#[derive(Default)]
pub struct PagedIds {
    /// Page + 1 of each run of ids, 0 for "none".
    directory: Vec<u32>,
    pages: Vec<Page>,
    free: Vec<u32>,
    arrived: usize,
    sparse: HashMap<u64, u32>,
}

impl PagedIds {
    #[inline(always)]
    pub fn get(&self, id: u64) -> Option<u32> {
        if let Some(page) = self.page_of(id) {
            let place = page.places.get(id as usize % PAGE).copied().unwrap_or(0);
            if place != 0 {
                return Some(place - 1);
            }
        }
        if self.sparse.is_empty() {
            return None;
        }
        self.sparse.get(&id).copied()
    }

    #[cfg(test)]
    pub fn page_count(&self) -> usize {
        self.pages.len()
    }

    #[inline(always)]
    fn page_of(&self, id: u64) -> Option<&Page> {
        let run = usize::try_from(id / PAGE as u64).ok()?;
        let page = self.directory.get(run)?.checked_sub(1)?;
        self.pages.get(page as usize)
    }

    /// Maps an id that is not mapped yet.
    pub fn insert(&mut self, id: u64, place: u32) {
        self.arrived += 1;
        let page = self.page_for(id).and_then(|at| self.pages.get_mut(at));
        let Some(page) = page else {
            self.sparse.insert(id, place);
            return;
        };
        if let Some(slot) = page.places.get_mut(id as usize % PAGE) {
            *slot = place + 1;
            page.live += 1;
        }
    }

    /// The page of an id, made when there may be one more.
    fn page_for(&mut self, id: u64) -> Option<usize> {
        if id >= PAGED {
            return None;
        }
        let run = (id / PAGE as u64) as usize;
        if let Some(page) = self.directory.get(run).and_then(|page| page.checked_sub(1)) {
            return Some(page as usize);
        }
        let page = match self.free.pop() {
            Some(page) => page,
            None if self.pages.len() < FIRST_PAGES + self.arrived / PER_PAGE => {
                let page = Page {
                    places: [0; PAGE],
                    live: 0,
                };
                push(&mut self.pages, page);
                u32::try_from(self.pages.len() - 1).ok()?
            }
            None => return None,
        };
        if run >= self.directory.len() {
            self.directory.resize(run + 1, 0);
        }
        if let Some(entry) = self.directory.get_mut(run) {
            *entry = page + 1;
        }
        Some(page as usize)
    }

    pub fn remove(&mut self, id: u64) {
        let run = usize::try_from(id / PAGE as u64).unwrap_or(usize::MAX);
        let entry = self.directory.get_mut(run).filter(|entry| **entry != 0);
        if let Some(entry) = entry
            && let Some(page) = self.pages.get_mut(*entry as usize - 1)
            && let Some(slot) = page.places.get_mut(id as usize % PAGE)
            && std::mem::take(slot) != 0
        {
            page.live -= 1;
            if page.live == 0 {
                self.free.push(std::mem::take(entry) - 1);
            }
            return;
        }
        self.sparse.remove(&id);
    }
}
