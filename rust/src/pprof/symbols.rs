//! The parts of a profile that samples refer to by number: strings, functions, locations and
//! mappings; and the header, whose texts are numbers too.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_array::builder::{BooleanBuilder, StringBuilder, UInt64Builder};

use super::spec::{Function, Line, Location, Mapping, ValueType, profile};
use super::wire::{Field, Fields};
use crate::columns::batch;
use crate::fault::Fault;

/// Locations, functions and strings that one profile may declare.
const MAX_RECORDS: usize = 10_000_000;

/// Everything of a profile that is not a table.
#[derive(Debug, Default)]
pub struct Header {
    pub sample_types: Vec<(String, String)>,
    pub default_sample_type: String,
    pub period: i64,
    pub period_type: Option<(String, String)>,
    pub time_ns: i64,
    pub duration_ns: i64,
    pub comments: Vec<String>,
    pub drop_frames: String,
    pub keep_frames: String,
    pub doc_url: String,
}

/// The parts of a profile that samples refer to.
#[derive(Default)]
pub struct Symbols<'a> {
    strings: Vec<&'a [u8]>,
    functions: HashMap<u64, Function>,
    /// Locations without repetition, and the index of each id among them.
    pub locations: Vec<Location>,
    pub location_index: HashMap<u64, u32>,
    mappings: Vec<Mapping>,
    mapping_index: HashMap<u64, u32>,
    scalars: Vec<Field<'a>>,
}

impl<'a> Symbols<'a> {
    pub fn read(bytes: &'a [u8]) -> Result<Self, Fault> {
        let mut symbols = Self::default();
        let mut locations = Vec::new();
        let mut fields = Fields::new(bytes);
        while let Some(field) = fields.next_field()? {
            match field.number {
                profile::SAMPLE => {}
                profile::STRING_TABLE => symbols.strings.push(field.bytes("string_table")?),
                profile::FUNCTION => symbols.add_function(&field)?,
                profile::LOCATION => {
                    locations.push((field.offset, field.message::<Location>("location")?));
                }
                profile::MAPPING => symbols.add_mapping(&field)?,
                _ => symbols.scalars.push(field),
            }
            let largest = symbols
                .strings
                .len()
                .max(symbols.functions.len())
                .max(symbols.scalars.len())
                .max(locations.len());
            if largest > MAX_RECORDS {
                return Err(Fault::malformed(
                    field.offset,
                    format!("more than {MAX_RECORDS} records of one kind"),
                ));
            }
        }
        symbols.add_locations(locations)?;
        Ok(symbols)
    }

    fn add_function(&mut self, field: &Field<'_>) -> Result<(), Fault> {
        let function = field.message::<Function>("function")?;
        require_id(function.id, field, "function")?;
        self.functions.insert(function.id, function);
        Ok(())
    }

    fn add_mapping(&mut self, field: &Field<'_>) -> Result<(), Fault> {
        let mapping = field.message::<Mapping>("mapping")?;
        require_id(mapping.id, field, "mapping")?;
        let index = self.mappings.len() as u32;
        self.mapping_index.insert(mapping.id, index);
        self.mappings.push(mapping);
        Ok(())
    }

    /// Number the distinct locations, with function ids replaced by a number for the function's
    /// content.
    fn add_locations(&mut self, locations: Vec<(u64, Location)>) -> Result<(), Fault> {
        let mut distinct: HashMap<LocationKey<'a>, u32> = HashMap::new();
        for (offset, location) in locations {
            if location.id == 0 {
                return Err(Fault::malformed(offset, "a location has no id"));
            }
            let id = location.id;
            let key = self.location_key(offset, &location)?;
            let next = self.locations.len() as u32;
            let index = *distinct.entry(key).or_insert(next);
            if index == next {
                self.locations.push(location);
            }
            self.location_index.insert(id, index);
        }
        Ok(())
    }

