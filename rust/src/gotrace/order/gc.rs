//! The GC cycle, and the ranges it opens on goroutines (stop-the-world, assist) and Ps (sweep).

use super::{Event, Fault, Lookup, Need, Ordering, Step, Verdict};
use crate::gotrace::spec;

/// Whether marking is in progress.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GcState {
    Undetermined,
    NotRunning,
    Running,
}

impl Ordering {
    pub(super) fn gc_active(&mut self, event: &Event) -> Step {
        let seq = event.args[0];
        if self.first {
            if self.gc != GcState::Undetermined {
                let problem = "GCActive in the first generation isn't first GC event";
                return Err(Fault::new(problem));
            }
            return self.enter_gc(seq, GcState::Running);
        }
        if !self.next_in_gc(seq) {
            return Ok(Verdict::Wait);
        }
        if self.gc != GcState::Running {
            return Err(Fault::new(
                "encountered GCActive while GC was not in progress",
            ));
        }
        self.check(Need::Must, Need::Must)?;
        self.enter_gc(seq, GcState::Running)
    }

    pub(super) fn gc_begin(&mut self, event: &Event) -> Step {
        let seq = event.args[0];
        if self.gc == GcState::Undetermined {
            return self.enter_gc(seq, GcState::Running);
        }
        if !self.next_in_gc(seq) {
            return Ok(Verdict::Wait);
        }
        if self.gc == GcState::Running {
            return Err(Fault::new(
                "encountered GCBegin while GC was already in progress",
            ));
        }
        self.check(Need::Must, Need::Must)?;
        self.enter_gc(seq, GcState::Running)
    }

    pub(super) fn gc_end(&mut self, event: &Event) -> Step {
        let seq = event.args[0];
        if !self.next_in_gc(seq) {
            return Ok(Verdict::Wait);
        }
        match self.gc {
            GcState::NotRunning => {
                return Err(Fault::new("encountered GCEnd when GC was not in progress"));
            }
            GcState::Undetermined => {
                let problem = "encountered GCEnd when GC was in an undetermined state";
                return Err(Fault::new(problem));
            }
            GcState::Running => {}
        }
        self.check(Need::Must, Need::Must)?;
        self.enter_gc(seq, GcState::NotRunning)
    }

    /// The GC counter runs through the whole trace.
    fn next_in_gc(&self, seq: u64) -> bool {
        seq == self.gc_seq.wrapping_add(1)
    }

    fn enter_gc(&mut self, seq: u64, state: GcState) -> Step {
        self.gc_seq = seq;
        self.gc = state;
        Ok(Verdict::Deliver)
    }

    pub(super) fn stw_begin(
        &mut self,
        event: &Event,
        thread: u32,
        lookup: &mut Lookup<'_>,
    ) -> Step {
        self.check(Need::Must, Need::Must)?;
        let kind = lookup.text(event.args[0], event);
        let slot = self.current_goroutine(thread, event)?;
        let open = &mut self.gs.ranges(slot).stw_kinds;
        if open.contains(&kind) {
            return Err(already_open("STWBegin"));
        }
        open.push(kind);
        Ok(Verdict::Deliver)
    }

    pub(super) fn stw_end(&mut self, event: &mut Event, thread: u32) -> Step {
        self.check(Need::Must, Need::Must)?;
        let slot = self.current_goroutine(thread, event)?;
        let kinds = &mut self.gs.ranges(slot).stw_kinds;
        if kinds.is_empty() {
            return Err(not_open("STWBegin"));
        }
        self.inherited_text = kinds.swap_remove(0);
        Ok(Verdict::Deliver)
    }

    pub(super) fn assist_active(&mut self, event: &Event) -> Step {
        let g = event.args[0];
        let Some(slot) = self.gs.find(g) else {
            let problem = format!("uninitialized goroutine {g} found during GCMarkAssistActive");
            return Err(Fault::new(problem));
        };
        self.subject = slot;
        let first = self.first;
        self.assist(slot, |in_assist| confirm(in_assist, first, event))
    }

    pub(super) fn assist_begin(&mut self, event: &Event, thread: u32) -> Step {
        self.check(Need::Must, Need::Must)?;
        let slot = self.current_goroutine(thread, event)?;
        self.assist(slot, |in_assist| open(in_assist, "GCMarkAssistBegin"))
    }

    pub(super) fn assist_end(&mut self, event: &Event, thread: u32) -> Step {
        self.check(Need::Must, Need::Must)?;
        let slot = self.current_goroutine(thread, event)?;
        self.assist(slot, |in_assist| close(in_assist, "GCMarkAssistBegin"))
    }

    fn assist(&mut self, slot: u32, change: impl FnOnce(&mut bool) -> Step) -> Step {
        let state = self.gs.at(slot);
        let mut in_assist = state.in_assist();
        let step = change(&mut in_assist);
        state.set_in_assist(in_assist);
        step
    }

    pub(super) fn sweep_active(&mut self, event: &Event) -> Step {
        let pid = event.args[0];
        let first = self.first;
        match self.ps.find(pid) {
            Some(p) => confirm(&mut p.in_sweep, first, event),
            None => Err(Fault::new(format!(
                "encountered GCSweepActive for unknown proc {pid}"
            ))),
        }
    }

    pub(super) fn sweep_begin(&mut self) -> Step {
        open(self.sweep_of_current()?, "GCSweepBegin")
    }

    pub(super) fn sweep_end(&mut self) -> Step {
        close(self.sweep_of_current()?, "GCSweepBegin")
    }

    fn sweep_of_current(&mut self) -> Result<&mut bool, Fault> {
        self.check(Need::Must, Need::May)?;
        let pid = self.context.p;
        match self.ps.find(pid) {
            Some(p) => Ok(&mut p.in_sweep),
            None => Err(Fault::new(format!("sweep on unknown proc {pid}"))),
        }
    }
}

fn open(range: &mut bool, begin: &str) -> Step {
    if std::mem::replace(range, true) {
        Err(already_open(begin))
    } else {
        Ok(Verdict::Deliver)
    }
}

fn close(range: &mut bool, begin: &str) -> Step {
    if std::mem::replace(range, false) {
        Ok(Verdict::Deliver)
    } else {
        Err(not_open(begin))
    }
}

/// A range that was open at a generation boundary: news in the first, known in later ones.
fn confirm(range: &mut bool, first: bool, event: &Event) -> Step {
    let name = spec::name_of(event.event_type);
    match (first, *range) {
        (true, true) => Err(Fault::new(format!(
            "found active range already in first gen: {name}"
        ))),
        (false, false) => Err(Fault::new(format!(
            "resource is missing active range: {name}"
        ))),
        _ => {
            *range = true;
            Ok(Verdict::Deliver)
        }
    }
}

#[cold]
fn already_open(begin: &str) -> Fault {
    Fault::new(format!(
        "discovered event already in-flight for when starting event {begin}"
    ))
}

#[cold]
fn not_open(begin: &str) -> Fault {
    Fault::new(format!("tried to end event {begin}, but not in-flight"))
}
