//! A bare pass: what reading costs before anything is made of it.

use super::decode::{Event, Place};
use super::generation::Generation;
use super::names::Lookup;
use super::output::{Delivery, Sink};
use super::reader::Reader;
use super::wire::{HEADER_BYTES, HeaderError, read_header};

/// Counts events by type, and hashes who and when of all of them if `HASH`.
struct Count<const HASH: bool> {
    by_type: [u64; 256],
    hash: u64,
}

impl<const HASH: bool> Sink for Count<HASH> {
    #[inline(always)]
    fn push(&mut self, delivery: &Delivery<'_>, _: &mut Lookup<'_>) {
        if let Some(count) = self.by_type.get_mut(usize::from(delivery.event.event_type)) {
            *count += 1;
        }
        if HASH {
            const PRIME: u64 = 1_099_511_628_211;
            let context = delivery.context;
            let time = delivery.time_ns.cast_unsigned();
            for field in [context.m, context.p, context.g, time] {
                self.hash = self.hash.wrapping_mul(PRIME) ^ field;
            }
        }
    }
}

/// Orders and validates every event: how many there are, and their hash.
pub fn pass(data: &[u8], threads: usize, hash: bool) -> Result<(u64, Option<u64>), HeaderError> {
    if hash {
        let (events, hash) = count::<true>(data, threads)?;
        return Ok((events, Some(hash)));
    }
    let (events, _) = count::<false>(data, threads)?;
    Ok((events, None))
}

fn count<const HASH: bool>(data: &[u8], threads: usize) -> Result<(u64, u64), HeaderError> {
    let mut reader = Reader::new(data)?;
    reader.threads = threads;
    let mut count = Count::<HASH> {
        by_type: [0; 256],
        hash: 0,
    };
    while reader.next(data, &mut count).is_some() {}
    Ok((count.by_type.iter().sum(), count.hash))
}

/// Decodes every event of ordinary batches and orders none: the ceiling of any reader.
pub fn decode_only(data: &[u8]) -> Result<u64, HeaderError> {
    let format = read_header(data)?;
    let mut events = Vec::<Event>::new();
    let (mut pos, mut count) = (HEADER_BYTES, 0);
    while let Some(generation) = Generation::index(data, pos, format) {
        for at in generation.batches_by_time() {
            let Some(batch) = generation.batch(at) else {
                continue;
            };
            let tick = super::clock::Tick::from_frequency(super::clock::USUAL_FREQUENCY);
            let mut place = Place::start_of(batch, tick);
            count += place.decode_all(data, tick, &mut events).0 as u64;
        }
        pos = generation.span.end;
        if !generation.resumable {
            break;
        }
    }
    Ok(count)
}
