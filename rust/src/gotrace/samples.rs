//! CPU samples: they carry their own time and context and take no part in ordering.

use super::clock::Tick;
use super::generation::Span;
use super::growth::push;
use super::spec;
use super::wire::{Fault, Scanner};

/// One CPU profile sample: when, and where in the file it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    pub time_ns: i64,
    at: usize,
}

/// What a sample says.
pub struct Reading {
    pub m: u64,
    pub p: u64,
    pub g: u64,
    /// Stack id of the generation.
    pub stack: u64,
}

impl Sample {
    pub fn read(&self, data: &[u8]) -> Reading {
        let mut scan = Scanner {
            data,
            pos: self.at + 1,
        };
        let mut next = || scan.uvarint().unwrap_or(0);
        let (_, m, p, g, stack) = (next(), next(), next(), next(), next());
        let g = if g == 0 { spec::NONE } else { g }; // 0: the scheduler's own stack
        Reading { m, p, g, stack }
    }
}

/// Reads and sorts the samples: those that can be read, and the first thing wrong.
pub fn read_samples(data: &[u8], spans: &[Span], tick: Tick) -> (Vec<Sample>, Option<Fault>) {
    let mut samples = Vec::new();
    let mut fault = None;
    for span in spans {
        fault = fault.or(read_batch(data, span, tick, &mut samples).err());
    }
    samples.sort_unstable_by_key(|sample: &Sample| (sample.time_ns, sample.at));
    (samples, fault)
}

fn read_batch(
    data: &[u8],
    span: &Span,
    tick: Tick,
    samples: &mut Vec<Sample>,
) -> Result<(), Fault> {
    let data = data.get(..span.end).unwrap_or(data);
    let mut scan = Scanner {
        data,
        pos: span.start + 1,
    };
    while !scan.at_end() {
        let at = scan.pos;
        let found = scan.byte().unwrap_or(0);
        if found != spec::CPU_SAMPLE {
            return Err(Fault::at(
                at,
                format!("expected CPU sample event, got {found}"),
            ));
        }
        let mut next = || {
            scan.uvarint()
                .ok_or_else(|| Fault::at(at, "CPU sample is cut"))
        };
        let (time, _, _, _, _) = (next()?, next()?, next()?, next()?, next()?);
        let time_ns = tick.nanoseconds(time);
        push(samples, Sample { time_ns, at });
    }
    Ok(())
}
