//! An imagined program and the trace it writes: mostly what a runtime could have written.
//!
//! It knows which goroutine runs where and counts sequence numbers, so that most events can
//! happen and a reader gets far; which event comes next is the fuzzer's choice. The clocks of
//! threads may be skewed, so that a reader must find the order from the numbers.

use std::collections::BTreeMap;

use arbitrary::{Result, Unstructured};

use crate::wire::{batch, event, header, uvarint};

const NONE: u64 = u64::MAX;
const FORMATS: [u32; 4] = [22, 23, 25, 26];
const TEXTS: [&str; 8] = [
    "GC (dedicated)",
    "GC (idle)",
    "GC mark termination",
    "stop trace",
    "region",
    "select",
    "sync",
    "preempted",
];
const STACKS: u64 = 12;

#[derive(Clone, Copy, PartialEq)]
enum Status {
    Runnable = 1,
    Running = 2,
    Syscall = 3,
    Waiting = 4,
}

struct Goroutine {
    status: Status,
    count: u64,
    assist: bool,
    pauses: u64,
    regions: Vec<(u64, u64)>,
}

impl Goroutine {
    fn new(status: Status) -> Self {
        Self {
            status,
            count: 0,
            assist: false,
            pauses: 0,
            regions: Vec::new(),
        }
    }
}

#[derive(Default)]
struct Proc {
    thread: Option<usize>,
    count: u64,
    syscall: bool,
    sweep: bool,
}

#[derive(Default)]
struct Thread {
    p: Option<usize>,
    g: Option<u64>,
    /// How far its clock is off.
    skew: u64,
    start: u64,
    clock: u64,
    payload: Vec<u8>,
}

struct Program {
    format: u32,
    generation: u64,
    clock: u64,
    gs: BTreeMap<u64, Goroutine>,
    ps: Vec<Proc>,
    ms: Vec<Thread>,
    next_g: u64,
    g_step: u64,
    next_task: u64,
    gc_running: bool,
    gc_count: u64,
    samples: Vec<u8>,
    out: Vec<Vec<u8>>,
}

/// The header and the batches of a trace.
pub fn program(choices: &mut Unstructured<'_>) -> Vec<Vec<u8>> {
    let mut program = Program {
        format: choices.choose(&FORMATS).copied().unwrap_or(26),
        generation: choices.int_in_range(1..=3).unwrap_or(1),
        clock: 100,
        gs: BTreeMap::new(),
        ps: Vec::new(),
        ms: Vec::new(),
        next_g: 1,
        g_step: 1,
        next_task: 1,
        gc_running: false,
        gc_count: 1,
        samples: Vec::new(),
        out: Vec::new(),
    };
    program.out.push(header(program.format));
    // Running out of choices ends the program early; what is there is written all the same.
    let _ = program.set_up(choices);
    let generations = choices.int_in_range(1..=4u8).unwrap_or(1);
    for at in 0..generations {
        program.begin_generation(at == 0);
        let share = choices.len() / usize::from(generations - at);
        let leave = choices.len() - share;
        while choices.len() > leave {
            if program.step(choices).is_err() {
                break;
            }
        }
        program.end_generation();
    }
    program.out
}

impl Program {
    fn set_up(&mut self, choices: &mut Unstructured<'_>) -> Result<()> {
        let procs = choices.int_in_range(1..=5usize)?;
        let threads = choices.int_in_range(1..=8usize)?;
        self.g_step = *choices.choose(&[1, 1, 1, 600, 1 << 31])?;
        self.ps.resize_with(procs, Proc::default);
        for _ in 0..threads {
            let skew = choices.int_in_range(0..=15u8)?.saturating_sub(10);
            self.ms.push(Thread {
                skew: u64::from(skew) * 7,
                ..Thread::default()
            });
        }
        for at in 0..procs.min(threads) {
            if choices.ratio(3, 4)? {
                self.bind_proc(at, at);
                if choices.ratio(3, 4)? {
                    let g = self.new_g(Status::Running);
                    self.ms[at].g = Some(g);
                }
            }
        }
        for _ in 0..choices.int_in_range(0..=6u8)? {
            let status = *choices.choose(&[Status::Waiting, Status::Runnable])?;
            self.new_g(status);
        }
        Ok(())
    }

