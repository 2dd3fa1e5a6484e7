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
        let generation = self.generation;
        let slot = match self.gs.find(g) {
            Some(slot) => {
                let state = self.gs.at(slot);
                if state.status() != status {
                    let problem = format!(
                        "inconsistent status for goroutine {g}: old {} vs. new {status}",
                        state.status()
                    );
                    return Err(Fault::new(problem));
                }
                state.restart(generation);
                slot
            }
            None if self.first => self.gs.add(g, status, generation),
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
        self.subject = self.gs.add(g, status, self.generation);
        Ok(Verdict::Deliver)
    }

    #[inline(always)]
    pub(super) fn go_start(&mut self, event: &Event, thread: u32) -> Step {
        let [g, count, ..] = event.args;
        let Some(slot) = self.gs.find(g) else {
            return Ok(Verdict::Wait);
        };
        let state = self.gs.at(slot);
        if !state.step(self.generation, count, gstatus::RUNNABLE, gstatus::RUNNING) {
            return Ok(Verdict::Wait);
        }
        self.subject = slot;
        self.check(Need::Must, Need::MustNot)?;
        self.bind_goroutine(thread, g, slot);
        Ok(Verdict::Deliver)
    }

    #[inline(always)]
    pub(super) fn go_unblock(&mut self, event: &Event) -> Step {
        let [g, count, ..] = event.args;
        let Some(slot) = self.gs.find(g) else {
            return Ok(Verdict::Wait);
        };
        let state = self.gs.at(slot);
        if !state.step(self.generation, count, gstatus::WAITING, gstatus::RUNNABLE) {
            return Ok(Verdict::Wait);
        }
        self.subject = slot;
        Ok(Verdict::Deliver) // anything can unblock a goroutine, so no context is needed
    }

    /// The goroutine leaves its thread; `status` is what it is then.
    #[inline(always)]
    pub(super) fn go_stop(&mut self, event: &Event, thread: u32, status: u8) -> Step {
        self.check(Need::Must, Need::Must)?;
        let slot = self.current_goroutine(thread, event)?;
        self.must_run(slot, event)?;
        self.gs.at(slot).set_status(status);
        self.ms.at(thread).g = NONE;
        Ok(Verdict::Deliver)
    }

    pub(super) fn go_destroy(&mut self, event: &Event, thread: u32) -> Step {
        let step = self.go_stop(event, thread, gstatus::BAD)?;
        self.gs.remove(self.subject);
        Ok(step)
    }

    pub(super) fn go_switch(&mut self, event: &Event, thread: u32) -> Step {
        self.check(Need::Must, Need::Must)?;
        let current = self.current_goroutine(thread, event)?;
        self.must_run(current, event)?;
        let [next_g, count, ..] = event.args; // the count is that of the next goroutine
        let Some(next) = self.gs.find(next_g) else {
            return Ok(Verdict::Wait);
        };
        let state = self.gs.at(next);
        if !state.step(self.generation, count, gstatus::WAITING, gstatus::RUNNING) {
            return Ok(Verdict::Wait);
        }
        if event.event_type == spec::GO_SWITCH {
            self.gs.at(current).set_status(gstatus::WAITING);
        } else {
            self.gs.remove(current);
        }
        self.subject = next;
        self.leaver = current;
        self.bind_goroutine(thread, next_g, next);
        Ok(Verdict::DeliverSwitch)
    }

    #[inline(always)]
    pub(super) fn must_run(&mut self, slot: u32, event: &Event) -> Result<(), Fault> {
        self.must_be(slot, gstatus::RUNNING, event)
    }

    #[inline(always)]
    pub(super) fn must_be(&mut self, slot: u32, status: u8, event: &Event) -> Result<(), Fault> {
        if self.gs.at(slot).status() == status {
            return Ok(());
        }
        Err(not_in_status(status, event.event_type))
    }
}

#[cold]
#[inline(never)]
fn not_in_status(status: u8, event_type: u8) -> Fault {
    let name = spec::name_of(event_type);
    let want = if status == gstatus::RUNNING {
        "running"
    } else {
        "in a syscall"
    };
    Fault::new(format!("{name} event for goroutine that's not {want}"))
}
