//! How many Ps do GC work instead of the program's: the steps of mutator utilisation.
//!
//! The rules are those of Go's `MutatorUtilizationV2` (internal/trace/gc.go) for pauses, mark
//! workers, assists and sweeps together, but for one: a worker counts from its label until it
//! leaves the thread, once. Go's own code counts it again each time it starts.

use super::super::output::Delivery;
use super::super::spec::{self, NONE};
use super::tables::Steps;
use super::window::Window;

/// Ps that can be counted; GOMAXPROCS is limited by the machine.
const MOST_PROCS: usize = 1 << 12;

/// The number of Ps in GC work.
pub struct Busy {
    window: Window,
    pub steps: Steps,
    /// GC work in progress per P.
    work: Vec<u32>,
    working: u32,
    procs: u32,
    /// Ps seen, for traces that begin after GOMAXPROCS was told.
    seen: u32,
    stopped: u32,
    generations: u32,
    last: Option<(u32, u32)>,
    /// What holds before the window.
    before: Option<(u32, u32)>,
}

impl Busy {
    pub fn new(window: Window) -> Self {
        Self {
            window,
            steps: Steps::default(),
            work: Vec::new(),
            working: 0,
            procs: 0,
            seen: 0,
            stopped: 0,
            generations: 0,
            last: None,
            before: None,
        }
    }

    pub fn sync(&mut self) {
        self.generations += 1;
    }

    /// The state of the program is unknown again.
    pub fn reset(&mut self, time_ns: i64) {
        self.work.clear();
        self.working = 0;
        self.stopped = 0;
        self.generations = 0;
        self.step(time_ns);
    }

    pub fn procs_changed(&mut self, delivery: &Delivery<'_>) {
        let [procs, ..] = delivery.event.args;
        self.procs = procs.min(MOST_PROCS as u64) as u32;
        for work in self.work.iter_mut().skip(self.procs as usize) {
            self.working -= u32::from(*work > 0);
            *work = 0;
        }
        self.step(delivery.time_ns);
    }

    pub fn proc_seen(&mut self, delivery: &Delivery<'_>) {
        let [p, ..] = delivery.event.args;
        self.seen = self
            .seen
            .max(p.saturating_add(1).min(MOST_PROCS as u64) as u32);
    }

    /// The world stops for the GC, or starts again.
    pub fn world(&mut self, time_ns: i64, stops: bool) {
        self.stopped = if stops {
            self.stopped + 1
        } else {
            self.stopped.saturating_sub(1)
        };
        self.step(time_ns);
    }

    /// GC work begins or ends on the P of an event.
    pub fn goroutine(&mut self, delivery: &Delivery<'_>, begins: bool) {
        self.count(delivery.context.p, begins);
        self.step(delivery.time_ns);
    }

    /// GC work is in progress that began before the trace, of which the first generation tells
    /// late: it held from the start.
    pub fn active(&mut self, delivery: &Delivery<'_>) {
        let event = delivery.event;
        let [first, ..] = event.args;
        let sweep = event.event_type == spec::GC_SWEEP_ACTIVE;
        let p = if sweep { first } else { delivery.context.p };
        if self.generations <= 1 {
            self.steps.raise(self.work_of(p));
        }
        self.count(p, true);
        self.step(delivery.time_ns);
    }

    fn work_of(&self, p: u64) -> u32 {
        let at = usize::try_from(p).unwrap_or(usize::MAX);
        self.work.get(at).copied().unwrap_or(0)
    }

    fn count(&mut self, p: u64, begins: bool) {
        if p == NONE || p >= MOST_PROCS as u64 {
            return;
        }
        let at = p as usize;
        if at >= self.work.len() {
            self.work.resize(at + 1, 0);
        }
        let Some(work) = self.work.get_mut(at) else {
            return;
        };
        let was = *work > 0;
        *work = if begins {
            *work + 1
        } else {
            work.saturating_sub(1)
        };
        let is = *work > 0;
        self.working = self.working + u32::from(is) - u32::from(was);
    }

    /// Notes what holds from now on, if it differs.
    fn step(&mut self, time_ns: i64) {
        let procs = if self.procs > 0 {
            self.procs
        } else {
            self.seen
        };
        let busy = if self.stopped > 0 {
            procs
        } else {
            self.working.min(procs)
        };
        let now = (busy, procs);
        if procs == 0 || self.last == Some(now) {
            return;
        }
        self.last = Some(now);
        if time_ns < self.window.start_ns {
            self.before = Some(now);
            return;
        }
        if let Some((busy, procs)) = self.before.take() {
            self.steps.push(self.window.start_ns, busy, procs);
        }
        if time_ns <= self.window.end_ns {
            self.steps.push(time_ns, busy, procs);
        }
    }

    /// What holds at the start of a window in which nothing has changed so far.
    pub fn enter_window(&mut self, time_ns: i64) {
        if time_ns >= self.window.start_ns
            && let Some((busy, procs)) = self.before.take()
        {
            self.steps.push(self.window.start_ns, busy, procs);
        }
    }
}
