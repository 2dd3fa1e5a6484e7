//! What each goroutine is doing, and since when.

use super::super::growth::reserve;
use super::super::names::Lookup;
use super::super::output::Delivery;
use super::super::spec::{self, NONE};
use super::Options;
use super::busy::Busy;
use super::changes::{Change, RUNNING, SYSCALL, WAITING, change_of};
use super::longest::Longest;
use super::ranges::{CUT_START, Open, Ranges};
use super::tables::SpanRows;
use super::totals::{Key, Totals};
use super::watched::Watched;
use super::window::Window;

const STATES: usize = 5;

/// A finished span.
#[derive(Clone, Copy)]
pub struct Span {
    pub goroutine: u64,
    pub key: Key,
    pub start_ns: i64,
    pub end_ns: i64,
    pub end_stack: u32,
    pub p: u64,
    /// Who made the goroutine runnable.
    pub other: u64,
}

/// What a goroutine is doing, in 32 bytes: a program has many. State 0: there is none in this slot.
#[derive(Clone)]
struct Goroutine {
    id: u64,
    since_ns: i64,
    stack: u32,
    /// What only some causes have: see `reason`, `p` and `other`.
    detail: u32,
    state: u8,
    cause: u8,
    /// Regions of the wanted name it is in.
    wanted_regions: u16,
    /// Place of its open ranges, plus one.
    open: u32,
}

const EMPTY: Goroutine = Goroutine {
    id: NONE,
    since_ns: 0,
    stack: 0,
    detail: NO_ID,
    state: 0,
    cause: 0,
    wanted_regions: 0,
    open: 0,
};

impl Goroutine {
    fn has_reason(&self) -> bool {
        matches!(self.cause, spec::GO_STOP | spec::GO_BLOCK)
    }

    /// Why it stopped.
    fn reason(&self) -> u32 {
        if self.has_reason() { self.detail } else { 0 }
    }

    /// The P it runs on.
    fn p(&self) -> u64 {
        if self.state == RUNNING {
            widen(self.detail)
        } else {
            NONE
        }
    }

    /// Who made it runnable, or made it at all.
    fn other(&self) -> u64 {
        if self.state == RUNNING || self.has_reason() {
            NONE
        } else {
            widen(self.detail)
        }
    }
}

/// Ids that do not fit are as good as unknown here.
const NO_ID: u32 = u32::MAX;

fn narrow(id: u64) -> u32 {
    u32::try_from(id).unwrap_or(NO_ID)
}

fn widen(id: u32) -> u64 {
    if id == NO_ID { NONE } else { u64::from(id) }
}

/// All goroutines.
pub struct Spans {
    window: Window,
    goroutines: Vec<Goroutine>,
    opens: Vec<Open>,
    free: Vec<u32>,
    pub totals: Totals,
    pub longest: [Longest; STATES],
    /// Every span, when all are wanted.
    pub rows: Option<SpanRows>,
    goroutine: Option<u64>,
    region: Option<Vec<u8>>,
    waits: Watched,
}

impl Spans {
    pub fn new(options: &Options) -> Self {
        Self {
            window: options.window,
            goroutines: Vec::new(),
            opens: Vec::new(),
            free: Vec::new(),
            totals: Totals::default(),
            longest: std::array::from_fn(|_| Longest::new(options.longest)),
            rows: options.spans.then(SpanRows::default),
            goroutine: options.goroutine,
            region: options.region.clone(),
            waits: Watched::new(&options.wait_reasons),
        }
    }

