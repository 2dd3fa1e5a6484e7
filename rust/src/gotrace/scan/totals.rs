//! Spans summed: per cause and stack, and per cause by duration.

/// What a span belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    pub state: u8,
    pub cause: u8,
    pub reason: u32,
    pub stack: u32,
}

/// A sum, chained to the next one of the same stack.
#[derive(Clone, Copy, Debug)]
pub struct Total {
    pub key: Key,
    pub count: u64,
    pub total_ns: i64,
    pub max_ns: i64,
    histogram: u32,
    next: u32,
}

/// Spans by duration, of one state, cause and reason.
pub struct Histogram {
    pub key: Key,
    pub counts: Vec<u64>,
}

const NONE: u32 = u32::MAX;

/// Eight buckets for every doubling.
const PER_DOUBLING: u32 = 8;
const BUCKETS: usize = 61 * PER_DOUBLING as usize + 8;

/// Kinds of spans told apart by duration; the runtime has about forty reasons. Further ones of
/// a hostile trace share one without a reason.
const MOST_HISTOGRAMS: usize = 256;

/// Sums found last, by a few bits of their keys.
const RECENT: usize = 1024;

/// All sums of a trace.
pub struct Totals {
    recent: [u32; RECENT],
    by_stack: Vec<u32>,
    pub totals: Vec<Total>,
    pub histograms: Vec<Histogram>,
}

impl Default for Totals {
    fn default() -> Self {
        Self {
            recent: [NONE; RECENT],
            by_stack: Vec::new(),
            totals: Vec::new(),
            histograms: Vec::new(),
        }
    }
}

impl Totals {
    #[inline(always)]
    pub fn add(&mut self, key: Key, duration_ns: i64) {
        let at = self.find(key);
        let Some(total) = self.totals.get_mut(at) else {
            return;
        };
        total.count += 1;
        total.total_ns = total.total_ns.saturating_add(duration_ns);
        total.max_ns = total.max_ns.max(duration_ns);
        let bucket = bucket_of(duration_ns.max(0).cast_unsigned());
        let counts = self
            .histograms
            .get_mut(total.histogram as usize)
            .map(|histogram| &mut histogram.counts);
        if let Some(count) = counts.and_then(|counts| counts.get_mut(bucket)) {
            *count += 1;
        }
    }

    #[inline(always)]
    fn find(&mut self, key: Key) -> usize {
        let mixed = key.stack.wrapping_mul(31) ^ u32::from(key.cause) << 4 ^ u32::from(key.state);
        let recent = (mixed ^ key.reason.wrapping_mul(97)) as usize % RECENT;
        let at = self.recent.get(recent).copied().unwrap_or(NONE) as usize;
        if self.totals.get(at).is_some_and(|total| total.key == key) {
            return at;
        }
        let at = self.find_slowly(key);
        if let Some(recent) = self.recent.get_mut(recent) {
            *recent = u32::try_from(at).unwrap_or(NONE);
        }
        at
    }

    #[inline(never)]
    fn find_slowly(&mut self, key: Key) -> usize {
        let mut at = self
            .by_stack
            .get(key.stack as usize)
            .copied()
            .unwrap_or(NONE);
        while let Some(total) = self.totals.get(at as usize) {
            if total.key == key {
                return at as usize;
            }
            at = total.next;
        }
        self.insert(key)
    }

    #[cold]
    fn insert(&mut self, key: Key) -> usize {
        let stack = key.stack as usize;
        if stack >= self.by_stack.len() {
            self.by_stack.resize(stack + 1, NONE);
        }
        let at = self.totals.len();
        let histogram = self.histogram(key);
        if let Some(head) = self.by_stack.get_mut(stack) {
            self.totals.push(Total {
                key,
                count: 0,
                total_ns: 0,
                max_ns: 0,
                histogram,
                next: *head,
            });
            *head = u32::try_from(at).unwrap_or(NONE);
        }
        at
    }

    fn histogram(&mut self, key: Key) -> u32 {
        let known = |histograms: &[Histogram], key| {
            let found = histograms.iter().position(|one| one.key == key);
            found.and_then(|at| u32::try_from(at).ok())
        };
        let mut key = Key { stack: 0, ..key };
        if let Some(at) = known(&self.histograms, key) {
            return at;
        }
        if self.histograms.len() >= MOST_HISTOGRAMS {
            key.reason = 0;
            if let Some(at) = known(&self.histograms, key) {
                return at;
            }
        }
        let at = u32::try_from(self.histograms.len()).unwrap_or(NONE);
        self.histograms.push(Histogram {
            key,
            counts: vec![0; BUCKETS],
        });
        at
    }
}

/// The bucket of a duration: exact below eight, then eight to a doubling.
#[inline]
fn bucket_of(value: u64) -> usize {
    if value < 8 {
        return value as usize;
    }
    let exponent = 63 - value.leading_zeros();
    let part = (value >> (exponent - 3)) & 7;
    ((exponent - 2) * PER_DOUBLING) as usize + part as usize
}

/// The durations of a bucket: from, up to but without.
pub fn bounds_of(bucket: usize) -> (i64, i64) {
    let bucket = u32::try_from(bucket).unwrap_or(0);
    if bucket < 8 {
        return (i64::from(bucket), i64::from(bucket) + 1);
    }
    let exponent = bucket / PER_DOUBLING + 2;
    let part = u64::from(bucket % PER_DOUBLING);
    let edge = |part: u64| ((8 + part) as u128) << (exponent - 3);
    let clamp = |value: u128| i64::try_from(value).unwrap_or(i64::MAX);
    (clamp(edge(part)), clamp(edge(part + 1)))
}
