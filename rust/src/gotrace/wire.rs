//! Bytes: the file header, unsigned LEB128, and batch headers.

use super::spec;

/// What is wrong with the input, and where when that is a place in the file.
///
/// Boxed, because a result that may hold one is returned for every event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault(Box<(Box<str>, Option<usize>)>);

impl Fault {
    #[cold]
    pub fn new(problem: impl Into<Box<str>>) -> Self {
        Self(Box::new((problem.into(), None)))
    }

    #[cold]
    pub fn at(offset: usize, problem: impl Into<Box<str>>) -> Self {
        Self(Box::new((problem.into(), Some(offset))))
    }

    pub fn problem(&self) -> &str {
        &self.0.0
    }

    pub fn offset(&self) -> Option<usize> {
        self.0.1
    }
}

/// Why a file is not a trace this reader can read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HeaderError {
    /// The file ends inside the header.
    Cut,
    /// Something else; the text says what it looks like.
    Foreign(&'static str),
    /// A trace of a format this reader does not know, older or newer.
    Version(u32),
}

/// Length of the file header: `go 1.NN trace` padded with NULs.
pub const HEADER_BYTES: usize = 16;

/// Reads the file header.
pub fn read_header(data: &[u8]) -> Result<spec::Format, HeaderError> {
    const START: &[u8] = b"go 1.";
    const END: &[u8] = b" trace\0\0\0";
    let Some(rest) = data.strip_prefix(START) else {
        return Err(if START.starts_with(data) && !data.is_empty() {
            HeaderError::Cut
        } else {
            HeaderError::Foreign(guess_kind(data))
        });
    };
    let digits = rest
        .iter()
        .take(3)
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    let (number, tail) = rest.split_at_checked(digits).unwrap_or((&[], rest));
    let number = number
        .iter()
        .fold(0, |n, digit| n * 10 + u32::from(digit - b'0'));
    if END.len() > tail.len() && END.starts_with(tail) {
        return Err(HeaderError::Cut);
    }
    if digits == 0 || !tail.starts_with(END) {
        return Err(HeaderError::Foreign(guess_kind(data)));
    }
    spec::FORMATS
        .into_iter()
        .find(|format| format.number == number)
        .ok_or(HeaderError::Version(number))
}

fn guess_kind(data: &[u8]) -> &'static str {
    const KINDS: [(&[u8], &str); 8] = [
        (
            b"\x1f\x8b",
            "gzip-compressed data (a pprof profile, or a trace to unpack first)",
        ),
        (b"\x28\xb5\x2f\xfd", "zstd-compressed data; unpack it first"),
        (b"PK\x03\x04", "a zip archive; unpack it first"),
        (b"\x7fELF", "an executable"),
        (b"<", "HTML or XML, perhaps an error page saved as a trace"),
        (b"{", "JSON"),
        (b"heap profile:", "a heap profile in text form"),
        (b"gc ", "gctrace text"),
    ];
    let start = data.trim_ascii_start();
    if data.is_empty() {
        return "an empty file";
    }
    if let Some((_, kind)) = KINDS.iter().find(|(magic, _)| start.starts_with(magic)) {
        return kind;
    }
    let printable = |byte: &u8| matches!(byte, b'\t' | b'\n' | b'\r' | 0x20..=0x7e | 0x80..);
    if data.iter().take(64).all(printable) {
        return "text, perhaps an HTTP error saved as a trace";
    }
    "something else"
}

/// Reads one unsigned LEB128 number at `pos`; `None` when it is cut or over 64 bits.
#[inline(always)]
pub fn uvarint(data: &[u8], pos: usize) -> Option<(u64, usize)> {
    let first = *data.get(pos)?;
    if first < 0x80 {
        return Some((u64::from(first), pos + 1));
    }
    long_uvarint(data, pos)
}

/// The number that the low bytes of `word` hold, and how many it takes; `None` over eight.
///
/// Most numbers have one byte and are better told apart before. Of the others most have two to
/// four, and which is hard to predict, so there is no branch between these.
#[inline(always)]
pub fn multi_byte(word: u64) -> Option<(u64, usize)> {
    let low = word as u32;
    let ends = !low & 0x8080_8080;
    if ends != 0 {
        let taken = ends ^ (ends - 1); // every bit up to the end of the last byte
        let groups = low & taken & 0x7f7f_7f7f;
        let pairs = (groups & 0x007f_007f) | ((groups & 0x7f00_7f00) >> 1);
        let value = (pairs & 0x3fff) | ((pairs & 0x3fff_0000) >> 2);
        return Some((u64::from(value), (ends.trailing_zeros() / 8 + 1) as usize));
    }
    up_to_eight_bytes(word)
}

