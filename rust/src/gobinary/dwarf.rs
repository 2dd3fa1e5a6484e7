//! Sizes of the arrays of map types, from debug information.
//!
//! The compiler names the bucket type of a classic map `bucket<K,V>` and the group type of a
//! Swiss map `noalg.map.group[K]V`; their byte size is the size of eight slots.

use std::borrow::Cow;
use std::collections::BTreeSet;

use gimli::{EndianSlice, RunTimeEndian, Section as _};
use object::read::{CompressedData, CompressionFormat, Object, ObjectSection};

use crate::fault::Fault;

const CLASSIC: &[u8] = b"bucket<";
const SWISS: &[u8] = b"noalg.map.group[";
/// Debug information after decompression.
const MAX_SECTION_BYTES: u64 = 2 << 30;
/// Attributes and abbreviation bytes read; a large program has some hundred million.
const MAX_WORK: u64 = 4_000_000_000;

/// A map type's array: its name in the debug information and the size of eight slots.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct MapArray {
    pub key: String,
    pub elem: String,
    pub bytes: u64,
    pub swiss: bool,
}

/// Every map type of the debug information, sorted; empty for a stripped program.
pub fn map_arrays(data: &[u8]) -> Result<Vec<MapArray>, Fault> {
    let file = object::File::parse(data)
        .map_err(|error| Fault::foreign(format!("not an executable: {error}")))?;
    let sections = gimli::DwarfSections::load(|id| section(&file, id.name()))?;
    let endian = if file.is_little_endian() {
        RunTimeEndian::Little
    } else {
        RunTimeEndian::Big
    };
    let dwarf = sections.borrow(|bytes| EndianSlice::new(bytes, endian));
    Ok(collect(&dwarf)?.into_iter().collect())
}

fn section<'a>(file: &object::File<'a>, name: &str) -> Result<Cow<'a, [u8]>, Fault> {
    let damaged =
        |error: object::read::Error| Fault::foreign(format!("damaged section {name}: {error}"));
    let compressed = if let Some(section) = file.section_by_name(name) {
        section.compressed_data().map_err(damaged)?
    } else if let Some(section) = file.section_by_name(&name.replacen('.', ".z", 1)) {
        // Go's linker compresses in PE files too, where `object` does not expect it.
        gnu_compressed(section.data().map_err(damaged)?)
    } else {
        return Ok(Cow::Borrowed(&[]));
    };
    if compressed.uncompressed_size > MAX_SECTION_BYTES {
        return Err(Fault::foreign(format!(
            "section {name} claims {} bytes, the limit is {MAX_SECTION_BYTES}",
            compressed.uncompressed_size
        )));
    }
    // Deflate cannot do better than 1:1032, so a larger claim is false and not worth the memory.
    if compressed.uncompressed_size / 1040 > compressed.data.len() as u64 {
        return Err(Fault::foreign(format!(
            "damaged section {name}: its size is false"
        )));
    }
    compressed.decompress().map_err(damaged)
}

/// The old GNU form: `ZLIB`, the size as eight bytes from the most significant on, the stream.
fn gnu_compressed(data: &[u8]) -> CompressedData<'_> {
    let parts = data
        .strip_prefix(b"ZLIB")
        .and_then(|rest| rest.split_first_chunk::<8>());
    match parts {
        Some((size, stream)) => CompressedData {
            format: CompressionFormat::Zlib,
            data: stream,
            uncompressed_size: u64::from_be_bytes(*size),
        },
        None => CompressedData::none(data),
    }
}

type Reader<'a> = EndianSlice<'a, RunTimeEndian>;

/// Entries share their descriptions (abbreviations), so bytes do not bound the work they ask for.
struct Budget(u64);

impl Budget {
    fn spend(&mut self, work: usize) -> Result<(), Fault> {
        self.0 = self.0.saturating_sub(work as u64);
        if self.0 == 0 {
            return Err(Fault::foreign(
                "the debug information asks for more work than any real program's",
            ));
        }
        Ok(())
    }
}

fn damaged(error: gimli::Error) -> Fault {
    Fault::foreign(format!("damaged debug information: {error}"))
}

