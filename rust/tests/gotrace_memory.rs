//! Memory of the trace decoder on hostile input: small against the input, whatever it holds.
//!
//! The heap is counted, so that there is one test, in a binary of its own.
#![allow(unsafe_code, clippy::indexing_slicing)]

#[path = "../fuzz/src/heap.rs"]
mod heap;
#[path = "../fuzz/src/wire.rs"]
mod wire;

use growwork_native::gotrace::{Options, pass, scan_rows};

use heap::peak_of;
use wire::{batch, event, header};

#[global_allocator]
static HEAP: heap::Counted = heap::Counted;

const NONE: u64 = u64::MAX;
const BATCH_BYTES: usize = 60_000;
const INPUT_BYTES: usize = 2 << 20;

/// Heap per byte of input.
const FACTOR: usize = 8;

/// Heap that does not depend on the input: the directory of goroutine ids up to 4 MiB, blocks of
/// events of the Ms 1.5 MiB, histograms 1 MiB, tables of up to 32 768 threads.
const FIXED: usize = 12 << 20;

/// What a second thread adds: events decoded ahead up to 18 MiB, or handed over 8 MiB.
const SECOND_THREAD: usize = 20 << 20;

/// A row of a table of a scan while it is made into columns: 88 bytes for a range, twice while
/// the rows grow, and 83 in the columns. Rows are what was asked for, and an event of three bytes
/// may make one, so they count apart.
const ROW: usize = 260;

/// A trace of one generation while it is written.
struct Trace {
    data: Vec<u8>,
    generation: u64,
}

impl Trace {
    fn new() -> Self {
        let mut trace = Self {
            data: header(26),
            generation: 1,
        };
        trace.begin();
        trace
    }

    fn begin(&mut self) {
        let mut sync = vec![50];
        event(&mut sync, 8, &[1_000_000_000]);
        event(&mut sync, 51, &[0, 1, 1, 1]);
        self.batch(NONE, &sync);
    }

    fn end(&mut self) {
        self.data.push(52);
        self.generation += 1;
    }

    fn batch(&mut self, m: u64, payload: &[u8]) {
        self.data.extend(batch(self.generation, m, 10, payload));
    }

    /// Batches of what `write` appends, call after call, until the input is large enough.
    fn fill(&mut self, m: u64, marker: &[u8], mut write: impl FnMut(&mut Vec<u8>, u64)) {
        let mut count = 0;
        while self.data.len() < INPUT_BYTES {
            let mut payload = marker.to_vec();
            while payload.len() < BATCH_BYTES {
                write(&mut payload, count);
                count += 1;
            }
            self.batch(m, &payload);
        }
    }

    /// M 1 runs goroutine 1 on P 0.
    fn run_one(&mut self) {
        let mut payload = Vec::new();
        event(&mut payload, 13, &[1, 0, 1]);
        event(&mut payload, 25, &[1, 1, 1, 2]);
        self.batch(1, &payload);
    }
}

fn of_one_generation(write: impl FnOnce(&mut Trace)) -> Vec<u8> {
    let mut trace = Trace::new();
    write(&mut trace);
    trace.end();
    trace.data
}

fn goroutines(spread: u64) -> Vec<u8> {
    of_one_generation(|trace| {
        trace.run_one();
        trace.fill(1, &[], |payload, at| {
            event(payload, 14, &[1, (1 << 14) + at * spread, 0, 0]);
        });
    })
}

fn tiny_batches() -> Vec<u8> {
    of_one_generation(|trace| {
        trace.run_one();
        while trace.data.len() < INPUT_BYTES {
            trace.batch(1, &[]);
            trace.batch(1, &[37, 1, 1]);
        }
    })
}

fn threads() -> Vec<u8> {
    of_one_generation(|trace| {
        let mut m = 1;
        while trace.data.len() < INPUT_BYTES {
            trace.batch(m, &[13, 1, 0, 2]);
            m += 1;
        }
    })
}

