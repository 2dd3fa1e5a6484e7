//! Traces of an imagined program, with a few things broken.
#![no_main]

use arbitrary::Unstructured;
use growwork_fuzz::checks::check;
use growwork_fuzz::mutate::mutate;
use growwork_fuzz::program::program;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|choices: &[u8]| {
    let mut choices = Unstructured::new(choices);
    let batches = program(&mut choices);
    let data = mutate(batches, &mut choices);
    check(&data, (200, 2000));
});
