//! Pairing, clipping and counting, on traces of a few events.

use super::ranges::{CUT_END, CUT_START};
use super::spans::Span;
use super::totals::{Key, Totals, bounds_of};
use super::window::Window;
use super::{Options, Scan};
use crate::gotrace::reader::Reader;
use crate::gotrace::spec;

/// A payload: events of one M from time 10 on, with one tick of one ns between them.
fn batch(m: u8, payload: &[u8]) -> Vec<u8> {
    let mut out = vec![spec::EVENT_BATCH, 1, m, 10, payload.len() as u8];
    out.extend_from_slice(payload);
    out
}

fn trace(batches: &[Vec<u8>]) -> Vec<u8> {
    let mut out = b"go 1.26 trace\0\0\0".to_vec();
    out.extend(batch(
        9,
        &[50, 8, 0x80, 0x94, 0xeb, 0xdc, 3, 51, 0, 0, 0, 0],
    ));
    out.extend(batch(
        9,
        &[4, 5, 1, 4, b'w', b'a', b'i', b't', 5, 2, 2, b'i', b'n'],
    ));
    out.extend(batches.concat());
    out.push(spec::END_OF_GENERATION);
    out
}

fn scan(data: &[u8], options: &Options) -> Scan {
    let mut reader = Reader::new(data).unwrap_or_else(|error| unreachable!("{error:?}"));
    let mut scan = Scan::new(options);
    while reader.next(data, &mut scan).is_some() {}
    assert_eq!(reader.warnings, Vec::<String>::new());
    scan.close();
    scan
}

fn spans(scan: &Scan) -> Vec<(u8, i64, i64)> {
    let mut all: Vec<Span> = scan
        .spans
        .longest
        .iter()
        .flat_map(|one| one.in_order())
        .collect();
    all.sort_by_key(|span| span.start_ns);
    let describe = |span: &Span| (span.key.state, span.start_ns, span.end_ns);
    all.iter().map(describe).collect()
}

const PROC: [u8; 4] = [spec::PROC_STATUS, 1, 0, 1];
const RUNS: [u8; 5] = [spec::GO_STATUS, 1, 7, 5, 2];

/// P 0 and goroutine 7 come up at 11 and 12; what follows is theirs.
fn running(events: &[&[u8]]) -> Vec<u8> {
    let mut payload = [&PROC[..], &RUNS[..]].concat();
    payload.extend(events.concat());
    trace(&[batch(5, &payload)])
}

fn all() -> Options {
    Options {
        longest: 100,
        wait_reasons: vec![b"wait".to_vec()],
        ..Options::default()
    }
}

#[test]
fn states_follow_each_other() {
    let data = running(&[
        &[spec::GO_BLOCK, 5, 1, 0],
        &[spec::GO_UNBLOCK, 2, 7, 1, 0],
        &[spec::GO_START, 3, 7, 2],
        &[spec::GO_STOP, 4, 1, 0],
    ]);
    let scan = scan(&data, &all());
    assert_eq!(
        spans(&scan),
        [(2, 12, 17), (4, 17, 19), (1, 19, 22), (2, 22, 26)]
    );
}

#[test]
fn only_waits_that_are_watched_are_kept() {
    let data = running(&[&[spec::GO_BLOCK, 5, 2, 0], &[spec::GO_UNBLOCK, 2, 7, 1, 0]]);
    assert_eq!(spans(&scan(&data, &all())), [(2, 12, 17)]);
}