    /// A goroutine goes from one state to another.
    #[inline]
    pub fn transition(
        &mut self,
        delivery: &Delivery<'_>,
        lookup: &mut Lookup<'_>,
        ranges: &mut Ranges,
        busy: &mut Busy,
    ) {
        let event = delivery.event;
        let change = change_of(event, delivery, lookup);
        let time_ns = delivery.time_ns;
        let at = delivery.subject as usize;
        if at >= self.goroutines.len() {
            if delivery.subject == u32::MAX {
                return;
            }
            if at >= self.goroutines.capacity() {
                let more = at + 1 - self.goroutines.len();
                reserve(&mut self.goroutines, more);
            }
            self.goroutines.resize(at + 1, EMPTY);
        }
        let Some(goroutine) = self.goroutines.get(at) else {
            return;
        };
        if change.state == goroutine.state {
            return; // a status that says what is known
        }
        let (old, open) = (goroutine.state, goroutine.open);
        if old != 0 {
            self.end(at, time_ns, change.end_stack, lookup);
        }
        if old == RUNNING && matches!(event.event_type, spec::GO_STOP | spec::GO_BLOCK) {
            ranges.stops.stopped(delivery, change.end_stack);
        }
        let p = delivery.context.p;
        if open != 0 {
            self.move_open(at, old, &change, delivery, ranges, busy);
        }
        let Some(goroutine) = self.goroutines.get_mut(at) else {
            return;
        };
        if change.state == 0 {
            *goroutine = EMPTY;
            return;
        }
        goroutine.id = change.goroutine;
        goroutine.since_ns = time_ns;
        goroutine.stack = change.stack;
        goroutine.state = change.state;
        goroutine.cause = event.event_type;
        goroutine.detail = if goroutine.has_reason() {
            change.reason
        } else if change.state == RUNNING {
            narrow(p)
        } else {
            narrow(change.other)
        };
    }

    /// The span that `at` is in ends.
    #[inline]
    fn end(&mut self, at: usize, time_ns: i64, end_stack: u32, lookup: &Lookup<'_>) {
        let Some(goroutine) = self.goroutines.get(at) else {
            return;
        };
        if !self.selects(goroutine) {
            return;
        }
        let Some((start_ns, end_ns)) = self.window.clip(goroutine.since_ns, time_ns) else {
            return;
        };
        let key = Key {
            state: goroutine.state,
            cause: goroutine.cause,
            reason: goroutine.reason(),
            stack: goroutine.stack,
        };
        let duration_ns = end_ns - start_ns;
        let span = || Span {
            goroutine: goroutine.id,
            key,
            start_ns,
            end_ns,
            end_stack,
            p: goroutine.p(),
            other: goroutine.other(),
        };
        if let Some(rows) = &mut self.rows {
            rows.push(&span());
        }
        self.totals.add(key, duration_ns);
        if let Some(longest) = self.longest.get_mut(usize::from(key.state))
            && duration_ns > longest.threshold_ns
            && (key.state != WAITING || self.waits.has(key.reason, lookup))
        {
            longest.offer(span());
        }
    }

    #[inline]
    fn selects(&self, goroutine: &Goroutine) -> bool {
        self.goroutine.is_none_or(|id| id == goroutine.id)
            && (self.region.is_none() || goroutine.wanted_regions > 0)
    }

    /// The open ranges of a goroutine that changes its state.
    fn move_open(
        &mut self,
        at: usize,
        old: u8,
        change: &Change,
        delivery: &Delivery<'_>,
        ranges: &mut Ranges,
        busy: &mut Busy,
    ) {
        let Some(goroutine) = self.goroutines.get(at) else {
            return;
        };
        let selected = self.selects(goroutine);
        let place = goroutine.open;
        let Some(open) = self.opens.get_mut(place as usize - 1) else {
            return;
        };
        let takes_a_p = |open: &Open, state| {
            open.takes_a_p(state == RUNNING, state == RUNNING || state == SYSCALL)
        };
        let before = takes_a_p(open, old);
        if old == RUNNING {
            open.leave(delivery.time_ns);
            if let Some(worker) = open.worker.take() {
                ranges.worker(&worker, delivery, change.end_stack, selected);
            }
        } else if change.state == RUNNING {
            open.come_back(delivery.time_ns);
        }
        let after = takes_a_p(open, change.state);
        if before != after {
            busy.goroutine(delivery, after);
        }
        if change.state == 0 {
            for range in open.drain() {
                let off_ns = open.off_during(&range);
                ranges.goroutine_range(&range, delivery.time_ns, off_ns, 0, selected);
            }
        }
        self.release(at);
    }

