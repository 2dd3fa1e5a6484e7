//! The order of events across Ms, decided by the scheduler's own state machine.
//!
//! An event is offered by its M when it is the M's next one. The rules say whether it can happen
//! now, must wait for an event of another M (a goroutine cannot start before it was made
//! runnable), or cannot happen at all, which means the trace is broken. The rules, their order
//! and their words are those of GOROOT/src/internal/trace/order.go.

pub mod cursor;
pub mod heap;

mod annotations;
mod gc;
mod goroutines;
mod procs;
mod state;
mod syscalls;

use hashbrown::HashMap;

use self::gc::GcState;
pub use self::state::NO_SLOT;
use self::state::{Goroutines, MState, NO_THREAD, Procs, Seq, Threads, gstatus};
use super::decode::Event;
use super::names::Lookup;
use super::spec::{self, NONE};
use super::wire::Fault;

/// Whose event it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Context {
    pub m: u64,
    pub p: u64,
    pub g: u64,
}

impl Context {
    pub const NONE: Self = Self {
        m: NONE,
        p: NONE,
        g: NONE,
    };
}

/// What the rules say about an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Not now.
    Wait,
    /// Now, as one event.
    Deliver,
    /// Now: unblock of the next goroutine, block or end of this one, start of the next one.
    DeliverSwitch,
    /// Now, after the theft of the P that the ending goroutine's thread still held.
    DeliverAfterSteal,
}

type Step = Result<Verdict, Fault>;

struct Task {
    name: u32,
    parent: u64,
}

/// The state of the whole program at one point of the trace.
pub struct Ordering {
    /// The context in which the last delivered event is reported: before its own effect.
    pub context: Context,
    /// Where the goroutine that the event is about has its state; `NO_SLOT` for none.
    pub subject: u32,
    /// For a switch, the same of the goroutine that leaves; its successor is the subject.
    pub leaver: u32,
    /// A trace-wide text that is not on the wire: what an end inherits from its begin.
    pub inherited_text: u32,
    gs: Goroutines,
    ps: Procs,
    ms: Threads,
    tasks: HashMap<u64, Task>,
    gc: GcState,
    gc_seq: u64,
    /// Counts generations; the wire's own numbers may wrap.
    generation: u32,
    /// Nothing is known yet: statuses introduce goroutines and open ranges.
    first: bool,
}

impl Ordering {
    pub fn new() -> Self {
        Self {
            context: Context::NONE,
            subject: NO_SLOT,
            leaver: NO_SLOT,
            inherited_text: 0,
            gs: Goroutines::new(),
            ps: Procs::new(),
            ms: Threads::new(),
            tasks: HashMap::new(),
            gc: GcState::Undetermined,
            gc_seq: 0,
            generation: 0,
            first: true,
        }
    }

    /// Forgets everything, as at the start of a trace.
    pub fn reset(&mut self) {
        self.gs.clear();
        self.ps.clear();
        self.ms.clear();
        self.tasks.clear();
        self.gc = GcState::Undetermined;
        self.gc_seq = 0;
        self.generation = 0;
    }

    pub fn enter_generation(&mut self) {
        self.first = self.generation == 0;
        self.generation = self.generation.saturating_add(1);
    }

    /// The slot of a thread's state.
    pub fn enter_thread(&mut self, m: u64) -> u32 {
        self.ms.enter(m)
    }

    /// Lets `event` of the thread at `thread` happen, if it can happen now.
    #[inline(always)]
    pub fn advance(&mut self, event: &mut Event, thread: u32, lookup: &mut Lookup<'_>) -> Step {
        let MState {
            id: m,
            p,
            g,
            g_slot,
        } = *self.ms.at(thread);
        self.context = Context { m, p, g };
        self.subject = if g == NONE { NO_SLOT } else { g_slot };
        self.inherited_text = 0;
        let step = self.apply(event, thread, lookup);
        if thread == NO_THREAD {
            *self.ms.at(NO_THREAD) = MState::new(NONE);
        }
        step
    }