    fn new_g(&mut self, status: Status) -> u64 {
        let g = self.next_g;
        self.next_g += self.g_step;
        self.gs.insert(g, Goroutine::new(status));
        g
    }

    fn bind_proc(&mut self, p: usize, m: usize) {
        self.ps[p].thread = Some(m);
        self.ms[m].p = Some(p);
    }

    fn begin_generation(&mut self, first: bool) {
        let mut sync = Vec::new();
        if self.format >= 25 {
            sync.push(50);
        }
        event(&mut sync, 8, &[1_000_000_000]);
        if self.format >= 25 {
            event(&mut sync, 51, &[1, 7, 8, 9]);
        }
        self.out
            .push(batch(self.generation, NONE, self.clock, &sync));
        for p in 0..self.ps.len() {
            self.ps[p].count = 0;
            let status = match (self.ps[p].thread, self.ps[p].syscall) {
                (None, _) => 2,
                (Some(_), true) => 3,
                (Some(_), false) => 1,
            };
            let m = self.ps[p].thread;
            self.write_or_alone(m, 13, &[p as u64, status]);
            if self.ps[p].sweep {
                self.write_or_alone(m, 31, &[p as u64]);
            }
        }
        let ids: Vec<u64> = self.gs.keys().copied().collect();
        for g in ids {
            let m = self.ms.iter().position(|m| m.g == Some(g));
            let at = m.map_or(NONE, |m| m as u64 + 1);
            let Some(state) = self.gs.get_mut(&g) else {
                continue;
            };
            state.count = 0;
            let (status, assist) = (state.status as u64, state.assist);
            if g % 2 == 0 && self.format >= 23 {
                self.write_or_alone(m, 48, &[g, at, status, 1 + g % STACKS]);
            } else {
                self.write_or_alone(m, 25, &[g, at, status]);
            }
            if assist {
                self.write_or_alone(m, 34, &[g]);
            }
        }
        if self.gc_running && first {
            self.write_or_alone(None, 28, &[self.gc_count]);
        } else if self.gc_running
            && let Some(m) = self.ms.iter().position(|m| m.p.is_some() && m.g.is_some())
        {
            self.gc_count += 1;
            self.write(m, 28, &[self.gc_count]);
        }
    }

    fn end_generation(&mut self) {
        for m in 0..self.ms.len() {
            self.flush(m);
        }
        let generation = self.generation;
        if !self.samples.is_empty() {
            let mut payload = vec![6];
            payload.append(&mut self.samples);
            self.out.push(batch(generation, NONE, self.clock, &payload));
        }
        let mut stacks = vec![2];
        for id in 1..=STACKS {
            let depth = 1 + id % 3;
            event(&mut stacks, 3, &[id, depth]);
            for frame in 0..depth {
                let name = 1 + (id + frame) % TEXTS.len() as u64;
                for number in [0x40_0000 + 16 * id, name, name, 10 * id + frame] {
                    uvarint(&mut stacks, number);
                }
            }
        }
        self.out.push(batch(generation, NONE, self.clock, &stacks));
        let mut strings = vec![4];
        for (id, text) in (1..).zip(TEXTS) {
            event(&mut strings, 5, &[id, text.len() as u64]);
            strings.extend_from_slice(text.as_bytes());
        }
        self.out.push(batch(generation, NONE, self.clock, &strings));
        if self.format >= 26 {
            self.out.push(vec![52]);
        }
        self.generation += 1;
        self.clock += 10;
    }

    /// An event of a thread, or of none.
    fn write_or_alone(&mut self, m: Option<usize>, event_type: u8, args: &[u64]) {
        if let Some(m) = m {
            self.write(m, event_type, args);
            return;
        }
        self.clock += 1;
        let mut payload = Vec::new();
        event(&mut payload, event_type, &[&[1], args].concat());
        let alone = batch(self.generation, NONE, self.clock, &payload);
        self.out.push(alone);
    }

