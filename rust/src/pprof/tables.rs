//! A profile as columns: samples, labels, frames and mappings.
//!
//! Stacks are numbered in the order of first appearance. Two stacks are the same when their
//! frames are, whatever ids the writer gave the locations: that is what makes reading a written
//! profile give the same tables again.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::builder::{
    BooleanBuilder, Int64Builder, StringBuilder, UInt16Builder, UInt32Builder, UInt64Builder,
};
use arrow_array::{ArrayRef, RecordBatch};

use super::spec::{Function, Label, Line, Location, Mapping, Sample, ValueType, profile};
use super::wire::{Field, Fields};
use crate::columns::batch;
use crate::fault::Fault;

/// Rows and text that one profile may expand to: a stack names its frames by number, so a small
/// file can ask for far more frames than it has bytes.
const MAX_ROWS: usize = 20_000_000;
const MAX_TEXT_BYTES: usize = 1 << 30;
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

/// A decoded profile.
pub struct Tables {
    pub header: Header,
    pub samples: RecordBatch,
    pub labels: RecordBatch,
    pub frames: RecordBatch,
    pub mappings: RecordBatch,
}

/// Decode an uncompressed profile.
pub fn decode(bytes: &[u8]) -> Result<Tables, Fault> {
    // Letters are valid field keys, so text would fail somewhere later and less clearly.
    if bytes
        .first_chunk::<8>()
        .is_some_and(|start| start.iter().all(|byte| (b' '..=b'~').contains(byte)))
    {
        return Err(Fault::foreign("not a pprof profile: this is text"));
    }
    let symbols = Symbols::read(bytes)?;
    let header = symbols.header()?;
    if header.sample_types.is_empty() {
        return Err(Fault::foreign("not a pprof profile: it has no sample type"));
    }
    let mut rows = SampleRows::new(header.sample_types.len());
    let mut stacks = Stacks::default();
    let mut fields = Fields::new(bytes);
    while let Some(field) = fields.next_field()? {
        if field.number == profile::SAMPLE {
            rows.add(&field, &symbols, &mut stacks)?;
        }
    }
    let frames = stacks.frames(&symbols)?;
    let (samples, labels) = rows.finish()?;
    Ok(Tables {
        header,
        samples,
        labels,
        frames,
        mappings: symbols.mapping_rows()?,
    })
}

/// The parts of a profile that samples refer to.
#[derive(Default)]
struct Symbols<'a> {
    strings: Vec<&'a [u8]>,
    functions: HashMap<u64, Function>,
    /// Locations without repetition, and the index of each id among them.
    locations: Vec<Location>,
    location_index: HashMap<u64, u32>,
    mappings: Vec<Mapping>,
    mapping_index: HashMap<u64, u32>,
    scalars: Vec<Field<'a>>,
}