#[inline(never)]
fn up_to_eight_bytes(word: u64) -> Option<(u64, usize)> {
    let ends = !word & 0x8080_8080_8080_8080;
    if ends == 0 {
        return None;
    }
    let groups = word & (ends ^ (ends - 1)) & 0x7f7f_7f7f_7f7f_7f7f;
    let pairs = (groups & 0x007f_007f_007f_007f) | ((groups & 0x7f00_7f00_7f00_7f00) >> 1);
    let fours = (pairs & 0x0000_3fff_0000_3fff) | ((pairs & 0x3fff_0000_3fff_0000) >> 2);
    let value = (fours & 0x0fff_ffff) | ((fours & 0x0fff_ffff_0000_0000) >> 4);
    Some((value, (ends.trailing_zeros() / 8 + 1) as usize))
}

/// Zero-padded forms are legal: the runtime writes batch sizes in ten bytes.
#[inline(never)]
fn long_uvarint(data: &[u8], pos: usize) -> Option<(u64, usize)> {
    let mut value = 0;
    for (i, byte) in data.get(pos..)?.iter().take(10).enumerate() {
        if i == 9 && *byte > 1 {
            return None;
        }
        value |= u64::from(byte & 0x7f) << (7 * i);
        if *byte < 0x80 {
            return Some((value, pos + i + 1));
        }
    }
    None
}

/// A position in the file that only moves forward.
#[derive(Clone, Copy)]
pub struct Scanner<'a> {
    pub data: &'a [u8],
    pub pos: usize,
}

impl Scanner<'_> {
    pub fn byte(&mut self) -> Option<u8> {
        let byte = *self.data.get(self.pos)?;
        self.pos += 1;
        Some(byte)
    }

    pub fn uvarint(&mut self) -> Option<u64> {
        let (value, pos) = uvarint(self.data, self.pos)?;
        self.pos = pos;
        Some(value)
    }

    pub fn skip(&mut self, bytes: usize) -> Option<()> {
        let end = self.pos.checked_add(bytes)?;
        if end > self.data.len() {
            return None;
        }
        self.pos = end;
        Some(())
    }

    pub fn at_end(&self) -> bool {
        self.pos >= self.data.len()
    }
}

/// One item of a file after its header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item {
    Batch(BatchHeader),
    EndOfGeneration,
}

/// The header of a batch; its payload follows at `start` and has `len` bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchHeader {
    pub experiment: u8,
    pub generation: u64,
    pub m: u64,
    pub time: u64,
    pub start: usize,
    pub len: usize,
}

/// Why there is no further item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ItemError {
    /// The file ends here, between two items.
    Eof,
    /// The file ends inside a batch header; the generation when that was still readable.
    CutHeader(Option<u64>),
    /// Not a batch.
    Broken(Fault),
}

/// Reads the item at `pos`. The payload of a batch may reach beyond the end of the data.
pub fn read_item(data: &[u8], pos: usize) -> Result<Item, ItemError> {
    let mut scan = Scanner { data, pos };
    let Some(first) = scan.byte() else {
        return Err(ItemError::Eof);
    };
    let experiment = match first {
        spec::END_OF_GENERATION => return Ok(Item::EndOfGeneration),
        spec::EVENT_BATCH => 0,
        spec::EXPERIMENTAL_BATCH => scan.byte().ok_or(ItemError::CutHeader(None))?,
        other => {
            let problem = format!("expected batch event, got event {other}");
            return Err(ItemError::Broken(Fault::at(pos, problem)));
        }
    };
    let mut number = |what: &str, generation: Option<u64>| {
        let start = scan.pos;
        scan.uvarint().ok_or_else(|| {
            if data.len() - start < 10 {
                ItemError::CutHeader(generation)
            } else {
                ItemError::Broken(Fault::at(start, format!("error reading batch {what}")))
            }
        })
    };
    let generation = number("gen", None)?;
    let m = number("M ID", Some(generation))?;
    let time = number("timestamp", Some(generation))?;
    let size = number("size", Some(generation))?;
    if size > spec::MAX_BATCH_BYTES {
        let problem = format!(
            "invalid batch size {size}, maximum is {}",
            spec::MAX_BATCH_BYTES
        );
        return Err(ItemError::Broken(Fault::at(pos, problem)));
    }
    let len = usize::try_from(size).unwrap_or(usize::MAX);
    Ok(Item::Batch(BatchHeader {
        experiment,
        generation,
        m,
        time,
        start: scan.pos,
        len,
    }))
}
