//! Goroutines: creation, start, stop, switch and status.

use super::state::{NO_THREAD, gstatus};
use super::{Event, Fault, Need, Ordering, Step, Verdict};
use crate::gotrace::spec::{self, NONE};

impl Ordering {
    pub(super) fn go_status(&mut self, event: &Event, thread: u32) -> Step {
        let [g, m, status, ..] = event.args;
        let status = status as u8;
        if status >= gstatus::COUNT {
            return Err(Fault::new(format!(
                "invalid status for goroutine {g}: {status}"
            )));
        }
        let seq = self.seq(0);
        let slot = match self.gs.find(g) {
            Some(slot) => {
                let state = self.gs.at(slot);
                if state.status != status {
                    let problem = format!(
                        "inconsistent status for goroutine {g}: old {} vs. new {status}",
                        state.status
                    );
                    return Err(Fault::new(problem));
                }
                state.seq = seq;
                slot
            }
            None if self.first => self.gs.add(g, status, seq),
            None => {
                let problem = format!(
                    "found goroutine status for new goroutine after the first generation: id={g}"
                );
                return Err(Fault::new(problem));
            }
        };
        self.subject = slot;
        match status {
            gstatus::RUNNING => self.bind_goroutine(thread, g, slot),
            gstatus::SYSCALL => self.syscall_status(g, m, slot, thread)?,
            _ => {}
        }
        Ok(Verdict::Deliver)
    }

    /// A goroutine in a syscall is on a thread, which need not be the one that says so.
    fn syscall_status(&mut self, g: u64, m: u64, slot: u32, thread: u32) -> Result<(), Fault> {
        let inconsistent = |found: u64| {
            let found = found.cast_signed();
            Fault::new(format!(
                "inconsistent thread for syscalling goroutine {g}: thread has goroutine {found}"
            ))
        };
        if m == NONE {
            return Err(Fault::new(format!(
                "found goroutine {g} in syscall without a thread"
            )));
        }
        if m == self.context.m {
            if !self.first && self.context.g != g {
                return Err(inconsistent(self.context.g));
            }
            self.bind_goroutine(thread, g, slot);
            return Ok(());
        }
        match self.ms.find(m) {
            Some(other) => {
                let on_thread = self.ms.at(other).g;
                if on_thread != g {
                    return Err(inconsistent(on_thread));
                }
                self.context.g = g;
            }
            None => {
                // It has been sitting in the syscall since before the trace.
                let other = self.ms.enter(m);
                debug_assert_ne!(other, NO_THREAD);
                self.bind_goroutine(other, g, slot);
            }
        }
        self.context.m = m;
        Ok(())
    }

    pub(super) fn go_create(&mut self, event: &Event, thread: u32) -> Step {
        self.check(Need::Must, Need::May)?;
        if let Ok(slot) = self.current_goroutine(thread, event) {
            self.must_run(slot, event)?;
        }
        let g = event.args[0];
        if self.gs.find(g).is_some() {
            let problem = format!("tried to create goroutine ({g}) that already exists");
            return Err(Fault::new(problem));
        }
        let blocked = event.event_type == spec::GO_CREATE_BLOCKED;
        let status = if blocked {
            gstatus::WAITING
        } else {
            gstatus::RUNNABLE
        };
        self.subject = self.gs.add(g, status, self.seq(0));
        Ok(Verdict::Deliver)
    }

    pub(super) fn go_start(&mut self, event: &Event, thread: u32) -> Step {
        let g = event.args[0];
        let seq = self.seq(event.args[1]);
        let Some(slot) = self.gs.find(g) else {
            return Ok(Verdict::Wait);
        };
        let state = self.gs.at(slot);
        if state.status != gstatus::RUNNABLE || !seq.succeeds(state.seq) {
            return Ok(Verdict::Wait);
        }
        state.status = gstatus::RUNNING;
        state.seq = seq;
        self.subject = slot;
        self.check(Need::Must, Need::MustNot)?;
        self.bind_goroutine(thread, g, slot);
        Ok(Verdict::Deliver)
    }

    pub(super) fn go_unblock(&mut self, event: &Event) -> Step {
        let seq = self.seq(event.args[1]);
        let Some(slot) = self.gs.find(event.args[0]) else {
            return Ok(Verdict::Wait);
        };
        let state = self.gs.at(slot);
        if state.status != gstatus::WAITING || !seq.succeeds(state.seq) {
            return Ok(Verdict::Wait);
        }
        state.status = gstatus::RUNNABLE;
        state.seq = seq;
        self.subject = slot;
        Ok(Verdict::Deliver) // anything can unblock a goroutine, so no context is needed
    }

    pub(super) fn go_stop(&mut self, event: &Event, thread: u32) -> Step {
        self.check(Need::Must, Need::Must)?;
        let slot = self.current_goroutine(thread, event)?;
        self.must_run(slot, event)?;
        match event.event_type {
            spec::GO_DESTROY => self.gs.remove(slot),
            spec::GO_STOP => self.gs.at(slot).status = gstatus::RUNNABLE,
            _ => self.gs.at(slot).status = gstatus::WAITING,
        }
        self.ms.at(thread).g = NONE;
        Ok(Verdict::Deliver)
    }

    pub(super) fn go_switch(&mut self, event: &Event, thread: u32) -> Step {
        self.check(Need::Must, Need::Must)?;
        let current = self.current_goroutine(thread, event)?;
        self.must_run(current, event)?;
        let next_g = event.args[0];
        let seq = self.seq(event.args[1]); // of the next goroutine
        let Some(next) = self.gs.find(next_g) else {
            return Ok(Verdict::Wait);
        };
        let state = self.gs.at(next);
        if state.status != gstatus::WAITING || !seq.succeeds(state.seq) {
            return Ok(Verdict::Wait);
        }
        state.status = gstatus::RUNNING;
        state.seq = seq;
        if event.event_type == spec::GO_SWITCH {
            self.gs.at(current).status = gstatus::WAITING;
        } else {
            self.gs.remove(current);
        }
        self.subject = next;
        self.leaver = current;
        self.bind_goroutine(thread, next_g, next);
        Ok(Verdict::DeliverSwitch)
    }

    pub(super) fn must_run(&mut self, slot: u32, event: &Event) -> Result<(), Fault> {
        self.must_be(slot, gstatus::RUNNING, event)
    }

    #[inline]
    pub(super) fn must_be(&mut self, slot: u32, status: u8, event: &Event) -> Result<(), Fault> {
        if self.gs.at(slot).status == status {
            return Ok(());
        }
        let name = spec::name_of(event.event_type);
        let want = if status == gstatus::RUNNING {
            "running"
        } else {
            "in a syscall"
        };
        Err(Fault::new(format!(
            "{name} event for goroutine that's not {want}"
        )))
    }
}