impl<'a> Symbols<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, Fault> {
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

    fn mapping_of(&self, location: &Location, offset: u64) -> Result<Option<u32>, Fault> {
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
    fn resolve(&self, line: &Line, offset: u64) -> Result<ResolvedLine<'a>, Fault> {
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

    fn text(&self, index: i64, offset: u64) -> Result<String, Fault> {
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

    fn header(&self) -> Result<Header, Fault> {
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

    fn mapping_rows(&self) -> Result<RecordBatch, Fault> {
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

#[derive(Default)]
struct ResolvedLine<'a> {
    function: &'a [u8],
    file: &'a [u8],
    line: u32,
    start_line: u32,
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

/// Distinct stacks, each a list of location indices, in the order of first appearance.
#[derive(Default)]
struct Stacks {
    ids: HashMap<Vec<u32>, u32>,
    order: Vec<Vec<u32>>,
}

impl Stacks {
    fn id(&mut self, sample: &Sample, symbols: &Symbols<'_>, offset: u64) -> Result<u32, Fault> {
        let mut stack = Vec::with_capacity(sample.location_ids.len());
        for id in &sample.location_ids {
            let index = symbols.location_index.get(id).ok_or_else(|| {
                Fault::malformed(offset, format!("a sample names the missing location {id}"))
            })?;
            stack.push(*index);
        }
        if let Some(id) = self.ids.get(&stack) {
            return Ok(*id);
        }
        let id = self.order.len() as u32;
        self.ids.insert(stack.clone(), id);
        self.order.push(stack);
        Ok(id)
    }

    fn frames(&self, symbols: &Symbols<'_>) -> Result<RecordBatch, Fault> {
        let mut rows = FrameRows::default();
        for (stack_id, stack) in self.order.iter().enumerate() {
            let mut depth = 0usize;
            for index in stack {
                let Some(location) = symbols.locations.get(*index as usize) else {
                    continue; // indices come from this very list
                };
                depth = rows.add_location(stack_id as u32, depth, location, symbols)?;
            }
        }
        rows.finish()
    }
}

#[derive(Default)]
struct FrameRows {
    stack_id: UInt32Builder,
    depth: UInt16Builder,
    pc: UInt64Builder,
    function: StringBuilder,
    file: StringBuilder,
    line: UInt32Builder,
    inlined: BooleanBuilder,
    start_line: UInt32Builder,
    mapping: UInt32Builder,
    rows: usize,
    text_bytes: usize,
}

impl FrameRows {
    /// Append the frames of a location; returns the depth of the next frame.
    fn add_location(
        &mut self,
        stack_id: u32,
        depth: usize,
        location: &Location,
        symbols: &Symbols<'_>,
    ) -> Result<usize, Fault> {
        let mapping = symbols.mapping_of(location, 0)?;
        let unknown = [Line::default()];
        let lines = match location.lines.as_slice() {
            [] => &unknown[..],
            lines => lines,
        };
        for (position, line) in lines.iter().enumerate() {
            let resolved = symbols.resolve(line, 0)?;
            let depth = u16::try_from(depth + position)
                .map_err(|_| Fault::foreign("a stack has more than 65,536 frames"))?;
            self.room_for(&resolved)?;
            self.stack_id.append_value(stack_id);
            self.depth.append_value(depth);
            self.pc.append_value(location.address);
            self.function
                .append_value(String::from_utf8_lossy(resolved.function));
            self.file
                .append_value(String::from_utf8_lossy(resolved.file));
            self.line.append_value(resolved.line);
            self.inlined.append_value(position + 1 < lines.len());
            self.start_line.append_value(resolved.start_line);
            self.mapping.append_option(mapping);
        }
        Ok(depth + lines.len())
    }

    fn room_for(&mut self, line: &ResolvedLine<'_>) -> Result<(), Fault> {
        self.rows += 1;
        // Three: the replacement character that a bad byte becomes has three bytes.
        self.text_bytes += 3 * (line.function.len() + line.file.len());
        if self.rows > MAX_ROWS || self.text_bytes > MAX_TEXT_BYTES {
            return Err(Fault::foreign(format!(
                "the stacks expand to more than {MAX_ROWS} frames or {MAX_TEXT_BYTES} bytes of names"
            )));
        }
        Ok(())
    }

    fn finish(mut self) -> Result<RecordBatch, Fault> {
        batch(vec![
            ("stack_id", false, Arc::new(self.stack_id.finish())),
            ("depth", false, Arc::new(self.depth.finish())),
            ("pc", false, Arc::new(self.pc.finish())),
            ("function", false, Arc::new(self.function.finish())),
            ("file", false, Arc::new(self.file.finish())),
            ("line", false, Arc::new(self.line.finish())),
            ("inlined", false, Arc::new(self.inlined.finish())),
            ("start_line", false, Arc::new(self.start_line.finish())),
            ("mapping", true, Arc::new(self.mapping.finish())),
        ])
    }
}

/// Samples and their labels, one row each.
struct SampleRows {
    sample_id: UInt32Builder,
    stack_id: UInt32Builder,
    values: Vec<Int64Builder>,
    bytes: Int64Builder,
    labels: LabelRows,
    rows: usize,
}

impl SampleRows {
    fn new(value_count: usize) -> Self {
        Self {
            sample_id: UInt32Builder::new(),
            stack_id: UInt32Builder::new(),
            values: (0..value_count).map(|_| Int64Builder::new()).collect(),
            bytes: Int64Builder::new(),
            labels: LabelRows::default(),
            rows: 0,
        }
    }

    fn add(
        &mut self,
        field: &Field<'_>,
        symbols: &Symbols<'_>,
        stacks: &mut Stacks,
    ) -> Result<(), Fault> {
        let sample = field.message::<Sample>("sample")?;
        if sample.values.len() != self.values.len() {
            return Err(Fault::malformed(
                field.offset,
                format!(
                    "a sample has {} values, the profile has {} sample types",
                    sample.values.len(),
                    self.values.len()
                ),
            ));
        }
        if self.rows >= MAX_ROWS {
            return Err(Fault::malformed(
                field.offset,
                format!("more than {MAX_ROWS} samples"),
            ));
        }
        let sample_id = self.rows as u32;
        self.rows += 1;
        self.sample_id.append_value(sample_id);
        self.stack_id
            .append_value(stacks.id(&sample, symbols, field.offset)?);
        for (column, value) in self.values.iter_mut().zip(&sample.values) {
            column.append_value(*value);
        }
        let mut bytes = None;
        for label in &sample.labels {
            if self.labels.add(sample_id, label, symbols, field.offset)? {
                bytes = Some(label.number);
            }
        }
        self.bytes.append_option(bytes);
        Ok(())
    }

    fn finish(mut self) -> Result<(RecordBatch, RecordBatch), Fault> {
        let mut columns: Vec<(String, bool, ArrayRef)> = vec![
            ("sample_id".into(), false, Arc::new(self.sample_id.finish())),
            ("stack_id".into(), false, Arc::new(self.stack_id.finish())),
        ];
        for (index, mut values) in self.values.into_iter().enumerate() {
            columns.push((format!("value_{index}"), false, Arc::new(values.finish())));
        }
        columns.push(("bytes".into(), true, Arc::new(self.bytes.finish())));
        Ok((batch(columns)?, self.labels.finish()?))
    }
}

#[derive(Default)]
struct LabelRows {
    sample_id: UInt32Builder,
    key: StringBuilder,
    text: StringBuilder,
    number: Int64Builder,
    unit: StringBuilder,
    text_bytes: usize,
}

impl LabelRows {
    /// Append a label; true when it is the numeric label `bytes`.
    fn add(
        &mut self,
        sample_id: u32,
        label: &Label,
        symbols: &Symbols<'_>,
        offset: u64,
    ) -> Result<bool, Fault> {
        let key = symbols.text(label.key, offset)?;
        let text = symbols.text(label.text, offset)?;
        let unit = symbols.text(label.unit, offset)?;
        self.text_bytes += key.len() + text.len() + unit.len();
        if self.text_bytes > MAX_TEXT_BYTES {
            return Err(Fault::malformed(
                offset,
                format!("the labels expand to more than {MAX_TEXT_BYTES} bytes"),
            ));
        }
        // A label is text or a number; proto3 does not say which when both are empty.
        let is_text = label.text != 0;
        self.sample_id.append_value(sample_id);
        self.key.append_value(&key);
        self.text.append_option(is_text.then_some(text));
        self.number
            .append_option((!is_text).then_some(label.number));
        self.unit.append_value(unit);
        Ok(!is_text && key == "bytes")
    }

    fn finish(mut self) -> Result<RecordBatch, Fault> {
        batch(vec![
            ("sample_id", false, Arc::new(self.sample_id.finish())),
            ("key", false, Arc::new(self.key.finish())),
            ("text", true, Arc::new(self.text.finish())),
            ("number", true, Arc::new(self.number.finish())),
            ("unit", false, Arc::new(self.unit.finish())),
        ])
    }
}
