//! The events as data: one table for all formats; a format is a row of switches.
//!
//! Names and arguments are those of GOROOT/src/internal/trace/tracev2/events.go. An argument
//! whose name ends in `stack` is a stack id, in `string` a string id.

pub const EVENT_BATCH: u8 = 1;
pub const STACKS: u8 = 2;
pub const STACK: u8 = 3;
pub const STRINGS: u8 = 4;
pub const STRING: u8 = 5;
pub const CPU_SAMPLES: u8 = 6;
pub const CPU_SAMPLE: u8 = 7;
pub const FREQUENCY: u8 = 8;
pub const PROCS_CHANGE: u8 = 9;
pub const PROC_START: u8 = 10;
pub const PROC_STOP: u8 = 11;
pub const PROC_STEAL: u8 = 12;
pub const PROC_STATUS: u8 = 13;
pub const GO_CREATE: u8 = 14;
pub const GO_CREATE_SYSCALL: u8 = 15;
pub const GO_START: u8 = 16;
pub const GO_DESTROY: u8 = 17;
pub const GO_DESTROY_SYSCALL: u8 = 18;
pub const GO_STOP: u8 = 19;
pub const GO_BLOCK: u8 = 20;
pub const GO_UNBLOCK: u8 = 21;
pub const GO_SYSCALL_BEGIN: u8 = 22;
pub const GO_SYSCALL_END: u8 = 23;
pub const GO_SYSCALL_END_BLOCKED: u8 = 24;
pub const GO_STATUS: u8 = 25;
pub const STW_BEGIN: u8 = 26;
pub const STW_END: u8 = 27;
pub const GC_ACTIVE: u8 = 28;
pub const GC_BEGIN: u8 = 29;
pub const GC_END: u8 = 30;
pub const GC_SWEEP_ACTIVE: u8 = 31;
pub const GC_SWEEP_BEGIN: u8 = 32;
pub const GC_SWEEP_END: u8 = 33;
pub const GC_MARK_ASSIST_ACTIVE: u8 = 34;
pub const GC_MARK_ASSIST_BEGIN: u8 = 35;
pub const GC_MARK_ASSIST_END: u8 = 36;
pub const HEAP_ALLOC: u8 = 37;
pub const HEAP_GOAL: u8 = 38;
pub const GO_LABEL: u8 = 39;
pub const USER_TASK_BEGIN: u8 = 40;
pub const USER_TASK_END: u8 = 41;
pub const USER_REGION_BEGIN: u8 = 42;
pub const USER_REGION_END: u8 = 43;
pub const USER_LOG: u8 = 44;
pub const GO_SWITCH: u8 = 45;
pub const GO_SWITCH_DESTROY: u8 = 46;
pub const GO_CREATE_BLOCKED: u8 = 47;
pub const GO_STATUS_STACK: u8 = 48;
pub const EXPERIMENTAL_BATCH: u8 = 49;
pub const SYNC: u8 = 50;
pub const CLOCK_SNAPSHOT: u8 = 51;
pub const END_OF_GENERATION: u8 = 52;
pub const FIRST_EXPERIMENTAL: u8 = 128;
pub const LAST_EXPERIMENTAL: u8 = 136;

/// No M, P or G: -1 in 64 bits.
pub const NONE: u64 = u64::MAX;

pub const MAX_BATCH_BYTES: u64 = 64 << 10;
pub const MAX_STRING_BYTES: u64 = 1 << 10;
pub const MAX_STACK_FRAMES: u64 = 128;

/// What sets one file format apart from the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Format {
    /// NN of the header `go 1.NN trace`.
    pub number: u32,
    /// The first payload byte of the batch that holds the frequency.
    pub sync_batch: u8,
    /// The sync batch carries a snapshot of the clocks, and must.
    pub clock_snapshot: bool,
    /// A generation ends with the byte `END_OF_GENERATION`; else with the next one's first batch.
    pub explicit_end: bool,
}

