//! Ticks to nanoseconds, and the clock snapshot of a generation.

use super::generation::Span;
use super::spec::{self, Format};
use super::wire::{Fault, Scanner};

/// Ticks per second on Linux: the runtime divides nanoseconds by 64.
pub const USUAL_FREQUENCY: u64 = 15_625_000;

/// Nanoseconds per tick. The arithmetic is Go's, so that every time comes out equal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tick {
    nanoseconds: f64,
    /// The same as an integer, for numbers of ticks below `exact_below`: there the product is
    /// exact either way, and integers are faster.
    whole: u64,
    exact_below: u64,
}

/// A factor up to 2^12 times a count up to 2^40 fits a float's 53 bits.
const EXACT_FACTOR: f64 = 4096.0;
const EXACT_TICKS: u64 = 1 << 40;

impl Tick {
    pub fn from_frequency(ticks_per_second: u64) -> Self {
        let nanoseconds = 1.0 / (ticks_per_second as f64 / 1e9);
        let exact = nanoseconds.fract() == 0.0 && nanoseconds <= EXACT_FACTOR;
        Self {
            nanoseconds,
            whole: nanoseconds as u64,
            exact_below: if exact { EXACT_TICKS } else { 0 },
        }
    }

    /// Nanoseconds of a number of ticks, truncated.
    #[inline(always)]
    pub fn nanoseconds(self, ticks: u64) -> i64 {
        if ticks < self.exact_below {
            return (ticks * self.whole).cast_signed();
        }
        (ticks as f64 * self.nanoseconds) as i64
    }
}

/// Three clocks read at one moment; formats from 1.25 on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// Trace clock, in ticks.
    pub ticks: u64,
    /// The monotonic clock, in ns.
    pub mono_ns: u64,
    pub wall_seconds: u64,
    pub wall_nanoseconds: u64,
}

/// What the sync batches of a generation say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sync {
    pub frequency: Option<u64>,
    pub snapshot: Option<Snapshot>,
}

impl Sync {
    /// Reads all sync batches: what can be read, and the first thing wrong.
    pub fn read(data: &[u8], batches: &[(u64, Span)], format: Format) -> (Self, Option<Fault>) {
        let mut sync = Self::default();
        let mut fault = None;
        for (time, span) in batches {
            fault = fault.or(sync.read_batch(data, *time, span, format).err());
        }
        let missing = if sync.frequency.is_none() {
            Some("no frequency event found")
        } else if format.clock_snapshot && sync.snapshot.is_none() {
            Some("no clock snapshot event found")
        } else {
            None
        };
        (sync, fault.or_else(|| missing.map(Fault::new)))
    }

    fn read_batch(
        &mut self,
        data: &[u8],
        time: u64,
        span: &Span,
        format: Format,
    ) -> Result<(), Fault> {
        let data = data.get(..span.end).unwrap_or(data);
        // Old formats have no batch marker: the batch begins with the event itself.
        let marker = usize::from(format.sync_batch == spec::SYNC);
        let mut scan = Scanner {
            data,
            pos: span.start + marker,
        };
        let mut clock = time;
        while !scan.at_end() {
            let at = scan.pos;
            let cut = || Fault::at(at, "sync batch is cut");
            let number = |scan: &mut Scanner<'_>| scan.uvarint().ok_or_else(cut);
            match scan.byte() {
                Some(spec::FREQUENCY) => {
                    let frequency = number(&mut scan)?;
                    if self.frequency.is_some() {
                        return Err(Fault::at(at, "found multiple frequency events"));
                    }
                    if frequency == 0 {
                        return Err(Fault::at(at, "frequency is zero"));
                    }
                    self.frequency = Some(frequency);
                }
                Some(spec::CLOCK_SNAPSHOT) if format.clock_snapshot => {
                    if self.snapshot.is_some() {
                        return Err(Fault::at(at, "found multiple clock snapshot events"));
                    }
                    clock = clock.wrapping_add(number(&mut scan)?);
                    self.snapshot = Some(Snapshot {
                        ticks: clock,
                        mono_ns: number(&mut scan)?,
                        wall_seconds: number(&mut scan)?,
                        wall_nanoseconds: number(&mut scan)?,
                    });
                }
                other => {
                    let found = other.unwrap_or(0);
                    let problem =
                        format!("expected frequency or clock snapshot event, got {found}");
                    return Err(Fault::at(at, problem));
                }
            }
        }
        Ok(())
    }
}