    fn write(&mut self, m: usize, event_type: u8, args: &[u64]) {
        self.clock += 1;
        let now = self.clock + self.ms[m].skew;
        if now < self.ms[m].clock {
            self.flush(m); // time went back, which only a new batch can say
        }
        let thread = &mut self.ms[m];
        if thread.payload.is_empty() {
            thread.start = now - 1;
            thread.clock = now - 1;
        }
        let delta = now - thread.clock;
        thread.clock = now;
        event(&mut thread.payload, event_type, &[&[delta], args].concat());
    }

    fn flush(&mut self, m: usize) {
        let payload = std::mem::take(&mut self.ms[m].payload);
        if !payload.is_empty() {
            let start = self.ms[m].start;
            self.out
                .push(batch(self.generation, m as u64 + 1, start, &payload));
        }
    }

    /// Something happens on some thread.
    fn step(&mut self, choices: &mut Unstructured<'_>) -> Result<()> {
        let m = choices.choose_index(self.ms.len())?;
        let kind: u8 = choices.arbitrary()?;
        match kind {
            250.. => self.ms[m].skew = u64::from(choices.arbitrary::<u8>()?) * 3,
            244.. => self.flush(m),
            238.. => self.sample(m, choices)?,
            _ => match (self.ms[m].p, self.ms[m].g) {
                (Some(p), Some(g)) if self.ps[p].syscall => self.in_syscall(m, p, g, kind),
                (Some(p), Some(g)) => self.user(m, p, g, kind, choices)?,
                (Some(p), None) => self.scheduler(m, p, kind, choices)?,
                (None, Some(g)) => self.lost_its_proc(m, g, kind),
                (None, None) => self.without_proc(m, kind, choices)?,
            },
        }
        Ok(())
    }

    fn sample(&mut self, m: usize, choices: &mut Unstructured<'_>) -> Result<()> {
        let before = u64::from(choices.arbitrary::<u8>()? % 8);
        let p = self.ms[m].p.map_or(NONE, |p| p as u64);
        let g = self.ms[m].g.unwrap_or(0);
        let args = [self.clock - before, m as u64 + 1, p, g, 1 + before];
        event(&mut self.samples, 7, &args);
        Ok(())
    }

    fn pick(&self, status: Status, choices: &mut Unstructured<'_>) -> Result<Option<u64>> {
        let all: Vec<u64> = (self.gs.iter())
            .filter(|(_, state)| state.status == status)
            .map(|(g, _)| *g)
            .collect();
        if all.is_empty() {
            return Ok(None);
        }
        choices.choose(&all).map(|g| Some(*g))
    }

    fn set(&mut self, g: u64, status: Status) {
        if let Some(state) = self.gs.get_mut(&g) {
            state.status = status;
        }
    }

    fn next_count(&mut self, g: u64) -> u64 {
        self.gs.get_mut(&g).map_or(1, |state| {
            state.count += 1;
            state.count
        })
    }

    /// A goroutine runs.
    fn user(
        &mut self,
        m: usize,
        p: usize,
        g: u64,
        kind: u8,
        choices: &mut Unstructured<'_>,
    ) -> Result<()> {
        let stack = u64::from(kind) % (STACKS + 1);
        let text = 1 + u64::from(kind) % TEXTS.len() as u64;
        match kind {
            0..=19 => self.create(m, stack),
            20..=39 => self.leave(m, g, Status::Runnable, 19, &[text, stack]),
            40..=59 => self.leave(m, g, Status::Waiting, 20, &[text, stack]),
            60..=64 => {
                self.gs.remove(&g);
                self.ms[m].g = None;
                self.write(m, 17, &[]);
            }
            65..=84 => self.unblock(m, stack, choices)?,
            85..=104 => {
                self.set(g, Status::Syscall);
                self.ps[p].syscall = true;
                self.ps[p].count += 1;
                self.write(m, 22, &[self.ps[p].count, stack]);
            }
            105..=109 => self.switch(m, g, kind, choices)?,
            110..=139 => self.assist(m, g, stack),
            140..=154 => self.sweep(m, p, stack),
            155..=164 => self.pause(m, g, text, stack),
            165..=174 => self.collect(m, stack),
            175..=184 => self.write(m, 37 + kind % 2, &[1 << (kind % 40)]),
            185..=189 => self.write(m, 39, &[text]),
            190..=204 => self.region(m, g, text, stack, choices)?,
            205..=214 => self.task(m, text, stack, choices)?,
            215..=217 => self.write(m, 44, &[1, text, text, stack]),
            218..=219 => self.write(m, 9, &[self.ps.len() as u64, stack]),
            220..=229 => self.write(
                m,
                131 + kind % 3,
                &[77, 5][..if kind % 3 == 2 { 1 } else { 2 }],
            ),
            _ => self.steal(m, choices)?,
        }
        Ok(())
    }