fn collect(dwarf: &gimli::Dwarf<Reader<'_>>) -> Result<BTreeSet<MapArray>, Fault> {
    let mut found = BTreeSet::new();
    let mut budget = Budget(MAX_WORK);
    let abbreviation_bytes = dwarf.debug_abbrev.reader().len();
    let mut shared = None; // one table serves all units that Go's compiler made
    let mut units = dwarf.units();
    while let Some(header) = units.next().map_err(damaged)? {
        let offset = header.debug_abbrev_offset();
        if shared.as_ref().is_none_or(|(at, _)| *at != offset) {
            budget.spend(abbreviation_bytes)?;
            let table = header.abbreviations(&dwarf.debug_abbrev).map_err(damaged)?;
            shared = Some((offset, table));
        }
        let Some((_, abbreviations)) = &shared else {
            continue;
        };
        let mut entries = header.entries(abbreviations);
        while let Some(entry) = entries.next_dfs().map_err(damaged)? {
            budget.spend(1 + entry.attrs().len())?;
            if entry.tag() == gimli::DW_TAG_structure_type {
                found.extend(map_array(entry, dwarf));
            }
        }
    }
    Ok(found)
}

fn map_array<'a>(
    entry: &gimli::DebuggingInformationEntry<Reader<'a>>,
    dwarf: &gimli::Dwarf<Reader<'a>>,
) -> Option<MapArray> {
    let name = entry
        .attr(gimli::DW_AT_name)?
        .string_value(&dwarf.debug_str)?;
    let bytes = entry.attr(gimli::DW_AT_byte_size)?.udata_value()?;
    Some(MapArray {
        bytes,
        ..parse_name(name.slice())?
    })
}

/// The types in `bucket<K,V>` or `noalg.map.group[K]V`.
fn parse_name(name: &[u8]) -> Option<MapArray> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if let Some(rest) = name.strip_prefix(SWISS) {
        let end = closing(rest, b']')?;
        let (key, elem) = (rest.get(..end)?, rest.get(end + 1..)?);
        return Some(MapArray {
            key: text(key),
            elem: text(elem),
            bytes: 0,
            swiss: true,
        });
    }
    let rest = name.strip_prefix(CLASSIC)?.strip_suffix(b">")?;
    let comma = closing(rest, b',')?;
    let (key, elem) = (rest.get(..comma)?, rest.get(comma + 1..)?);
    Some(MapArray {
        key: text(key),
        elem: text(elem),
        bytes: 0,
        swiss: false,
    })
}

/// Position of the first `end` outside brackets of any kind and outside struct tags.
fn closing(text: &[u8], end: u8) -> Option<usize> {
    let mut depth = 0usize;
    let mut quoted = false;
    let mut previous = 0u8;
    for (position, byte) in text.iter().copied().enumerate() {
        let quote = byte == b'"' && previous != b'\\';
        if quote {
            quoted = !quoted;
        } else if !quoted {
            if byte == end && depth == 0 {
                return Some(position);
            }
            match byte {
                b'[' | b'(' | b'{' => depth += 1,
                b']' | b')' | b'}' => depth = depth.checked_sub(1)?,
                _ => {}
            }
        }
        previous = byte;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::parse_name;

    fn types(name: &str) -> Option<(String, String, bool)> {
        parse_name(name.as_bytes()).map(|array| (array.key, array.elem, array.swiss))
    }

    #[test]
    fn brackets_in_types_do_not_end_the_key() {
        let cases = [
            ("bucket<string,uint64>", "string", "uint64", false),
            (
                "bucket<go.shape.[2]string,go.shape.func(int, string) error>",
                "go.shape.[2]string",
                "go.shape.func(int, string) error",
                false,
            ),
            (
                "bucket<p.Pair[int,string],chan<- int>",
                "p.Pair[int,string]",
                "chan<- int",
                false,
            ),
            (
                "noalg.map.group[[2]string]map[int]bool",
                "[2]string",
                "map[int]bool",
                true,
            ),
            (
                "noalg.map.group[struct { A int \"]\\\"]\" }]int",
                "struct { A int \"]\\\"]\" }",
                "int",
                true,
            ),
        ];
        for (name, key, elem, swiss) in cases {
            assert_eq!(
                types(name),
                Some((key.into(), elem.into(), swiss)),
                "{name}"
            );
        }
    }

    #[test]
    fn other_types_are_not_map_arrays() {
        for name in [
            "map.bucket[string]int",
            "bucket<int>",
            "noalg.map.group[int",
            "main.T",
        ] {
            assert_eq!(types(name), None, "{name}");
        }
    }
}
