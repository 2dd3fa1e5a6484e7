//! What has a begin and an end: pauses, cycles, assists, sweeps, worker runs, regions, tasks.

use hashbrown::HashMap;

use super::super::names::Lookup;
use super::super::output::Delivery;
use super::super::spec::{self, NONE};
use super::busy::Busy;
use super::stops::Stops;
use super::tables::RangeRows;
use super::window::Window;

/// It began before the trace or window.
pub const CUT_START: u8 = 1;
/// It did not end in it.
pub const CUT_END: u8 = 2;

/// A range that has begun; once it has ended, a row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Range {
    /// The event that begins such a range.
    pub kind: u8,
    pub start_ns: i64,
    /// While it is open: how long its goroutine had been off when it began.
    pub off_ns: i64,
    pub m: u64,
    pub p: u64,
    pub g: u64,
    pub stack: u32,
    pub text: u32,
    pub args: [u64; 2],
    pub extra_stack: u32,
    pub cut: u8,
}

/// What is open on one goroutine.
#[derive(Default)]
pub struct Open {
    pub assist: Option<Range>,
    pub worker: Option<Range>,
    pub regions: Vec<Range>,
    /// Time it was not running, since the first of these opened.
    pub off_ns: i64,
    off_since: Option<i64>,
}

impl Open {
    pub fn is_empty(&self) -> bool {
        self.assist.is_none() && self.worker.is_none() && self.regions.is_empty()
    }

    /// Whether GC work of the goroutine keeps its P from the program.
    pub fn takes_a_p(&self, running: bool, executing: bool) -> bool {
        let works = self.worker.is_some_and(|worker| worker.args != [0, 0]);
        (works && running) || (self.assist.is_some() && executing)
    }

    /// The time that the goroutine was off during a range that ends now.
    pub fn off_during(&self, range: &Range) -> i64 {
        self.off_ns - range.off_ns
    }

    pub fn leave(&mut self, time_ns: i64) {
        self.off_since.get_or_insert(time_ns);
    }

    /// It has been off since an earlier time than it was known to be.
    pub fn was_off_since(&mut self, time_ns: i64) {
        if let Some(since) = &mut self.off_since {
            *since = time_ns;
        }
    }

    pub fn come_back(&mut self, time_ns: i64) {
        if let Some(since) = self.off_since.take() {
            self.off_ns += time_ns - since;
        }
    }

    /// All ranges, innermost first.
    pub fn drain(&mut self) -> Vec<Range> {
        let ended = [self.assist.take(), self.worker.take()];
        let regions = std::mem::take(&mut self.regions);
        ended
            .into_iter()
            .flatten()
            .chain(regions.into_iter().rev())
            .collect()
    }
}

/// The ranges of a trace.
pub struct Ranges {
    window: Window,
    /// From when on the trace tells anything.
    pub known_from_ns: Option<i64>,
    pub rows: RangeRows,
    pub stops: Stops,
    pauses: Vec<Range>,
    open_cycle: Option<Range>,
    /// By P.
    sweeps: HashMap<u64, Range>,
    tasks: HashMap<u64, Range>,
}

impl Ranges {
    pub fn new(window: Window) -> Self {
        Self {
            window,
            known_from_ns: None,
            rows: RangeRows::default(),
            stops: Stops::default(),
            pauses: Vec::new(),
            open_cycle: None,
            sweeps: HashMap::new(),
            tasks: HashMap::new(),
        }
    }

    /// A range that begins with an event.
    pub fn begin(&self, delivery: &Delivery<'_>, stack: u32, text: u32) -> Range {
        Range {
            kind: delivery.event.event_type,
            start_ns: delivery.time_ns,
            off_ns: 0,
            m: delivery.context.m,
            p: delivery.context.p,
            g: delivery.context.g,
            stack,
            text,
            args: [0; 2],
            extra_stack: 0,
            cut: 0,
        }
    }

    /// A range ends: a row, if any of it lies in the window.
    fn end(&mut self, range: &Range, time_ns: i64) {
        let known_ns = range.start_ns.max(self.known_from_ns.unwrap_or(time_ns));
        let Some((start_ns, end_ns)) = self.window.clip(known_ns, time_ns) else {
            return;
        };
        let mut row = *range;
        row.cut |= if start_ns > range.start_ns {
            CUT_START
        } else {
            0
        };
        row.cut |= if end_ns < time_ns { CUT_END } else { 0 };
        row.off_ns = row.off_ns.min(end_ns - start_ns);
        row.start_ns = start_ns;
        self.rows.push(&row, end_ns);
    }

    /// An assist or region ends.
    pub fn goroutine_range(
        &mut self,
        range: &Range,
        time_ns: i64,
        off_ns: i64,
        cut: u8,
        selected: bool,
    ) {
        if selected {
            let cut = range.cut | cut;
            let range = Range {
                off_ns,
                cut,
                ..*range
            };
            self.end(&range, time_ns);
        }
    }