    #[inline(always)]
    fn apply(&mut self, event: &mut Event, thread: u32, lookup: &mut Lookup<'_>) -> Step {
        macro_rules! check {
            ($event_type:ident) => {
                lookup.check::<{ spec::$event_type }>(event)
            };
        }
        match event.event_type {
            spec::GO_START => self.go_start(event, thread),
            spec::GO_STOP => {
                check!(GO_STOP);
                self.go_stop(event, thread, gstatus::RUNNABLE)
            }
            spec::GO_BLOCK => {
                check!(GO_BLOCK);
                self.go_stop(event, thread, gstatus::WAITING)
            }
            spec::GO_DESTROY => self.go_destroy(event, thread),
            spec::GO_UNBLOCK => {
                check!(GO_UNBLOCK);
                self.go_unblock(event)
            }
            spec::GO_CREATE | spec::GO_CREATE_BLOCKED => {
                check!(GO_CREATE);
                self.go_create(event, thread)
            }
            spec::GO_SWITCH | spec::GO_SWITCH_DESTROY => self.go_switch(event, thread),
            spec::GO_STATUS => self.go_status(event, thread),
            spec::GO_STATUS_STACK => {
                check!(GO_STATUS_STACK);
                self.go_status(event, thread)
            }
            spec::GO_SYSCALL_BEGIN => {
                check!(GO_SYSCALL_BEGIN);
                self.go_syscall_begin(event, thread)
            }
            spec::GO_SYSCALL_END => self.go_syscall_end(event, thread),
            spec::GO_SYSCALL_END_BLOCKED => self.go_syscall_end_blocked(event, thread),
            spec::GO_CREATE_SYSCALL => self.go_create_syscall(event, thread),
            spec::GO_DESTROY_SYSCALL => self.go_destroy_syscall(event, thread),
            spec::PROC_START => self.proc_start(event, thread),
            spec::PROC_STOP => self.proc_stop(event, thread),
            spec::PROC_STEAL => self.proc_steal(event, thread),
            spec::PROC_STATUS => self.proc_status(event, thread),
            spec::GC_ACTIVE => self.gc_active(event),
            spec::GC_BEGIN => {
                check!(GC_BEGIN);
                self.gc_begin(event)
            }
            spec::GC_END => self.gc_end(event),
            spec::STW_BEGIN => {
                check!(STW_BEGIN);
                self.stw_begin(event, thread, lookup)
            }
            spec::STW_END => self.stw_end(event, thread),
            spec::GC_MARK_ASSIST_ACTIVE => self.assist_active(event),
            spec::GC_MARK_ASSIST_BEGIN => {
                check!(GC_MARK_ASSIST_BEGIN);
                self.assist_begin(event, thread)
            }
            spec::GC_MARK_ASSIST_END => self.assist_end(event, thread),
            spec::GC_SWEEP_ACTIVE => self.sweep_active(event),
            spec::GC_SWEEP_BEGIN => {
                check!(GC_SWEEP_BEGIN);
                self.sweep_begin()
            }
            spec::GC_SWEEP_END => self.sweep_end(),
            spec::HEAP_ALLOC | spec::HEAP_GOAL => self.needs(Need::Must, Need::May),
            spec::FIRST_EXPERIMENTAL..=spec::LAST_EXPERIMENTAL => self.needs(Need::May, Need::May),
            _ => self.annotation(event, thread, lookup),
        }
    }

    /// The events that a program or the scheduler writes about itself; they change no state of
    /// the scheduler.
    #[inline(never)]
    fn annotation(&mut self, event: &mut Event, thread: u32, lookup: &mut Lookup<'_>) -> Step {
        lookup.check_each(event);
        match event.event_type {
            spec::PROCS_CHANGE | spec::GO_LABEL | spec::USER_LOG => {
                self.needs(Need::Must, Need::Must)
            }
            spec::USER_TASK_BEGIN => self.task_begin(event, lookup),
            spec::USER_TASK_END => self.task_end(event),
            spec::USER_REGION_BEGIN => self.region_begin(event, thread, lookup),
            spec::USER_REGION_END => self.region_end(event, thread, lookup),
            other => Err(Fault::new(format!(
                "bad event type found while ordering: {other}"
            ))),
        }
    }

    /// Delivers when the context has what the event needs.
    fn needs(&self, p: Need, g: Need) -> Step {
        self.check(p, g)?;
        Ok(Verdict::Deliver)
    }

    /// The thread is always needed.
    #[inline(always)]
    fn check(&self, p: Need, g: Need) -> Result<(), Fault> {
        let context = &self.context;
        if context.m != NONE && p.holds(context.p) && g.holds(context.g) {
            return Ok(());
        }
        Err(unmet_need(context, p, g))
    }

    #[inline(always)]
    fn seq(&self, count: u64) -> Seq {
        Seq {
            generation: self.generation,
            count,
        }
    }

    /// The state of the goroutine on a thread.
    #[inline(always)]
    fn current_goroutine(&mut self, thread: u32, event: &Event) -> Result<u32, Fault> {
        let MState { g, g_slot, .. } = *self.ms.at(thread);
        let Some(slot) = self.gs.find_at(g, g_slot) else {
            return Err(no_such_goroutine(g, event.event_type));
        };
        self.subject = slot;
        Ok(slot)
    }

    #[inline(always)]
    fn bind_goroutine(&mut self, thread: u32, g: u64, slot: u32) {
        let ms = self.ms.at(thread);
        ms.g = g;
        ms.g_slot = slot;
    }
}

/// What an event needs of its context.
#[derive(Clone, Copy)]
enum Need {
    Must,
    May,
    MustNot,
}

impl Need {
    #[inline(always)]
    fn holds(self, id: u64) -> bool {
        match self {
            Self::Must => id != NONE,
            Self::May => true,
            Self::MustNot => id == NONE,
        }
    }
}

#[cold]
#[inline(never)]
fn unmet_need(context: &Context, p: Need, g: Need) -> Fault {
    let word = |need| match need {
        Need::MustNot => ("no", "had one"),
        _ => ("a", "didn't have one"),
    };
    let (what, (article, found)) = if context.m == NONE {
        ("thread", word(Need::Must))
    } else if !p.holds(context.p) {
        ("proc", word(p))
    } else {
        ("goroutine", word(g))
    };
    Fault::new(format!("expected {article} {what} but {found}"))
}

#[cold]
#[inline(never)]
fn no_such_goroutine(g: u64, event_type: u8) -> Fault {
    let name = spec::name_of(event_type);
    Fault::new(format!(
        "event {name} for goroutine ({g}) that doesn't exist"
    ))
}
