//! What must hold for any bytes at all: no panic, one answer, bounded memory.

use growwork_native::gotrace::{Options, decode_only, pass, scan_rows};

use crate::heap::peak_of;

/// Heap per byte of input.
const FACTOR: usize = 8;

/// Heap that does not depend on the input: blocks of events of the Ms 1.5 MiB, up to 256
/// histograms of 4 KiB, the directory of goroutine ids up to 4 MiB, its first pages, the
/// second thread's blocks (which are small here), columns.
const FIXED: usize = 8 << 20;

/// Runs everything the decoder does over `data`; `window` is one of trace time, in ns.
pub fn check(data: &[u8], window: (i64, i64)) {
    let one = bounded(data, "one thread", || pass(data, 1, true));
    let two = bounded(data, "two threads", || pass(data, 2, true));
    assert_eq!(one, two, "two threads deliver something else than one");
    let _ = bounded(data, "decoding alone", || decode_only(data));

    let plain = Options {
        longest: 16,
        ..Options::default()
    };
    let mut windowed = plain.clone();
    (windowed.window.start_ns, windowed.window.end_ns) = window;
    let every_span = Options {
        spans: true,
        wait_reasons: vec![b"select".to_vec(), b"sync".to_vec()],
        ..plain.clone()
    };
    let one_goroutine = Options {
        goroutine: Some(1),
        region: Some(b"region".to_vec()),
        ..every_span.clone()
    };
    for (at, options) in [&plain, &windowed, &every_span, &one_goroutine]
        .into_iter()
        .enumerate()
    {
        let one = bounded(data, "a scan", || scan_rows(data, 1, options));
        if at != data.len() % 4 {
            continue; // threads are dear: one of the scans has to do
        }
        let two = bounded(data, "a scan on two threads", || {
            scan_rows(data, 2, options)
        });
        assert_eq!(one, two, "two threads find other rows than one");
    }
}

fn bounded<T>(data: &[u8], what: &str, work: impl FnOnce() -> T) -> T {
    let (done, peak) = peak_of(work);
    let most = FACTOR * data.len() + FIXED;
    assert!(
        peak <= most,
        "{what} held {peak} bytes for {} bytes of input, {most} were allowed",
        data.len()
    );
    done
}