    fn create(&mut self, m: usize, stack: u64) {
        let blocked = stack % 4 == 3 && self.format >= 23;
        let status = if blocked {
            Status::Waiting
        } else {
            Status::Runnable
        };
        let g = self.new_g(status);
        self.write(m, if blocked { 47 } else { 14 }, &[g, stack, stack]);
    }

    fn leave(&mut self, m: usize, g: u64, status: Status, event_type: u8, args: &[u64]) {
        self.set(g, status);
        self.ms[m].g = None;
        self.write(m, event_type, args);
    }

    fn unblock(&mut self, m: usize, stack: u64, choices: &mut Unstructured<'_>) -> Result<()> {
        if let Some(other) = self.pick(Status::Waiting, choices)? {
            let count = self.next_count(other);
            self.set(other, Status::Runnable);
            self.write(m, 21, &[other, count, stack]);
        }
        Ok(())
    }

    fn switch(&mut self, m: usize, g: u64, kind: u8, choices: &mut Unstructured<'_>) -> Result<()> {
        let Some(next) = self.pick(Status::Waiting, choices)? else {
            return Ok(());
        };
        let count = self.next_count(next);
        self.set(next, Status::Running);
        self.ms[m].g = Some(next);
        if kind % 2 == 0 {
            self.set(g, Status::Waiting);
            self.write(m, 45, &[next, count]);
        } else {
            self.gs.remove(&g);
            self.write(m, 46, &[next, count]);
        }
        Ok(())
    }

    fn assist(&mut self, m: usize, g: u64, stack: u64) {
        let Some(state) = self.gs.get_mut(&g) else {
            return;
        };
        state.assist = !state.assist;
        if state.assist {
            self.write(m, 35, &[stack]);
        } else {
            self.write(m, 36, &[]);
        }
    }

    fn sweep(&mut self, m: usize, p: usize, stack: u64) {
        self.ps[p].sweep = !self.ps[p].sweep;
        if self.ps[p].sweep {
            self.write(m, 32, &[stack]);
        } else {
            self.write(m, 33, &[8192 * stack, 4096]);
        }
    }

    fn pause(&mut self, m: usize, g: u64, text: u64, stack: u64) {
        let Some(state) = self.gs.get_mut(&g) else {
            return;
        };
        if state.pauses > 0 {
            state.pauses = 0;
            self.write(m, 27, &[]);
        } else {
            state.pauses = 1;
            self.write(m, 26, &[text, stack]);
        }
    }

    fn collect(&mut self, m: usize, stack: u64) {
        self.gc_count += 1;
        self.gc_running = !self.gc_running;
        if self.gc_running {
            self.write(m, 29, &[self.gc_count, stack]);
        } else {
            self.write(m, 30, &[self.gc_count]);
        }
    }

    fn region(
        &mut self,
        m: usize,
        g: u64,
        text: u64,
        stack: u64,
        choices: &mut Unstructured<'_>,
    ) -> Result<()> {
        let Some(state) = self.gs.get_mut(&g) else {
            return Ok(());
        };
        if choices.arbitrary()? {
            state.regions.push((text % 3, text));
            self.write(m, 42, &[text % 3, text, stack]);
        } else {
            let (task, name) = state.regions.pop().unwrap_or((0, text));
            self.write(m, 43, &[task, name, stack]);
        }
        Ok(())
    }

