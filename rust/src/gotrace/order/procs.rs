//! Ps: start, stop, theft and status.

use super::state::{MState, NO_THREAD, pstatus};
use super::{Event, Fault, Need, Ordering, Step, Verdict};
use crate::gotrace::spec::NONE;

impl Ordering {
    pub(super) fn proc_status(&mut self, event: &mut Event, thread: u32) -> Step {
        let pid = event.args[0];
        let status = event.args[1] as u8;
        if status >= pstatus::COUNT {
            return Err(Fault::new(format!(
                "invalid status for proc {pid}: {status}"
            )));
        }
        let seq = self.seq(0);
        let mut promoted_on = None;
        match self.ps.find(pid) {
            Some(p) => {
                if status == pstatus::ABANDONED && p.status == pstatus::SYSCALL {
                    // The writer lost track of the thread; this reader did not.
                    promoted_on = Some(p.thread);
                    event.args[1] = u64::from(pstatus::SYSCALL);
                } else if p.status != status {
                    let problem = format!(
                        "inconsistent status for proc {pid}: old {} vs. new {status}",
                        p.status
                    );
                    return Err(Fault::new(problem));
                }
                p.seq = seq;
            }
            None => self.ps.add(pid, status, seq),
        }
        if status == pstatus::RUNNING || status == pstatus::SYSCALL {
            self.bind_proc(thread, pid);
        }
        if let Some(owner) = promoted_on {
            self.report_on_owner(owner, pid)?;
        }
        Ok(Verdict::Deliver)
    }

    /// The status of a P about to be stolen is written by another thread than the one it is on.
    fn report_on_owner(&mut self, owner: u32, pid: u64) -> Result<(), Fault> {
        let MState { id, p, g, .. } = *self.ms.at(owner);
        if owner == NO_THREAD || p != pid {
            let problem =
                format!("failed to find sched context for proc {pid} that's about to be stolen");
            return Err(Fault::new(problem));
        }
        self.context = super::Context { m: id, p, g };
        Ok(())
    }

    fn bind_proc(&mut self, thread: u32, pid: u64) {
        self.ms.at(thread).p = pid;
        if let Some(p) = self.ps.find(pid) {
            p.thread = thread;
        }
    }

    pub(super) fn proc_start(&mut self, event: &Event, thread: u32) -> Step {
        let pid = event.args[0];
        let seq = self.seq(event.args[1]);
        let on_thread = self.context.p;
        let Some(p) = self.ps.find(pid) else {
            return Ok(Verdict::Wait);
        };
        // A thread that still has a P is in a syscall whose end was not seen yet.
        if p.status != pstatus::IDLE || !seq.succeeds(p.seq) || on_thread != NONE {
            return Ok(Verdict::Wait);
        }
        p.status = pstatus::RUNNING;
        p.seq = seq;
        self.check(Need::MustNot, Need::May)?;
        self.bind_proc(thread, pid);
        Ok(Verdict::Deliver)
    }

    pub(super) fn proc_stop(&mut self, _: &Event, thread: u32) -> Step {
        let pid = self.context.p;
        let Some(p) = self.ps.find(pid) else {
            let pid = pid.cast_signed();
            let problem = format!("event ProcStop for proc ({pid}) that doesn't exist");
            return Err(Fault::new(problem));
        };
        if p.status != pstatus::RUNNING && p.status != pstatus::SYSCALL {
            return Err(Fault::new(
                "ProcStop event for proc that's not running or in a syscall",
            ));
        }
        p.status = pstatus::IDLE;
        self.check(Need::Must, Need::May)?;
        self.ms.at(thread).p = NONE;
        Ok(Verdict::Deliver)
    }

    pub(super) fn proc_steal(&mut self, event: &Event, thread: u32) -> Step {
        let [pid, count, victim, ..] = event.args;
        let seq = self.seq(count);
        let Some(p) = self.ps.find(pid) else {
            return Ok(Verdict::Wait);
        };
        let lost = p.status == pstatus::ABANDONED;
        if !(lost || p.status == pstatus::SYSCALL) || !seq.succeeds(p.seq) {
            return Ok(Verdict::Wait);
        }
        p.status = pstatus::IDLE;
        p.seq = seq;
        self.check(Need::May, Need::May)?;
        if lost {
            return Ok(Verdict::Deliver); // the thread it was on has moved on
        }
        let slot = if victim == self.context.m {
            Some(thread)
        } else {
            self.ms.find(victim)
        };
        let Some(slot) = slot else {
            return Err(Fault::new(format!(
                "stole proc from non-existent thread {victim}"
            )));
        };
        let ms = self.ms.at(slot);
        if ms.p != pid {
            let problem = format!(
                "tried to steal proc {pid} from thread {victim}, but got proc {} instead",
                ms.p.cast_signed()
            );
            return Err(Fault::new(problem));
        }
        ms.p = NONE;
        Ok(Verdict::Deliver)
    }
}
