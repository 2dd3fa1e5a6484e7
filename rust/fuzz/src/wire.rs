//! The wire format, written.

/// Unsigned LEB128.
pub fn uvarint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// A type and its arguments.
pub fn event(out: &mut Vec<u8>, event_type: u8, args: &[u64]) {
    out.push(event_type);
    for arg in args {
        uvarint(out, *arg);
    }
}

/// A batch of M `m`; `time` in ticks.
pub fn batch(generation: u64, m: u64, time: u64, payload: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(payload.len() + 24);
    let size = payload.len() as u64;
    event(&mut out, 1, &[generation, m, time, size]);
    out.extend_from_slice(payload);
    out
}

/// The 16 bytes every trace begins with.
pub fn header(format: u32) -> Vec<u8> {
    let mut out = format!("go 1.{format} trace").into_bytes();
    out.resize(16, 0);
    out
}