#[test]
fn an_assist_knows_how_long_its_goroutine_was_off() {
    let data = running(&[
        &[spec::USER_REGION_BEGIN, 1, 1, 2, 0],
        &[spec::GO_BLOCK, 5, 1, 0],
        &[spec::GO_UNBLOCK, 2, 7, 1, 0],
        &[spec::GO_START, 3, 7, 2],
        &[spec::GC_MARK_ASSIST_BEGIN, 1, 0],
        &[spec::GO_STOP, 1, 1, 0],
        &[spec::GO_START, 9, 7, 3],
        &[spec::GC_MARK_ASSIST_END, 2],
        &[spec::USER_REGION_END, 1, 1, 2, 0],
    ]);
    let mut scan = scan(&data, &all());
    let rows = scan.ranges.rows.drain();
    let found: Vec<_> = rows
        .iter()
        .map(|(range, end_ns)| (range.kind, range.start_ns, *end_ns, range.off_ns, range.cut))
        .collect();
    assert_eq!(
        found,
        [
            (spec::GC_MARK_ASSIST_BEGIN, 24, 36, 9, 0),
            (spec::USER_REGION_BEGIN, 13, 37, 14, 0),
        ]
    );
}

#[test]
fn what_is_open_at_an_end_is_cut_there() {
    let data = running(&[
        &[spec::GC_MARK_ASSIST_ACTIVE, 1, 7],
        &[spec::GC_MARK_ASSIST_END, 6],
        &[spec::GC_MARK_ASSIST_BEGIN, 1, 0],
        &[spec::HEAP_ALLOC, 9, 1],
    ]);
    let mut scan = scan(&data, &all());
    let rows = scan.ranges.rows.drain();
    let found: Vec<_> = rows
        .iter()
        .map(|(range, end_ns)| (range.start_ns, *end_ns, range.cut))
        .collect();
    // The first Sync is at 10, the last one behind all events.
    assert_eq!(found, [(10, 19, CUT_START), (20, 30, CUT_END)]);
}

#[test]
fn a_window_clips() {
    let data = running(&[
        &[spec::GC_MARK_ASSIST_BEGIN, 1, 0],
        &[spec::GC_MARK_ASSIST_END, 20],
        &[spec::GO_BLOCK, 5, 1, 0],
    ]);
    let window = Window {
        start_ns: 15,
        end_ns: 30,
    };
    let mut scan = scan(&data, &Options { window, ..all() });
    let rows = scan.ranges.rows.drain();
    let [(range, end_ns)] = rows.as_slice() else {
        unreachable!("{rows:?}");
    };
    assert_eq!(
        (range.start_ns, *end_ns, range.cut),
        (15, 30, CUT_START | CUT_END)
    );
    assert_eq!(spans(&scan), [(2, 15, 30)]);
}

#[test]
fn a_goroutine_counts_inside_its_region_alone() {
    let data = running(&[
        &[spec::USER_REGION_BEGIN, 3, 0, 2, 0],
        &[spec::GO_BLOCK, 4, 1, 0],
        &[spec::GO_UNBLOCK, 2, 7, 1, 0],
        &[spec::GO_START, 1, 7, 2],
        &[spec::USER_REGION_END, 6, 0, 2, 0],
        &[spec::GO_BLOCK, 5, 1, 0],
    ]);
    let region = Some(b"in".to_vec());
    let scan = scan(&data, &Options { region, ..all() });
    assert_eq!(
        spans(&scan),
        [(2, 15, 19), (4, 19, 21), (1, 21, 22), (2, 22, 28)]
    );
}

#[test]
fn buckets_hold_their_durations() {
    for value in [0, 1, 7, 8, 9, 15, 16, 17, 1000, 1 << 40, i64::MAX] {
        let mut totals = Totals::default();
        let key = Key {
            state: 1,
            cause: spec::GO_CREATE,
            reason: 0,
            stack: 0,
        };
        totals.add(key, value);
        let buckets = totals
            .histograms
            .iter()
            .flat_map(|one| (0..).zip(&one.counts));
        let held: Vec<_> = buckets.filter(|(_, count)| **count > 0).collect();
        let [(bucket, 1)] = held.as_slice() else {
            unreachable!("{held:?}");
        };
        let (low, high) = bounds_of(*bucket);
        assert!(
            low <= value && (value < high || high == i64::MAX),
            "{value}: {low} to {high}"
        );
        assert!(high - low <= (low / 8).max(1), "{value}: {low} to {high}");
    }
}
