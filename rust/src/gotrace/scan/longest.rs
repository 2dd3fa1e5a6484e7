//! The longest spans of one state, in bounded memory.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::spans::Span;

/// A span in the order of its length; equal ones in the order of their starts.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Ranked {
    duration_ns: i64,
    earlier: Reverse<i64>,
    goroutine: Reverse<u64>,
    at: usize,
}

/// The `most` longest.
pub struct Longest {
    most: usize,
    /// Shorter ones are not looked at.
    pub threshold_ns: i64,
    ranked: BinaryHeap<Reverse<Ranked>>,
    spans: Vec<Span>,
}

impl Longest {
    pub fn new(most: usize) -> Self {
        Self {
            most,
            threshold_ns: if most == 0 { i64::MAX } else { -1 },
            ranked: BinaryHeap::new(),
            spans: Vec::new(),
        }
    }

    /// Keeps a span that is longer than the shortest one kept.
    pub fn offer(&mut self, span: Span) {
        let mut ranked = Ranked {
            duration_ns: span.end_ns - span.start_ns,
            earlier: Reverse(span.start_ns),
            goroutine: Reverse(span.goroutine),
            at: self.spans.len(),
        };
        if self.spans.len() < self.most {
            self.spans.push(span);
        } else {
            let Some(mut shortest) = self.ranked.peek_mut() else {
                return;
            };
            ranked.at = shortest.0.at;
            if let Some(place) = self.spans.get_mut(ranked.at) {
                *place = span;
            }
            shortest.0 = ranked;
            drop(shortest);
            self.raise();
            return;
        }
        self.ranked.push(Reverse(ranked));
        self.raise();
    }

    fn raise(&mut self) {
        if self.spans.len() >= self.most {
            self.threshold_ns = self
                .ranked
                .peek()
                .map_or(i64::MAX, |shortest| shortest.0.duration_ns);
        }
    }

    /// Longest first.
    pub fn in_order(&self) -> Vec<Span> {
        let mut spans = self.spans.clone();
        spans.sort_by_key(|span| {
            let duration = span.end_ns - span.start_ns;
            (Reverse(duration), span.start_ns, span.goroutine)
        });
        spans
    }
}