    fn location_key(&self, offset: u64, location: &Location) -> Result<LocationKey<'a>, Fault> {
        let mut lines = Vec::with_capacity(location.lines.len());
        for line in &location.lines {
            let resolved = self.resolve(line, offset)?;
            lines.push((
                resolved.function,
                resolved.file,
                resolved.line,
                resolved.start_line,
            ));
        }
        if lines == [(&[][..], &[][..], 0, 0)] {
            lines.clear(); // an empty line says as much as none
        }
        let mapping = self.mapping_of(location, offset)?;
        Ok((location.address, mapping, lines))
    }

    pub fn mapping_of(&self, location: &Location, offset: u64) -> Result<Option<u32>, Fault> {
        match location.mapping_id {
            0 => Ok(None),
            id => self
                .mapping_index
                .get(&id)
                .copied()
                .map(Some)
                .ok_or_else(|| {
                    Fault::malformed(offset, format!("a location names the missing mapping {id}"))
                }),
        }
    }

    /// The names and numbers of one line.
    pub fn resolve(&self, line: &Line, offset: u64) -> Result<ResolvedLine<'a>, Fault> {
        let number = u32::try_from(line.line)
            .map_err(|_| Fault::malformed(offset, format!("{} is not a line number", line.line)))?;
        if line.function_id == 0 {
            return Ok(ResolvedLine {
                line: number,
                ..ResolvedLine::default()
            });
        }
        let function = self.functions.get(&line.function_id).ok_or_else(|| {
            Fault::malformed(
                offset,
                format!("a location names the missing function {}", line.function_id),
            )
        })?;
        let name = match self.string(function.name, offset)? {
            [] => self.string(function.system_name, offset)?,
            name => name,
        };
        Ok(ResolvedLine {
            function: name,
            file: self.string(function.file, offset)?,
            line: number,
            start_line: u32::try_from(function.start_line).unwrap_or(0),
        })
    }

    fn string(&self, index: i64, offset: u64) -> Result<&'a [u8], Fault> {
        usize::try_from(index)
            .ok()
            .and_then(|at| self.strings.get(at).copied())
            // A profile may omit its table when every index is 0, the empty string.
            .or(if index == 0 { Some(&[]) } else { None })
            .ok_or_else(|| {
                Fault::malformed(
                    offset,
                    format!(
                        "string {index} is named, the table has {}",
                        self.strings.len()
                    ),
                )
            })
    }

    pub fn text(&self, index: i64, offset: u64) -> Result<String, Fault> {
        let bytes = self.string(index, offset)?;
        Ok(String::from_utf8_lossy(bytes).into_owned())
    }

    fn value_type(&self, field: &Field<'_>) -> Result<(String, String), Fault> {
        let value_type = field.message::<ValueType>("value type")?;
        Ok((
            self.text(value_type.kind, field.offset)?,
            self.text(value_type.unit, field.offset)?,
        ))
    }

    pub fn header(&self) -> Result<Header, Fault> {
        let mut header = Header::default();
        for field in &self.scalars {
            let text = |name: &str| self.text(field.int64(name)?, field.offset);
            match field.number {
                profile::SAMPLE_TYPE => header.sample_types.push(self.value_type(field)?),
                profile::PERIOD_TYPE => header.period_type = Some(self.value_type(field)?),
                profile::PERIOD => header.period = field.int64("period")?,
                profile::TIME_NANOS => header.time_ns = field.int64("time_nanos")?,
                profile::DURATION_NANOS => header.duration_ns = field.int64("duration_nanos")?,
                profile::DROP_FRAMES => header.drop_frames = text("drop_frames")?,
                profile::KEEP_FRAMES => header.keep_frames = text("keep_frames")?,
                profile::DEFAULT_SAMPLE_TYPE => {
                    header.default_sample_type = text("default_sample_type")?;
                }
                profile::DOC_URL => header.doc_url = text("doc_url")?,
                profile::COMMENT => self.comments(field, &mut header.comments)?,
                _ => {} // a field newer than this reader
            }
        }
        Ok(header)
    }

    /// `comment` is a repeated number, packed by some writers and not by others.
    fn comments(&self, field: &Field<'_>, comments: &mut Vec<String>) -> Result<(), Fault> {
        if let Ok(index) = field.int64("comment") {
            comments.push(self.text(index, field.offset)?);
            return Ok(());
        }
        let mut packed = field.bytes("comment")?;
        while !packed.is_empty() {
            let index = prost::encoding::decode_varint(&mut packed)
                .map_err(|error| Fault::malformed(field.offset, format!("comment: {error}")))?;
            comments.push(self.text(index.cast_signed(), field.offset)?);
        }
        Ok(())
    }

    pub fn mapping_rows(&self) -> Result<RecordBatch, Fault> {
        let mut start = UInt64Builder::new();
        let mut limit = UInt64Builder::new();
        let mut offset = UInt64Builder::new();
        let mut file = StringBuilder::new();
        let mut build_id = StringBuilder::new();
        let mut symbolized = BooleanBuilder::new();
        for mapping in &self.mappings {
            start.append_value(mapping.start);
            limit.append_value(mapping.limit);
            offset.append_value(mapping.offset);
            file.append_value(self.text(mapping.file, 0)?);
            build_id.append_value(self.text(mapping.build_id, 0)?);
            symbolized.append_value(mapping.has_functions);
        }
        batch(vec![
            ("start", false, Arc::new(start.finish())),
            ("limit", false, Arc::new(limit.finish())),
            ("offset", false, Arc::new(offset.finish())),
            ("file", false, Arc::new(file.finish())),
            ("build_id", false, Arc::new(build_id.finish())),
            ("has_functions", false, Arc::new(symbolized.finish())),
        ])
    }
}

/// (address, mapping, [(function, file, line, start line)])
type LocationKey<'a> = (u64, Option<u32>, Vec<(&'a [u8], &'a [u8], u32, u32)>);

/// The names and numbers of one frame.
#[derive(Default)]
pub struct ResolvedLine<'a> {
    pub function: &'a [u8],
    pub file: &'a [u8],
    pub line: u32,
    pub start_line: u32,
}

fn require_id(id: u64, field: &Field<'_>, what: &str) -> Result<(), Fault> {
    if id == 0 {
        return Err(Fault::malformed(
            field.offset,
            format!("a {what} has no id"),
        ));
    }
    Ok(())
}
