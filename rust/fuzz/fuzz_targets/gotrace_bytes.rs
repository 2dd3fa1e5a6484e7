//! Bytes as they come.
#![no_main]

use growwork_fuzz::checks::check;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| check(data, (50, 500)));