pub const FORMATS: [Format; 4] = [
    Format {
        number: 22,
        sync_batch: FREQUENCY,
        clock_snapshot: false,
        explicit_end: false,
    },
    Format {
        number: 23,
        sync_batch: FREQUENCY,
        clock_snapshot: false,
        explicit_end: false,
    },
    Format {
        number: 25,
        sync_batch: SYNC,
        clock_snapshot: true,
        explicit_end: false,
    },
    Format {
        number: 26,
        sync_batch: SYNC,
        clock_snapshot: true,
        explicit_end: true,
    },
];

/// The newest format of the old family, which growwork does not read.
pub const NEWEST_OLD_FORMAT: u32 = 21;

/// A timed event: its name and its arguments after the time delta.
pub type Spec = (u8, &'static str, &'static [&'static str]);

/// Every event that may stand in an ordinary batch.
pub const TIMED_EVENTS: [Spec; 49] = [
    (PROCS_CHANGE, "ProcsChange", &["procs_value", "stack"]),
    (PROC_START, "ProcStart", &["p", "p_seq"]),
    (PROC_STOP, "ProcStop", &[]),
    (PROC_STEAL, "ProcSteal", &["p", "p_seq", "m"]),
    (PROC_STATUS, "ProcStatus", &["p", "pstatus"]),
    (GO_CREATE, "GoCreate", &["new_g", "new_stack", "stack"]),
    (GO_CREATE_SYSCALL, "GoCreateSyscall", &["new_g"]),
    (GO_START, "GoStart", &["g", "g_seq"]),
    (GO_DESTROY, "GoDestroy", &[]),
    (GO_DESTROY_SYSCALL, "GoDestroySyscall", &[]),
    (GO_STOP, "GoStop", &["reason_string", "stack"]),
    (GO_BLOCK, "GoBlock", &["reason_string", "stack"]),
    (GO_UNBLOCK, "GoUnblock", &["g", "g_seq", "stack"]),
    (GO_SYSCALL_BEGIN, "GoSyscallBegin", &["p_seq", "stack"]),
    (GO_SYSCALL_END, "GoSyscallEnd", &[]),
    (GO_SYSCALL_END_BLOCKED, "GoSyscallEndBlocked", &[]),
    (GO_STATUS, "GoStatus", &["g", "m", "gstatus"]),
    (STW_BEGIN, "STWBegin", &["kind_string", "stack"]),
    (STW_END, "STWEnd", &[]),
    (GC_ACTIVE, "GCActive", &["gc_seq"]),
    (GC_BEGIN, "GCBegin", &["gc_seq", "stack"]),
    (GC_END, "GCEnd", &["gc_seq"]),
    (GC_SWEEP_ACTIVE, "GCSweepActive", &["p"]),
    (GC_SWEEP_BEGIN, "GCSweepBegin", &["stack"]),
    (
        GC_SWEEP_END,
        "GCSweepEnd",
        &["swept_value", "reclaimed_value"],
    ),
    (GC_MARK_ASSIST_ACTIVE, "GCMarkAssistActive", &["g"]),
    (GC_MARK_ASSIST_BEGIN, "GCMarkAssistBegin", &["stack"]),
    (GC_MARK_ASSIST_END, "GCMarkAssistEnd", &[]),
    (HEAP_ALLOC, "HeapAlloc", &["heapalloc_value"]),
    (HEAP_GOAL, "HeapGoal", &["heapgoal_value"]),
    (GO_LABEL, "GoLabel", &["label_string"]),
    (
        USER_TASK_BEGIN,
        "UserTaskBegin",
        &["task", "parent_task", "name_string", "stack"],
    ),
    (USER_TASK_END, "UserTaskEnd", &["task", "stack"]),
    (
        USER_REGION_BEGIN,
        "UserRegionBegin",
        &["task", "name_string", "stack"],
    ),
    (
        USER_REGION_END,
        "UserRegionEnd",
        &["task", "name_string", "stack"],
    ),
    (
        USER_LOG,
        "UserLog",
        &["task", "key_string", "value_string", "stack"],
    ),
    (GO_SWITCH, "GoSwitch", &["g", "g_seq"]),
    (GO_SWITCH_DESTROY, "GoSwitchDestroy", &["g", "g_seq"]),
    (
        GO_CREATE_BLOCKED,
        "GoCreateBlocked",
        &["new_g", "new_stack", "stack"],
    ),
    (
        GO_STATUS_STACK,
        "GoStatusStack",
        &["g", "m", "gstatus", "stack"],
    ),
    (128, "Span", &["id", "npages_value", "kindclass"]),
    (129, "SpanAlloc", &["id", "npages_value", "kindclass"]),
    (130, "SpanFree", &["id"]),
    (131, "HeapObject", &["id", "type"]),
    (132, "HeapObjectAlloc", &["id", "type"]),
    (133, "HeapObjectFree", &["id"]),
    (134, "GoroutineStack", &["id", "order"]),
    (135, "GoroutineStackAlloc", &["id", "order"]),
    (136, "GoroutineStackFree", &["id"]),
];

/// The slot of an event's argument array that is always zero.
const ZERO: u8 = 4;

/// Where the arguments of an event go: indices into its argument array, `ZERO` for "has none".
#[derive(Clone, Copy)]
pub struct Layout {
    /// Number of arguments after the time delta.
    pub count: u8,
    /// Whether the type may stand in an ordinary batch.
    pub timed: bool,
    pub values: [u8; 3],
    /// The stack of the goroutine or thread that emitted the event.
    pub stack: u8,
    /// The other stack: the start function of a new goroutine.
    pub extra_stack: u8,
    pub text: u8,
    pub text2: u8,
}

const NO_LAYOUT: Layout = Layout {
    count: 0,
    timed: false,
    values: [ZERO; 3],
    stack: ZERO,
    extra_stack: ZERO,
    text: ZERO,
    text2: ZERO,
};

/// The layout of each event type.
pub static LAYOUTS: [Layout; 256] = layouts();

#[allow(clippy::indexing_slicing)] // evaluated by the compiler
const fn layouts() -> [Layout; 256] {
    let mut all = [NO_LAYOUT; 256];
    let mut i = 0;
    while i < TIMED_EVENTS.len() {
        all[TIMED_EVENTS[i].0 as usize] = layout(TIMED_EVENTS[i].2);
        i += 1;
    }
    // The reader adds what the event inherits: the task's parent, and the thread of a
    // `ProcSteal` that it derives; both live beyond the arguments on the wire.
    all[USER_TASK_END as usize].values[1] = 2;
    all[CPU_SAMPLE as usize].stack = 0;
    all[SYNC as usize].values[0] = 0;
    all
}

#[allow(clippy::indexing_slicing)] // evaluated by the compiler
const fn layout(args: &[&str]) -> Layout {
    let mut out = NO_LAYOUT;
    out.timed = true;
    out.count = args.len() as u8;
    let mut values = 0;
    let mut i = 0;
    while i < args.len() {
        let at = i as u8;
        if ends_with(args[i], "new_stack") {
            out.extra_stack = at;
        } else if ends_with(args[i], "stack") {
            out.stack = at;
        } else if !ends_with(args[i], "string") {
            out.values[values] = at;
            values += 1;
        } else if out.text == ZERO {
            out.text = at;
        } else {
            out.text2 = at;
        }
        i += 1;
    }
    out
}

#[allow(clippy::indexing_slicing)] // evaluated by the compiler
const fn ends_with(text: &str, suffix: &str) -> bool {
    let (text, suffix) = (text.as_bytes(), suffix.as_bytes());
    if text.len() < suffix.len() {
        return false;
    }
    let skip = text.len() - suffix.len();
    let mut i = 0;
    while i < suffix.len() {
        if text[skip + i] != suffix[i] {
            return false;
        }
        i += 1;
    }
    true
}

/// The layout of a type; every byte has one.
#[inline]
pub const fn layout_of(event_type: u8) -> &'static Layout {
    #[allow(clippy::indexing_slicing)] // 256 entries, one per byte
    &LAYOUTS[event_type as usize]
}

/// The name of a type as the Go source spells it.
pub fn name_of(event_type: u8) -> &'static str {
    TIMED_EVENTS
        .iter()
        .find(|spec| spec.0 == event_type)
        .map_or("unknown event", |spec| spec.1)
}
