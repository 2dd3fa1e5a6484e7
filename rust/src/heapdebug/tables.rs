//! A heap profile in text form as columns: records, the PCs of their stacks, comment frames.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_array::builder::{
    Int64Builder, StringBuilder, UInt16Builder, UInt32Builder, UInt64Builder,
};

use super::lines::{self, Comment, Counts};
use crate::columns::batch;
use crate::fault::{Fault, FaultKind};

const MEMSTATS: &str = "# runtime.MemStats";
const SAMPLED: &str = "heap/";
/// Far above any real profile, and below what the offsets of a text column can address.
const MAX_BYTES: usize = 512 << 20;

/// A decoded text profile.
pub struct Tables {
    pub totals: Counts,
    /// The number after `heap/`: twice the profile rate.
    pub double_rate: i64,
    pub records: RecordBatch,
    pub pcs: RecordBatch,
    pub frames: RecordBatch,
    /// Name and value of each `# runtime.MemStats` line; empty when the section is missing.
    pub memstats: Vec<(String, String)>,
}

/// Decode the whole text.
pub fn decode(bytes: &[u8]) -> Result<Tables, Fault> {
    if bytes.len() > MAX_BYTES {
        return Err(Fault::foreign(format!(
            "the text is larger than the limit of {MAX_BYTES} bytes"
        )));
    }
    let text = String::from_utf8_lossy(bytes);
    let (first, _) = text.split_once('\n').unwrap_or((&text, ""));
    let (totals, double_rate) = header(first, bytes.len() as u64)?;
    if !text.ends_with('\n') {
        return Err(Fault::at(
            FaultKind::Truncated,
            format!("line {}", text.lines().count()),
            "the profile ends inside a line",
        ));
    }
    let mut rows = Rows::default();
    let mut memstats = None;
    for (index, line) in text.lines().enumerate().skip(1) {
        let line = line.trim_end();
        if let Some(statistics) = memstats.as_mut() {
            collect_statistic(statistics, line);
        } else if line == MEMSTATS {
            memstats = Some(Vec::new());
        } else {
            rows.add(line, index + 1)?;
        }
    }
    let (records, pcs, frames) = rows.finish()?;
    Ok(Tables {
        totals,
        double_rate,
        records,
        pcs,
        frames,
        memstats: memstats.unwrap_or_default(),
    })
}

fn collect_statistic(statistics: &mut Vec<(String, String)>, line: &str) {
    if let Some((name, value)) = lines::statistic(line) {
        statistics.push((name.to_owned(), value.to_owned()));
    }
}

fn header(line: &str, length: u64) -> Result<(Counts, i64), Fault> {
    const PREFIX: &str = "heap profile: ";
    let found = || line.chars().take(40).collect::<String>();
    let Some(rest) = line.strip_prefix(PREFIX) else {
        if PREFIX.starts_with(line) {
            return Err(Fault::truncated(
                length,
                "the profile ends inside its header",
            ));
        }
        return Err(Fault::at(
            FaultKind::Malformed,
            "line 1".to_owned(),
            format!("expected `heap profile: …`, found {:?}", found()),
        ));
    };
    lines::counts(rest)
        .and_then(|(counts, kind)| {
            let rate = kind.strip_prefix(SAMPLED)?.parse().ok()?;
            Some((counts, rate))
        })
        .ok_or_else(|| {
            let kind = if length == line.len() as u64 {
                FaultKind::Truncated
            } else {
                FaultKind::Malformed
            };
            Fault::at(
                kind,
                "line 1".to_owned(),
                format!(
                    "expected `… @ heap/<rate>` in the header, found {:?}",
                    found()
                ),
            )
        })
}

#[derive(Default)]
struct Rows {
    stack_id: UInt32Builder,
    inuse_objects: Int64Builder,
    inuse_bytes: Int64Builder,
    alloc_objects: Int64Builder,
    alloc_bytes: Int64Builder,
    stacks: HashMap<Vec<u64>, u32>,
    pc_stack_id: UInt32Builder,
    pc_depth: UInt16Builder,
    pc: UInt64Builder,
    frames: FrameRows,
    /// The stack that the comment lines at hand belong to, and their number so far; None when
    /// another record has already brought the comments of this stack.
    commented: Option<(u32, u16)>,
}