    /// Assists, worker labels and regions: what opens and closes on a goroutine.
    pub fn annotate(
        &mut self,
        delivery: &Delivery<'_>,
        lookup: &mut Lookup<'_>,
        ranges: &mut Ranges,
        busy: &mut Busy,
    ) {
        let at = delivery.subject as usize;
        if self.goroutines.get(at).is_none_or(|one| one.state == 0) {
            return;
        }
        match delivery.event.event_type {
            spec::GC_MARK_ASSIST_BEGIN => {
                let [stack, ..] = delivery.event.args;
                let mut range = ranges.begin(delivery, lookup.stack(stack), 0);
                let open = self.open(at, delivery);
                range.off_ns = open.off_ns;
                // A goroutine that was labelled by mistake may assist: its P is one all the same.
                let counted = open.takes_a_p(true, true);
                open.assist.get_or_insert(range);
                if !counted {
                    busy.goroutine(delivery, true);
                }
            }
            spec::GC_MARK_ASSIST_ACTIVE => self.assist_active(at, delivery, ranges, busy),
            spec::GC_MARK_ASSIST_END => {
                let selected = self.goroutines.get(at).is_some_and(|one| self.selects(one));
                let open = self.open(at, delivery);
                if let Some(range) = open.assist.take() {
                    let off_ns = open.off_during(&range);
                    ranges.goroutine_range(&range, delivery.time_ns, off_ns, 0, selected);
                    if !open.takes_a_p(true, true) {
                        busy.goroutine(delivery, false);
                    }
                }
                self.release(at);
            }
            spec::GO_LABEL => self.label(at, delivery, lookup, ranges, busy),
            _ => self.region(at, delivery, lookup, ranges),
        }
    }

    /// An assist that began before the trace.
    fn assist_active(
        &mut self,
        at: usize,
        delivery: &Delivery<'_>,
        ranges: &Ranges,
        busy: &mut Busy,
    ) {
        let state = self.goroutines.get(at).map_or(0, |one| one.state);
        let mut range = ranges.begin(delivery, 0, 0);
        range.kind = spec::GC_MARK_ASSIST_BEGIN;
        range.start_ns = i64::MIN;
        range.cut = CUT_START;
        range.g = delivery.event.args.first().copied().unwrap_or(NONE);
        let open = self.open(at, delivery);
        if open.assist.is_none() {
            open.was_off_since(ranges.known_from_ns.unwrap_or(delivery.time_ns));
            open.assist = Some(range);
            if state == RUNNING || state == SYSCALL {
                busy.active(delivery);
            }
        }
    }

    /// A mark worker says of which kind it is, every time it starts.
    fn label(
        &mut self,
        at: usize,
        delivery: &Delivery<'_>,
        lookup: &mut Lookup<'_>,
        ranges: &mut Ranges,
        busy: &mut Busy,
    ) {
        let [label, ..] = delivery.event.args;
        let text = lookup.text(label, delivery.event);
        let name = lookup.names.texts.get(text);
        if !name.starts_with(b"GC ") {
            return;
        }
        let takes_a_p = name != b"GC (idle)";
        let mut range = ranges.begin(delivery, 0, text);
        range.args = [u64::from(takes_a_p), 0];
        let open = self.open(at, delivery);
        let counted = open.takes_a_p(true, true);
        open.worker = Some(range);
        if takes_a_p && !counted {
            busy.goroutine(delivery, true);
        }
    }