    /// A mark worker leaves its thread.
    pub fn worker(
        &mut self,
        range: &Range,
        delivery: &Delivery<'_>,
        end_stack: u32,
        selected: bool,
    ) {
        if selected {
            let range = Range {
                args: [u64::from(delivery.event.event_type), 0],
                extra_stack: end_stack,
                ..*range
            };
            self.end(&range, delivery.time_ns);
        }
    }

    pub fn stop_the_world(
        &mut self,
        delivery: &Delivery<'_>,
        lookup: &mut Lookup<'_>,
        busy: &mut Busy,
    ) {
        let [kind, stack, ..] = delivery.event.args;
        if delivery.event.event_type == spec::STW_BEGIN {
            let text = lookup.text(kind, delivery.event);
            let range = self.begin(delivery, lookup.stack(stack), text);
            if is_for_gc(lookup.names.texts.get(text)) {
                busy.world(delivery.time_ns, true);
            }
            self.stops.begin(delivery.time_ns);
            self.pauses.push(range);
            return;
        }
        let g = delivery.context.g;
        let Some(at) = self.pauses.iter().position(|pause| pause.g == g) else {
            return;
        };
        let mut range = self.pauses.remove(at);
        if is_for_gc(lookup.names.texts.get(range.text)) {
            busy.world(delivery.time_ns, false);
        }
        let straggler = self.stops.end(range.start_ns, self.pauses.is_empty());
        range.args = [straggler.stopping_ns.cast_unsigned(), straggler.goroutine];
        range.extra_stack = straggler.stack;
        self.end(&range, delivery.time_ns);
    }

    pub fn cycle(&mut self, delivery: &Delivery<'_>, lookup: &mut Lookup<'_>) {
        let [seq, stack, ..] = delivery.event.args;
        match delivery.event.event_type {
            spec::GC_END => {
                if let Some(cycle) = self.open_cycle.take() {
                    self.end(&cycle, delivery.time_ns);
                }
            }
            spec::GC_BEGIN => {
                let mut range = self.begin(delivery, lookup.stack(stack), 0);
                range.args = [seq, 0];
                self.open_cycle = Some(range);
            }
            _ if self.open_cycle.is_none() => {
                let mut range = self.begin(delivery, 0, 0);
                range.kind = spec::GC_BEGIN;
                range.args = [seq, 0];
                range.start_ns = i64::MIN;
                range.cut = CUT_START;
                self.open_cycle = Some(range);
            }
            _ => {}
        }
    }

    pub fn sweep(&mut self, delivery: &Delivery<'_>, lookup: &mut Lookup<'_>, busy: &mut Busy) {
        let [first, second, ..] = delivery.event.args;
        let p = delivery.context.p;
        match delivery.event.event_type {
            spec::GC_SWEEP_BEGIN => {
                let range = self.begin(delivery, lookup.stack(first), 0);
                self.sweeps.insert(p, range);
                busy.goroutine(delivery, true);
            }
            spec::GC_SWEEP_END => {
                if let Some(mut range) = self.sweeps.remove(&p) {
                    range.args = [first, second];
                    self.end(&range, delivery.time_ns);
                    busy.goroutine(delivery, false);
                }
            }
            _ if !self.sweeps.contains_key(&first) => {
                let mut range = self.begin(delivery, 0, 0);
                range.kind = spec::GC_SWEEP_BEGIN;
                range.start_ns = i64::MIN;
                range.cut = CUT_START;
                range.p = first;
                self.sweeps.insert(first, range);
                busy.active(delivery);
            }
            _ => {}
        }
    }

    pub fn task(&mut self, delivery: &Delivery<'_>, lookup: &mut Lookup<'_>) {
        let [id, parent, name, stack] = delivery.event.args;
        if delivery.event.event_type == spec::USER_TASK_BEGIN {
            let text = lookup.text(name, delivery.event);
            let mut range = self.begin(delivery, lookup.stack(stack), text);
            range.args = [id, parent];
            self.tasks.insert(id, range);
        } else if let Some(range) = self.tasks.remove(&id) {
            self.end(&range, delivery.time_ns);
        }
    }

    /// Ends everything that is open.
    pub fn close(&mut self, time_ns: i64) {
        let mut open: Vec<Range> = std::mem::take(&mut self.pauses);
        for pause in &mut open {
            let straggler = self.stops.end(pause.start_ns, true);
            pause.args = [straggler.stopping_ns.cast_unsigned(), straggler.goroutine];
            pause.extra_stack = straggler.stack;
        }
        open.extend(self.open_cycle.take());
        open.extend(self.sweeps.drain().map(|(_, range)| range));
        open.extend(self.tasks.drain().map(|(_, range)| range));
        open.sort_by_key(|range| (range.start_ns, range.kind, range.p, range.args));
        for range in &open {
            let cut = range.cut | CUT_END;
            self.end(&Range { cut, ..*range }, time_ns);
        }
    }
}

/// Pauses that the GC makes; others stop the program for other reasons.
fn is_for_gc(kind: &[u8]) -> bool {
    kind.starts_with(b"GC ")
}

/// No straggler.
pub const NOBODY: u64 = NONE;
