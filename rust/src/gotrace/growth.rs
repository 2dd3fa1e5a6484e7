//! Arrays that grow in small steps.
//!
//! A file decides how long they get, so at most a sixteenth of them is spare room, where `Vec`
//! alone would double them. Long blocks grow in place or move by their page tables.

/// Appends `item`.
#[inline]
pub fn push<T>(items: &mut Vec<T>, item: T) {
    if items.len() == items.capacity() {
        reserve(items, 1);
    }
    items.push(item);
}

/// Makes room for `more` items.
#[cold]
pub fn reserve<T>(items: &mut Vec<T>, more: usize) {
    items.reserve_exact(more + items.len() / 16 + 15);
}