    fn task(
        &mut self,
        m: usize,
        text: u64,
        stack: u64,
        choices: &mut Unstructured<'_>,
    ) -> Result<()> {
        if choices.arbitrary()? {
            let id = self.next_task;
            self.next_task += 1;
            self.write(m, 40, &[id, id / 2, text, stack]);
        } else {
            let id = choices.int_in_range(0..=self.next_task)?;
            self.write(m, 41, &[id, stack]);
        }
        Ok(())
    }

    /// Takes the P of a thread in a syscall.
    fn steal(&mut self, m: usize, choices: &mut Unstructured<'_>) -> Result<()> {
        let victim = choices.choose_index(self.ps.len())?;
        let proc = &mut self.ps[victim];
        let Some(thread) = proc.thread.filter(|_| proc.syscall) else {
            return Ok(());
        };
        proc.thread = None;
        proc.syscall = false;
        proc.count += 1;
        let count = proc.count;
        self.ms[thread].p = None;
        self.write(m, 12, &[victim as u64, count, thread as u64 + 1]);
        Ok(())
    }

    fn in_syscall(&mut self, m: usize, p: usize, g: u64, kind: u8) {
        if kind < 160 {
            self.ps[p].syscall = false;
            self.set(g, Status::Running);
            self.write(m, 23, &[]);
        } else if kind < 200 {
            // The thread gives its own P away.
            self.ps[p].syscall = false;
            self.ps[p].thread = None;
            self.ms[m].p = None;
            self.write(m, 11, &[]);
        } else {
            // The thread of C code leaves for good; its P counts as lost.
            self.gs.remove(&g);
            self.ms[m].g = None;
            self.ms[m].p = None;
            self.ps[p].syscall = false;
            self.ps[p].thread = None;
            self.write(m, 18, &[]);
        }
    }

    /// A goroutine whose syscall lasted too long.
    fn lost_its_proc(&mut self, m: usize, g: u64, kind: u8) {
        if kind < 200 {
            self.leave(m, g, Status::Runnable, 24, &[]);
        } else {
            self.gs.remove(&g);
            self.ms[m].g = None;
            self.write(m, 18, &[]);
        }
    }

    /// A thread with a P looks for work.
    fn scheduler(
        &mut self,
        m: usize,
        p: usize,
        kind: u8,
        choices: &mut Unstructured<'_>,
    ) -> Result<()> {
        let stack = u64::from(kind) % (STACKS + 1);
        match kind {
            0..=129 => {
                if let Some(g) = self.pick(Status::Runnable, choices)? {
                    let count = self.next_count(g);
                    self.set(g, Status::Running);
                    self.ms[m].g = Some(g);
                    self.write(m, 16, &[g, count]);
                }
            }
            130..=149 => self.unblock(m, stack, choices)?,
            150..=159 => self.create(m, stack),
            160..=179 => self.write(m, 37, &[u64::from(kind) << 10]),
            180..=199 => self.sweep(m, p, stack),
            200..=214 => self.steal(m, choices)?,
            _ => {
                self.ps[p].thread = None;
                self.ms[m].p = None;
                self.write(m, 11, &[]);
            }
        }
        Ok(())
    }

    fn without_proc(&mut self, m: usize, kind: u8, choices: &mut Unstructured<'_>) -> Result<()> {
        if kind >= 220 {
            let g = self.new_g(Status::Syscall);
            self.ms[m].g = Some(g);
            self.write(m, 15, &[g]);
            return Ok(());
        }
        if kind >= 200 {
            return self.steal(m, choices);
        }
        let p = choices.choose_index(self.ps.len())?;
        if self.ps[p].thread.is_none() && !self.ps[p].syscall {
            self.bind_proc(p, m);
            self.ps[p].count += 1;
            self.write(m, 10, &[p as u64, self.ps[p].count]);
        }
        Ok(())
    }
}
