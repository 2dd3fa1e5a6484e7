//! What is easier said here than through Python: bytes, heap order, ids.

use super::clock::Tick;
use super::ids::IdMap;
use super::names::{Lookup, Names};
use super::order::heap::{Entry, Frontier};
use super::output::{Delivery, Sink};
use super::paged_ids::PagedIds;
use super::reader::Reader;
use super::spec::{self, layout_of};
use super::tables::Row;
use super::wire::{HeaderError, read_header, uvarint};

struct Rows(Vec<Row>);

impl Sink for Rows {
    fn push(&mut self, delivery: &Delivery<'_>, lookup: &mut Lookup<'_>) {
        self.0.push(Row::new(delivery, lookup));
    }
}

fn read(data: &[u8]) -> (Vec<Row>, Vec<bool>, Reader) {
    let mut reader = Reader::new(data).unwrap_or_else(|error| unreachable!("{error:?}"));
    let mut rows = Rows(Vec::new());
    let mut complete = Vec::new();
    while let Some(summary) = reader.next(data, &mut rows) {
        complete.push(summary.complete);
    }
    (rows.0, complete, reader)
}

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
    out.extend(batches.concat());
    out.push(spec::END_OF_GENERATION);
    out
}

#[test]
fn numbers_may_be_padded_but_not_longer_than_ten_bytes() {
    assert_eq!(uvarint(&[0x7f], 0), Some((127, 1)));
    assert_eq!(uvarint(&[0x80, 1], 0), Some((128, 2)));
    let padded = [0x81, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0];
    assert_eq!(uvarint(&padded, 0), Some((1, 10)));
    let most = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1];
    assert_eq!(uvarint(&most, 0), Some((u64::MAX, 10)));
    let over = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2];
    assert_eq!(uvarint(&over, 0), None);
    assert_eq!(uvarint(&[0x80; 11], 0), None);
    assert_eq!(uvarint(&[0x80], 0), None);
    assert_eq!(uvarint(&[], 0), None);
}

#[test]
fn headers() {
    assert_eq!(
        read_header(b"go 1.26 trace\0\0\0").map(|f| f.number),
        Ok(26)
    );
    assert_eq!(
        read_header(b"go 1.5 trace\0\0\0\0"),
        Err(HeaderError::Version(5))
    );
    assert_eq!(
        read_header(b"go 1.99 trace\0\0\0"),
        Err(HeaderError::Version(99))
    );
    for cut in 1..16 {
        let header = b"go 1.26 trace\0\0\0".get(..cut).unwrap_or(&[]);
        assert_eq!(read_header(header), Err(HeaderError::Cut), "{cut}");
    }
    assert!(matches!(
        read_header(b"go 1.26 tracE\0\0\0"),
        Err(HeaderError::Foreign(_))
    ));
}

#[test]
fn ticks_are_truncated_products() {
    assert_eq!(Tick::from_frequency(15_625_000).nanoseconds(3), 192);
    assert_eq!(Tick::from_frequency(3_000_000_000).nanoseconds(7), 2);
    assert_eq!(
        Tick::from_frequency(1_000_000_000).nanoseconds(u64::MAX),
        i64::MAX
    );
}

#[test]
fn large_ids_take_no_room() {
    let mut ids = IdMap::default();
    for (place, id) in [0, 5, 1 << 40, u64::MAX].into_iter().enumerate() {
        ids.insert(id, place as u32, 100);
    }
    assert_eq!(
        [0, 5, 1 << 40, u64::MAX, 6].map(|id| ids.get(id)),
        [Some(0), Some(1), Some(2), Some(3), None]
    );
}

#[test]
fn pages_of_ids_are_used_again() {
    let mut ids = PagedIds::default();
    for id in 0..1_000_000 {
        ids.insert(id, id as u32);
        if id >= 1000 {
            ids.remove(id - 1000);
        }
    }
    assert_eq!(ids.get(999_999), Some(999_999));
    assert_eq!([0, 998_999].map(|id| ids.get(id)), [None, None]);
    assert!(ids.page_count() <= 4, "{}", ids.page_count());
}

#[test]
fn ids_that_lie_far_apart_take_few_pages() {
    let mut ids = PagedIds::default();
    let wide = (0..10_000u32).map(|place| (u64::from(place) << 33 | 1 << 12, place));
    let spread = (0..10_000u32).map(|place| (u64::from(place) * 5000, place));
    for (id, place) in wide.chain(spread) {
        if ids.get(id).is_none() {
            ids.insert(id, place);
        }
    }
    assert_eq!(ids.get(9_999 << 33 | 1 << 12), Some(9_999));
    assert_eq!(ids.get(5000), Some(1));
    assert!(ids.page_count() < 300, "{}", ids.page_count());
    ids.remove(5000);
    ids.remove(9_999 << 33 | 1 << 12);
    assert_eq!(
        [5000, 9_999 << 33 | 1 << 12].map(|id| ids.get(id)),
        [None, None]
    );
}

