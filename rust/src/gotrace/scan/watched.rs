//! Which waits are worth keeping, by the texts of their reasons.

use super::super::names::Lookup;

/// Reasons that somebody wants to know more about, by the trace's ids.
pub struct Watched {
    texts: Vec<Vec<u8>>,
    known: Vec<Option<bool>>,
}

impl Watched {
    pub fn new(texts: &[Vec<u8>]) -> Self {
        Self {
            texts: texts.to_vec(),
            known: Vec::new(),
        }
    }

    pub fn has(&mut self, reason: u32, lookup: &Lookup<'_>) -> bool {
        let at = reason as usize;
        if at >= self.known.len() {
            self.known.resize(at + 1, None);
        }
        let Some(known) = self.known.get_mut(at) else {
            return false;
        };
        *known.get_or_insert_with(|| {
            let text = lookup.names.texts.get(reason);
            self.texts.iter().any(|one| one == text)
        })
    }
}