    fn region(
        &mut self,
        at: usize,
        delivery: &Delivery<'_>,
        lookup: &mut Lookup<'_>,
        ranges: &mut Ranges,
    ) {
        let [task, name, stack, ..] = delivery.event.args;
        let text = lookup.text(name, delivery.event);
        let wanted = self
            .region
            .as_deref()
            .is_some_and(|wanted| wanted == lookup.names.texts.get(text));
        if delivery.event.event_type == spec::USER_REGION_BEGIN {
            let mut range = ranges.begin(delivery, lookup.stack(stack), text);
            range.args = [task, 0];
            let open = self.open(at, delivery);
            range.off_ns = open.off_ns;
            open.regions.push(range);
            if wanted {
                self.count_region(at, 1, delivery.time_ns, lookup);
            }
            return;
        }
        let selected = self.goroutines.get(at).is_some_and(|one| self.selects(one));
        if wanted {
            self.count_region(at, -1, delivery.time_ns, lookup);
        }
        let open = self.open(at, delivery);
        if let Some(range) = open.regions.pop() {
            let off_ns = open.off_during(&range);
            ranges.goroutine_range(&range, delivery.time_ns, off_ns, 0, selected);
        }
        self.release(at);
    }

    /// Enters or leaves a region of the wanted name: where the goroutine starts or stops to
    /// count, its span is divided.
    fn count_region(&mut self, at: usize, change: i16, time_ns: i64, lookup: &Lookup<'_>) {
        let Some(goroutine) = self.goroutines.get(at) else {
            return;
        };
        let regions = goroutine.wanted_regions.saturating_add_signed(change);
        if regions == 0 || goroutine.wanted_regions == 0 {
            self.end(at, time_ns, 0, lookup);
        }
        if let Some(goroutine) = self.goroutines.get_mut(at) {
            if regions == 0 || goroutine.wanted_regions == 0 {
                goroutine.since_ns = time_ns;
            }
            goroutine.wanted_regions = regions;
        }
    }

    /// The open ranges of a goroutine, made when there are none.
    fn open(&mut self, at: usize, delivery: &Delivery<'_>) -> &mut Open {
        let running = self
            .goroutines
            .get(at)
            .is_some_and(|one| one.state == RUNNING);
        let known = self.goroutines.get(at).map_or(0, |one| one.open);
        let place = if known != 0 {
            known as usize - 1
        } else {
            let place = self.free.pop().map_or(self.opens.len(), |at| at as usize);
            if place == self.opens.len() {
                self.opens.push(Open::default());
            }
            if let Some(goroutine) = self.goroutines.get_mut(at) {
                goroutine.open = narrow(place as u64 + 1);
            }
            place
        };
        #[allow(clippy::indexing_slicing)] // the place of an element that is there
        let open = &mut self.opens[place];
        if known == 0 && !running {
            open.leave(delivery.time_ns);
        }
        open
    }

    /// Gives the open ranges of a goroutine back when nothing is open any more.
    fn release(&mut self, at: usize) {
        let Some(goroutine) = self.goroutines.get_mut(at) else {
            return;
        };
        let place = goroutine.open as usize;
        if place > 0
            && let Some(open) = self.opens.get_mut(place - 1)
            && open.is_empty()
        {
            *open = Open::default();
            self.free.push(goroutine.open - 1);
            goroutine.open = 0;
        }
    }

    /// Ends all ranges, at the end of what can be read, and forgets all goroutines.
    pub fn close(&mut self, time_ns: i64, ranges: &mut Ranges) {
        for goroutine in std::mem::take(&mut self.goroutines) {
            let selected = self.selects(&goroutine);
            let place = goroutine.open as usize;
            if place > 0
                && let Some(open) = self.opens.get_mut(place - 1)
            {
                open.come_back(time_ns);
                for range in open.drain() {
                    let off_ns = open.off_during(&range);
                    ranges.goroutine_range(
                        &range,
                        time_ns,
                        off_ns,
                        super::ranges::CUT_END,
                        selected,
                    );
                }
            }
        }
        self.opens.clear();
        self.free.clear();
    }
}