fn stacks() -> Vec<u8> {
    of_one_generation(|trace| {
        trace.run_one();
        trace.fill(NONE, &[2], |payload, at| {
            event(payload, 3, &[at + 1, 1, at, 0, 0, 0]);
        });
        let stacks = (trace.data.len() / 10) as u64;
        let mut payload = Vec::new();
        for at in 0..stacks {
            event(&mut payload, 14, &[1, 16_384 + at, 0, at + 1]);
            if payload.len() > BATCH_BYTES {
                trace.batch(1, &std::mem::take(&mut payload));
            }
        }
    })
}

fn strings() -> Vec<u8> {
    of_one_generation(|trace| {
        trace.run_one();
        trace.fill(NONE, &[4], |payload, at| {
            event(payload, 5, &[at + 1, 3]);
            payload.extend_from_slice(&at.to_le_bytes()[..3]);
        });
        let strings = (trace.data.len() / 10) as u64;
        let mut payload = Vec::new();
        for at in 0..strings {
            event(&mut payload, 39, &[1, at + 1]);
            if payload.len() > BATCH_BYTES {
                trace.batch(1, &std::mem::take(&mut payload));
            }
        }
    })
}

fn generations() -> Vec<u8> {
    let mut trace = Trace::new();
    trace.run_one();
    trace.end();
    while trace.data.len() < INPUT_BYTES / 8 {
        trace.begin();
        trace.run_one();
        trace.end();
    }
    trace.data
}

fn assists() -> Vec<u8> {
    of_one_generation(|trace| {
        trace.run_one();
        trace.fill(1, &[], |payload, _| {
            event(payload, 35, &[1, 0]);
            event(payload, 36, &[1]);
        });
    })
}

fn readings() -> Vec<u8> {
    of_one_generation(|trace| {
        trace.run_one();
        trace.fill(1, &[], |payload, _| event(payload, 37, &[1, 1]));
    })
}

fn samples() -> Vec<u8> {
    of_one_generation(|trace| {
        trace.run_one();
        trace.fill(NONE, &[6], |payload, _| {
            event(payload, 7, &[11, 1, 0, 1, 0])
        });
    })
}

fn experiments() -> Vec<u8> {
    of_one_generation(|trace| {
        trace.run_one();
        while trace.data.len() < INPUT_BYTES {
            trace.data.extend([49, 1, 1, 1, 10, 0]);
        }
    })
}

fn regions() -> Vec<u8> {
    of_one_generation(|trace| {
        trace.run_one();
        trace.fill(1, &[], |payload, _| event(payload, 42, &[1, 0, 0, 0]));
    })
}

#[test]
fn memory_is_small_against_the_input() {
    let options = Options {
        longest: 2048,
        ..Options::default()
    };
    let cases = [
        ("goroutines", goroutines(1)),
        ("goroutines on pages of their own", goroutines(1 << 9)),
        ("goroutines with huge ids", goroutines(1 << 40)),
        ("tiny batches", tiny_batches()),
        ("threads", threads()),
        ("stacks", stacks()),
        ("strings", strings()),
        ("generations", generations()),
        ("assists", assists()),
        ("readings", readings()),
        ("samples", samples()),
        ("experiments", experiments()),
        ("regions", regions()),
    ];
    for (name, data) in &cases {
        let most = FACTOR * data.len() + FIXED;
        let report = |what: &str, peak: usize, most: usize| {
            let ratio = peak as f64 / data.len() as f64;
            eprintln!("{name}: {what} holds {ratio:.1} times {} bytes", data.len());
            assert!(peak <= most, "{name}: {what} holds {peak}, most is {most}");
        };
        let (one, peak) = peak_of(|| pass(data, 1, true));
        report("a pass", peak, most);
        let (two, peak) = peak_of(|| pass(data, 2, true));
        report("a pass on two threads", peak, most + SECOND_THREAD);
        assert_eq!(one, two);
        let (one, peak) = peak_of(|| scan_rows(data, 1, &options));
        let rows = ROW * one.as_ref().map_or(0, |rows| *rows);
        report("a scan", peak, most + rows);
        let (two, peak) = peak_of(|| scan_rows(data, 2, &options));
        report("a scan on two threads", peak, most + rows + SECOND_THREAD);
        assert_eq!(one, two);
    }
}