#[test]
fn equal_times_keep_their_place() {
    let mut frontier = Frontier::default();
    for cursor in 0..5 {
        frontier.insert(Entry { time_ns: 7, cursor });
    }
    let order = |frontier: &Frontier| -> Vec<u32> {
        (0..5)
            .filter_map(|at| frontier.get(at))
            .map(|entry| entry.cursor)
            .collect()
    };
    assert_eq!(order(&frontier), [0, 1, 2, 3, 4]);
    frontier.update(0, 7);
    assert_eq!(order(&frontier), [0, 1, 2, 3, 4]);
    frontier.update(0, 8);
    assert_eq!(order(&frontier), [1, 3, 2, 0, 4]);
    frontier.remove(1);
    assert_eq!(order(&frontier), [4, 1, 2, 0]);
}

#[test]
fn interning_is_by_content() {
    let names = Names::new();
    assert_eq!(names.texts.get(0), b"");
    assert_eq!(names.texts.get(77), b"");
    assert_eq!(names.texts.len(), 1);
}

#[test]
fn layouts_follow_the_argument_names() {
    let create = layout_of(spec::GO_CREATE);
    assert_eq!(
        (create.values[0], create.extra_stack, create.stack),
        (0, 1, 2)
    );
    let log = layout_of(spec::USER_LOG);
    assert_eq!(
        (log.values[0], log.text, log.text2, log.stack, log.count),
        (0, 1, 2, 3, 4)
    );
    assert!(!layout_of(spec::SYNC).timed);
    assert!(!layout_of(127).timed);
}

#[test]
fn a_proc_and_a_goroutine_come_up() {
    let statuses = [
        spec::PROC_STATUS,
        1,
        0,
        1,
        spec::GO_STATUS,
        1,
        4,
        1,
        2,
        spec::GO_DESTROY,
        1,
    ];
    let (rows, complete, reader) = read(&trace(&[batch(1, &statuses)]));
    assert_eq!(complete, [true]);
    let types: Vec<_> = rows
        .iter()
        .map(|row| (row.event_type, row.time_ns))
        .collect();
    assert_eq!(types, [(50, 10), (13, 11), (25, 12), (17, 13), (50, 14)]);
    assert_eq!(rows.get(3).map(|row| row.context.g), Some(4));
    assert!(reader.warnings.is_empty());
}

#[test]
fn an_undecodable_event_ends_only_its_own_thread() {
    let cut = [spec::PROC_STATUS, 1, 0, 1, spec::GO_STATUS, 0x80];
    let other = [spec::PROC_STATUS, 5, 1, 2];
    let (rows, complete, reader) = read(&trace(&[batch(1, &cut), batch(2, &other)]));
    assert_eq!(complete, [false]);
    assert_eq!(
        rows.iter()
            .filter(|row| row.event_type == spec::PROC_STATUS)
            .count(),
        2
    );
    assert!(
        reader
            .warnings
            .iter()
            .any(|warning| warning.contains("invalid uvarint"))
    );
}

#[test]
fn many_empty_generations_are_one_pass() {
    let mut data = b"go 1.26 trace\0\0\0".to_vec();
    data.resize(1 << 20, spec::END_OF_GENERATION);
    let (rows, complete, reader) = read(&data);
    assert!(rows.is_empty() && complete.is_empty());
    assert!(reader.warnings.len() <= 101);
}

/// Every single-byte change of a small trace is read without panic, in bounded time.
#[test]
fn every_changed_byte() {
    let statuses = [
        spec::PROC_STATUS,
        1,
        0,
        1,
        spec::GO_STATUS,
        1,
        4,
        1,
        2,
        spec::GO_DESTROY,
        1,
    ];
    let strings = [4, 5, 1, 2, b'a', b'b'];
    let stacks = [2, 3, 1, 1, 9, 1, 1, 7];
    let samples = [6, 7, 12, 1, 0, 4, 1];
    let tables = [
        batch(1, &statuses),
        batch(9, &samples),
        batch(9, &stacks),
        batch(9, &strings),
    ];
    let whole = trace(&tables);
    assert_eq!(read(&whole).1, [true]);
    for at in 16..whole.len() {
        for value in 0..=255 {
            let mut data = whole.clone();
            if let Some(byte) = data.get_mut(at) {
                *byte = value;
            }
            read(&data);
        }
    }
}
