//! The part of a trace that counts.

/// A closed interval of trace time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    pub start_ns: i64,
    pub end_ns: i64,
}

impl Default for Window {
    fn default() -> Self {
        Self {
            start_ns: i64::MIN,
            end_ns: i64::MAX,
        }
    }
}

impl Window {
    pub fn holds(self, time_ns: i64) -> bool {
        self.start_ns <= time_ns && time_ns <= self.end_ns
    }

    /// The part of an interval that counts; `None` when there is none.
    #[inline]
    pub fn clip(self, start_ns: i64, end_ns: i64) -> Option<(i64, i64)> {
        let (start, end) = (start_ns.max(self.start_ns), end_ns.min(self.end_ns));
        (start <= end).then_some((start, end))
    }
}
