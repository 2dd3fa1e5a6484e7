//! A few things broken in a trace.

use arbitrary::{Result, Unstructured};

/// One file of `batches`, some of which are lost, repeated or moved, and some bytes changed.
pub fn mutate(mut batches: Vec<Vec<u8>>, choices: &mut Unstructured<'_>) -> Vec<u8> {
    let moves = choices.int_in_range(0..=7u8).unwrap_or(0).saturating_sub(4);
    for _ in 0..moves {
        if move_batch(&mut batches, choices).is_err() {
            break;
        }
    }
    let mut data = batches.concat();
    let changes = choices.int_in_range(0..=9u8).unwrap_or(0).saturating_sub(4);
    for _ in 0..changes {
        if change_bytes(&mut data, choices).is_err() {
            break;
        }
    }
    data
}

fn move_batch(batches: &mut Vec<Vec<u8>>, choices: &mut Unstructured<'_>) -> Result<()> {
    if batches.len() < 3 {
        return Ok(());
    }
    let place = |choices: &mut Unstructured<'_>| choices.int_in_range(1..=batches.len() - 1);
    let (from, to) = (place(choices)?, place(choices)?);
    match choices.int_in_range(0..=2u8)? {
        0 => drop(batches.remove(from)),
        1 => batches.insert(to, batches[from].clone()),
        _ => batches.swap(from, to),
    }
    Ok(())
}

fn change_bytes(data: &mut Vec<u8>, choices: &mut Unstructured<'_>) -> Result<()> {
    if data.len() < 18 {
        return Ok(());
    }
    let at = choices.int_in_range(16..=data.len() - 1)?;
    let end = (at + choices.int_in_range(1..=40usize)?).min(data.len());
    match choices.int_in_range(0..=5u8)? {
        0 => drop(data.drain(at..end)),
        1 => data.truncate(at),
        2 => {
            let copy = data[at..end].to_vec();
            let to = choices.int_in_range(16..=data.len())?;
            data.splice(to..to, copy);
        }
        3 => data.insert(at, choices.arbitrary()?),
        4 => data[at] ^= 1 << choices.int_in_range(0..=7u8)?,
        _ => data[at] = choices.arbitrary()?,
    }
    Ok(())
}
