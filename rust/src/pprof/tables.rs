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

use super::spec::{Label, Line, Location, Sample, profile};
use super::symbols::{Header, ResolvedLine, Symbols};
use super::wire::{Field, Fields};
use crate::columns::batch;
use crate::fault::Fault;

/// Rows and text that one profile may expand to: a stack names its frames by number, so a small
/// file can ask for far more frames than it has bytes.
const MAX_ROWS: usize = 20_000_000;
const MAX_TEXT_BYTES: usize = 1 << 30;

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
