//! Syscalls: the goroutine stays on its thread, the P may be stolen meanwhile.

use super::state::{gstatus, pstatus};
use super::{Event, Fault, Need, Ordering, Step, Verdict};
use crate::gotrace::spec::{self, NONE};

impl Ordering {
    pub(super) fn go_syscall_begin(&mut self, event: &Event, thread: u32) -> Step {
        self.check(Need::Must, Need::Must)?;
        let slot = self.current_goroutine(thread, event)?;
        self.must_run(slot, event)?;
        self.gs.at(slot).set_status(gstatus::SYSCALL);
        let seq = self.seq(event.args[0]);
        let pid = self.context.p;
        let Some(p) = self.ps.find(pid) else {
            return Err(unknown_proc(pid, event));
        };
        p.status = pstatus::SYSCALL;
        // The number only tells which syscall a theft is from, so it cannot be early.
        if !seq.succeeds(p.seq) {
            let problem = format!(
                "failed to advance GoSyscallBegin: can't make sequence: {} -> {}",
                p.seq.count, seq.count
            );
            return Err(Fault::new(problem));
        }
        p.seq = seq;
        Ok(Verdict::Deliver)
    }

    pub(super) fn go_syscall_end(&mut self, event: &Event, thread: u32) -> Step {
        self.check(Need::Must, Need::Must)?;
        let slot = self.current_goroutine(thread, event)?;
        self.must_be(slot, gstatus::SYSCALL, event)?;
        self.gs.at(slot).set_status(gstatus::RUNNING);
        let pid = self.context.p;
        match self.ps.find(pid) {
            None => Err(unknown_proc(pid, event)),
            Some(p) if p.status != pstatus::SYSCALL => {
                let problem = format!(
                    "expected proc {pid} in state syscall, but got {} instead",
                    p.status
                );
                Err(Fault::new(problem))
            }
            Some(p) => {
                p.status = pstatus::RUNNING;
                Ok(Verdict::Deliver)
            }
        }
    }

    pub(super) fn go_syscall_end_blocked(&mut self, event: &Event, thread: u32) -> Step {
        let pid = self.context.p;
        if pid != NONE {
            match self.ps.find(pid) {
                None => return Err(unknown_proc(pid, event)),
                // The event says the P will be lost; it is still there, so not yet.
                Some(p) if p.status == pstatus::SYSCALL => return Ok(Verdict::Wait),
                Some(_) => {}
            }
        }
        self.check(Need::May, Need::Must)?;
        let slot = self.current_goroutine(thread, event)?;
        self.must_be(slot, gstatus::SYSCALL, event)?;
        self.gs.at(slot).set_status(gstatus::RUNNABLE);
        self.ms.at(thread).g = NONE;
        Ok(Verdict::Deliver)
    }

    /// A thread of C code enters Go.
    pub(super) fn go_create_syscall(&mut self, event: &Event, thread: u32) -> Step {
        self.check(Need::May, Need::MustNot)?;
        let g = event.args[0];
        if self.gs.find(g).is_some() {
            let problem = format!("tried to create goroutine ({g}) in syscall that already exists");
            return Err(Fault::new(problem));
        }
        let slot = self.gs.add(g, gstatus::SYSCALL, self.generation);
        self.subject = slot;
        self.bind_goroutine(thread, g, slot);
        Ok(Verdict::Deliver)
    }

    /// A thread of C code leaves Go for good. It drops its P: its id may be used again by a
    /// thread that could then steal the P from itself.
    pub(super) fn go_destroy_syscall(&mut self, event: &Event, thread: u32) -> Step {
        self.check(Need::May, Need::Must)?;
        let slot = self.current_goroutine(thread, event)?;
        self.must_be(slot, gstatus::SYSCALL, event)?;
        self.gs.remove(slot);
        self.ms.at(thread).g = NONE;
        let pid = self.context.p;
        if pid == NONE {
            return Ok(Verdict::Deliver);
        }
        match self.ps.find(pid) {
            None => Err(unknown_proc(pid, event)),
            Some(p) if p.status != pstatus::SYSCALL => {
                let problem = format!(
                    "proc {pid} in unexpected state {} during GoDestroySyscall",
                    p.status
                );
                Err(Fault::new(problem))
            }
            Some(p) => {
                p.status = pstatus::ABANDONED;
                self.ms.at(thread).p = NONE;
                Ok(Verdict::DeliverAfterSteal)
            }
        }
    }
}

#[cold]
fn unknown_proc(pid: u64, event: &Event) -> Fault {
    let name = spec::name_of(event.event_type);
    Fault::new(format!(
        "uninitialized proc {} found during {name}",
        pid.cast_signed()
    ))
}