impl Rows {
    fn add(&mut self, line: &str, number: usize) -> Result<(), Fault> {
        let fault = |expected: &str| {
            let found: String = line.chars().take(60).collect();
            Fault::at(
                FaultKind::Malformed,
                format!("line {number}"),
                format!("expected {expected}, found {found:?}"),
            )
        };
        if line.is_empty() {
            return Ok(());
        }
        if line.starts_with('#') {
            let comment = lines::comment(line).ok_or_else(|| fault("a frame comment"))?;
            return self
                .add_comment(comment)
                .ok_or_else(|| fault("at most 65,535 frames in a stack"));
        }
        let (counts, stack) = lines::counts(line).ok_or_else(|| fault("a heap record"))?;
        let pcs: Option<Vec<u64>> = stack.split_whitespace().map(lines::address).collect();
        let pcs = pcs.ok_or_else(|| fault("hexadecimal addresses after the @"))?;
        self.add_record(counts, pcs)
            .ok_or_else(|| fault("at most 65,535 addresses in a stack"))
    }

    fn add_record(&mut self, counts: Counts, pcs: Vec<u64>) -> Option<()> {
        let stack_id = self.stack(pcs)?;
        self.stack_id.append_value(stack_id);
        self.inuse_objects.append_value(counts.inuse_objects);
        self.inuse_bytes.append_value(counts.inuse_bytes);
        self.alloc_objects.append_value(counts.alloc_objects);
        self.alloc_bytes.append_value(counts.alloc_bytes);
        Some(())
    }

    fn stack(&mut self, pcs: Vec<u64>) -> Option<u32> {
        if let Some(id) = self.stacks.get(&pcs) {
            self.commented = None;
            return Some(*id);
        }
        let id = u32::try_from(self.stacks.len()).ok()?;
        u16::try_from(pcs.len()).ok()?;
        for (depth, pc) in (0u16..).zip(&pcs) {
            self.pc_stack_id.append_value(id);
            self.pc_depth.append_value(depth);
            self.pc.append_value(*pc);
        }
        self.stacks.insert(pcs, id);
        self.commented = Some((id, 0));
        Some(id)
    }

    fn add_comment(&mut self, comment: Comment<'_>) -> Option<()> {
        if let Some((stack_id, position)) = self.commented {
            self.frames.add(stack_id, position, &comment);
            self.commented = Some((stack_id, position.checked_add(1)?));
        }
        Some(())
    }

    fn finish(mut self) -> Result<(RecordBatch, RecordBatch, RecordBatch), Fault> {
        let records = batch(vec![
            ("stack_id", false, Arc::new(self.stack_id.finish()) as _),
            (
                "inuse_objects",
                false,
                Arc::new(self.inuse_objects.finish()),
            ),
            ("inuse_bytes", false, Arc::new(self.inuse_bytes.finish())),
            (
                "alloc_objects",
                false,
                Arc::new(self.alloc_objects.finish()),
            ),
            ("alloc_bytes", false, Arc::new(self.alloc_bytes.finish())),
        ])?;
        let pcs = batch(vec![
            ("stack_id", false, Arc::new(self.pc_stack_id.finish()) as _),
            ("depth", false, Arc::new(self.pc_depth.finish())),
            ("pc", false, Arc::new(self.pc.finish())),
        ])?;
        Ok((records, pcs, self.frames.finish()?))
    }
}

#[derive(Default)]
struct FrameRows {
    stack_id: UInt32Builder,
    position: UInt16Builder,
    pc: UInt64Builder,
    function: StringBuilder,
    offset: UInt64Builder,
    file: StringBuilder,
    line: UInt32Builder,
}

impl FrameRows {
    fn add(&mut self, stack_id: u32, position: u16, comment: &Comment<'_>) {
        self.stack_id.append_value(stack_id);
        self.position.append_value(position);
        self.pc.append_value(comment.pc);
        self.function.append_value(comment.function);
        self.offset.append_value(comment.offset);
        self.file.append_value(comment.file);
        self.line.append_value(comment.line);
    }

    fn finish(mut self) -> Result<RecordBatch, Fault> {
        batch(vec![
            ("stack_id", false, Arc::new(self.stack_id.finish()) as _),
            ("position", false, Arc::new(self.position.finish())),
            ("pc", false, Arc::new(self.pc.finish())),
            ("function", false, Arc::new(self.function.finish())),
            ("offset", false, Arc::new(self.offset.finish())),
            ("file", false, Arc::new(self.file.finish())),
            ("line", false, Arc::new(self.line.finish())),
        ])
    }
}
