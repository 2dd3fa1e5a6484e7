//! How long stopping the world took, and for whom it waited.
//!
//! The trace has no event for "everything has stopped". What it has are the `ProcStop` and
//! `ProcSteal` of the Ps that had to give up their thread; the last of them before a P starts
//! again ends the stopping. Idle Ps write nothing and cost nothing.

use super::super::output::Delivery;
use super::super::spec;
use super::ranges::NOBODY;

/// The last P to stop.
#[derive(Clone, Copy)]
pub struct Straggler {
    pub stopping_ns: i64,
    /// The goroutine that ran on it.
    pub goroutine: u64,
    /// Where it stopped.
    pub stack: u32,
}

/// Watches Ps while the world is being stopped.
#[derive(Default)]
pub struct Stops {
    watching: bool,
    /// A P has started again: the stopping is over.
    restarted: bool,
    last_stop_ns: i64,
    last: Option<Stop>,
    /// The last goroutine to leave a thread.
    left: Option<Stop>,
}

#[derive(Clone, Copy)]
struct Stop {
    m: u64,
    goroutine: u64,
    stack: u32,
}

impl Stops {
    pub fn begin(&mut self, time_ns: i64) {
        *self = Self {
            watching: true,
            last_stop_ns: time_ns,
            ..Self::default()
        };
    }

    /// What was seen since `start_ns`; `over` when no other pause is open.
    pub fn end(&mut self, start_ns: i64, over: bool) -> Straggler {
        self.watching = !over;
        let last = self.last.unwrap_or(Stop {
            m: 0,
            goroutine: NOBODY,
            stack: 0,
        });
        Straggler {
            stopping_ns: (self.last_stop_ns - start_ns).max(0),
            goroutine: last.goroutine,
            stack: last.stack,
        }
    }

    /// A goroutine leaves its thread.
    #[inline]
    pub fn stopped(&mut self, delivery: &Delivery<'_>, stack: u32) {
        if self.watching {
            self.left = Some(Stop {
                m: delivery.context.m,
                goroutine: delivery.context.g,
                stack,
            });
        }
    }

    pub fn proc_stopped(&mut self, delivery: &Delivery<'_>) {
        if !self.watching || self.restarted {
            return;
        }
        self.last_stop_ns = delivery.time_ns;
        let m = delivery.context.m;
        let own = delivery.event.event_type == spec::PROC_STOP;
        self.last = self.left.filter(|left| own && left.m == m);
    }

    pub fn proc_started(&mut self, _: &Delivery<'_>) {
        self.restarted |= self.watching;
    }
}
