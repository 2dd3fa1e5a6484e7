//! From file bytes to the top-level fields of a profile.

use std::borrow::Cow;
use std::io::{ErrorKind, Read};

use flate2::read::MultiGzDecoder;
use prost::Message;

use crate::fault::{Fault, FaultKind};

const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// The profile's own bytes: `data`, or what it holds when it is gzip; at most `limit` bytes.
pub fn uncompressed(data: &[u8], limit: u64) -> Result<Cow<'_, [u8]>, Fault> {
    if !data.starts_with(&GZIP_MAGIC) {
        return if data.len() as u64 > limit {
            Err(too_large(limit))
        } else {
            Ok(Cow::Borrowed(data))
        };
    }
    let mut out = Vec::new();
    let mut decoder = MultiGzDecoder::new(data).take(limit.saturating_add(1));
    match decoder.read_to_end(&mut out) {
        Ok(_) if out.len() as u64 > limit => Err(too_large(limit)),
        Ok(_) => Ok(Cow::Owned(out)),
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Err(Fault::truncated(
            data.len() as u64,
            "the gzip stream ends early",
        )),
        Err(error) => Err(Fault::foreign(format!(
            "not a readable gzip stream: {error}"
        ))),
    }
}

fn too_large(limit: u64) -> Fault {
    Fault::foreign(format!(
        "the profile is larger than the limit of {limit} bytes"
    ))
}

/// The value of one top-level field.
#[derive(Debug, Clone, Copy)]
pub enum Value<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

/// One top-level field and where it begins.
#[derive(Debug, Clone, Copy)]
pub struct Field<'a> {
    pub offset: u64,
    pub number: u32,
    pub value: Value<'a>,
}

impl<'a> Field<'a> {
    /// The field as a message.
    pub fn message<M: Message + Default>(&self, name: &str) -> Result<M, Fault> {
        M::decode(self.bytes(name)?)
            .map_err(|error| Fault::malformed(self.offset, format!("{name}: {error}")))
    }

    /// The field's bytes.
    pub fn bytes(&self, name: &str) -> Result<&'a [u8], Fault> {
        match self.value {
            Value::Bytes(bytes) => Ok(bytes),
            Value::Number(_) => Err(self.mistyped(name, "bytes")),
        }
    }

    /// The field as int64: protobuf keeps negative numbers as ten-byte two's complement.
    #[allow(clippy::cast_possible_wrap)]
    pub fn int64(&self, name: &str) -> Result<i64, Fault> {
        match self.value {
            Value::Number(number) => Ok(number as i64),
            Value::Bytes(_) => Err(self.mistyped(name, "a number")),
        }
    }

    fn mistyped(&self, name: &str, expected: &str) -> Fault {
        Fault::malformed(self.offset, format!("field {name} is not {expected}"))
    }
}

/// Walks the fields of a message without holding them.
pub struct Fields<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Fields<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// The next field; fixed-width fields, which no profile field is, are skipped.
    pub fn next_field(&mut self) -> Result<Option<Field<'a>>, Fault> {
        while self.at < self.bytes.len() {
            let offset = self.at as u64;
            let key = self.varint()?;
            let number = u32::try_from(key >> 3).unwrap_or(0);
            if number == 0 {
                return Err(Fault::malformed(
                    offset,
                    "not a pprof profile: a protobuf field number is expected",
                ));
            }
            let value = match key & 7 {
                0 => Value::Number(self.varint()?),
                1 => {
                    self.take(8)?;
                    continue;
                }
                2 => {
                    let length = self.varint()?;
                    Value::Bytes(self.take(length)?)
                }
                5 => {
                    self.take(4)?;
                    continue;
                }
                other => {
                    return Err(Fault::malformed(
                        offset,
                        format!("not a pprof profile: unknown protobuf wire type {other}"),
                    ));
                }
            };
            return Ok(Some(Field {
                offset,
                number,
                value,
            }));
        }
        Ok(None)
    }

    fn varint(&mut self) -> Result<u64, Fault> {
        let start = self.at as u64;
        let mut value = 0u64;
        for shift in (0..70).step_by(7) {
            let Some(&byte) = self.bytes.get(self.at) else {
                return Err(Fault::truncated(
                    self.bytes.len() as u64,
                    "the profile ends inside a number",
                ));
            };
            self.at += 1;
            value |= u64::from(byte & 0x7f).checked_shl(shift).unwrap_or(0);
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(Fault::malformed(start, "a number is longer than ten bytes"))
    }

    fn take(&mut self, length: u64) -> Result<&'a [u8], Fault> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let field = usize::try_from(length).ok().and_then(|n| rest.get(..n));
        let Some(field) = field else {
            return Err(Fault::at(
                FaultKind::Truncated,
                format!("offset {}", self.bytes.len()),
                format!(
                    "the profile ends inside a field of {length} bytes that starts at offset {}",
                    self.at
                ),
            ));
        };
        self.at += field.len();
        Ok(field)
    }
}
