//! The line table: which functions, inlined ones included, a program counter lies in.
//!
//! Everything in it is an offset into one of its parts, and program counters are offsets from
//! the start of the text. The function table is sorted, so a lookup is a binary search and then
//! three walks over delta-coded (value, pc) pairs: line, file and index into the inline tree.
//! Inline trees are not in the table; they are read-only data at `gofunc`.

use super::image::Image;
use super::locate::{find_module, module_pointer, place};
use super::spec::{
    FUNCDATA_INLINE_TREE, PCDATA_INLINE_INDEX, func, header_word, inlined_call, module_layout,
    module_word,
};
use crate::fault::Fault;

/// Deltas walked for one value; the largest function known has some 100,000.
const MAX_STEPS: usize = 4_000_000;
/// Nesting of inlined calls; the compiler's budget ends far below.
const MAX_INLINED: usize = 1000;

/// Where the parts of the table are in the file.
#[derive(Debug)]
pub struct LineTable {
    little_endian: bool,
    /// File range of the whole table.
    start: usize,
    end: usize,
    quantum: u64,
    functions: usize,
    names: usize,
    units: usize,
    files: usize,
    pc_tables: usize,
    function_table: usize,
    text: u64,
    /// File range of the inline trees; None when their place is not known.
    inline_trees: Option<(usize, usize)>,
}

/// One frame of a program counter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame<'a> {
    pub function: &'a [u8],
    pub file: &'a [u8],
    pub line: u32,
    /// Inlined into the frame that follows.
    pub inlined: bool,
}

/// A function of the table.
#[derive(Debug, Clone, Copy)]
struct Function {
    entry: u64,
    /// File offset of its `_func`.
    record: usize,
}

impl LineTable {
    /// Find the table of a program made by Go 1.`minor`.
    pub fn find(image: &Image, data: &[u8], minor: Option<u32>) -> Result<Self, Fault> {
        let (start, address, len) = place(image, data)?;
        let mut table = Self::header(image, data, start, len)?;
        let names = address.wrapping_add((table.names - start) as u64);
        let module = find_module(image, data, address, names, table.functions as u64);
        table.text = match module.and_then(|at| module_pointer(image, data, at, module_word::TEXT))
        {
            Some(text) => text,
            None => Self::text_without_module(image, data, start)?,
        };
        let gofunc = image.symbols.gofunc.or_else(|| {
            let layout = module_layout(minor?)?;
            module_pointer(image, data, module?, layout.gofunc)
        });
        table.inline_trees = gofunc
            .and_then(|address| image.locate(address))
            .map(|(start, len)| (start, start + len));
        Ok(table)
    }

    /// Whether inlined calls can be told.
    pub fn has_inline_trees(&self) -> bool {
        self.inline_trees.is_some()
    }

    fn header(image: &Image, data: &[u8], start: usize, len: usize) -> Result<Self, Fault> {
        let cut = || Fault::truncated(start as u64, "the line table is cut off in its header");
        let quantum = *data.get(start + 6).ok_or_else(cut)?;
        let mut words = [0usize; header_word::COUNT];
        for (index, word) in words.iter_mut().enumerate() {
            let value = image.word(data, start + 8 + index * image.pointer_size);
            *word = value
                .and_then(|v| usize::try_from(v).ok())
                .ok_or_else(cut)?;
        }
        let part = |index: usize| -> Result<usize, Fault> {
            let offset = words.get(index).copied().unwrap_or(usize::MAX);
            if offset > len {
                return Err(Fault::malformed(
                    start as u64,
                    format!("part {index} of the line table lies outside it"),
                ));
            }
            Ok(start + offset)
        };
        let functions = words.get(header_word::FUNCTIONS).copied().unwrap_or(0);
        let function_table = part(header_word::FUNCTION_TABLE)?;
        if functions > len / 8 {
            return Err(Fault::malformed(
                start as u64,
                format!("{functions} functions do not fit in a line table of {len} bytes"),
            ));
        }
        Ok(Self {
            little_endian: image.little_endian,
            start,
            end: start + len,
            quantum: u64::from(quantum),
            functions,
            names: part(header_word::FUNCTION_NAMES)?,
            units: part(header_word::UNITS)?,
            files: part(header_word::FILES)?,
            pc_tables: part(header_word::PC_TABLES)?,
            function_table,
            text: 0,
            inline_trees: None,
        })
    }

    fn text_without_module(image: &Image, data: &[u8], start: usize) -> Result<u64, Fault> {
        let stated = image
            .word(
                data,
                start + 8 + header_word::TEXT_START * image.pointer_size,
            )
            .filter(|address| *address != 0);
        let section = image.section(&[".text", "__text"]).map(|s| s.address);
        image
            .symbols
            .text
            .or(stated)
            .or(section)
            .ok_or_else(|| Fault::foreign("no start of the program text: the file is damaged"))
    }

    /// Entry address of the function called `name`.
    pub fn entry(&self, data: &[u8], name: &[u8]) -> Option<u64> {
        (0..self.functions)
            .filter_map(|index| self.function(data, index))
            .find(|function| self.function_name(data, function) == Some(name))
            .map(|function| function.entry)
    }

    /// The frames of a program counter, innermost first; empty outside the program's text.
    ///
    /// With `return_address`, `pc` is the one after a call, as profiles have them: the call
    /// before it is looked up, except at the very entry of a function.
    pub fn frames<'a>(&self, data: &'a [u8], pc: u64, return_address: bool) -> Vec<Frame<'a>> {
        let mut frames = Vec::new();
        let Some(function) = self.function_at(data, pc) else {
            return frames;
        };
        let mut pc = if return_address && pc > function.entry {
            pc - 1
        } else {
            pc
        };
        while frames.len() < MAX_INLINED {
            let call = self.inlined_call(data, &function, pc);
            let name = match call {
                Some(call) => self.name(data, call.name),
                None => self.function_name(data, &function),
            };
            let (file, line) = self.position(data, &function, pc);
            frames.push(Frame {
                function: name.unwrap_or_default(),
                file,
                line,
                inlined: call.is_some(),
            });
            match call {
                Some(call) => pc = function.entry.wrapping_add(u64::from(call.parent_pc)),
                None => break,
            }
        }
        frames
    }

    fn function_at(&self, data: &[u8], pc: u64) -> Option<Function> {
        let offset = u32::try_from(pc.checked_sub(self.text)?).ok()?;
        let entry = |index: usize| self.u32(data, self.function_table + index * 8);
        let (mut low, mut high) = (0, self.functions);
        // The entry after the last function is the end of the text.
        if offset < entry(0)? || offset >= entry(self.functions)? {
            return None;
        }
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            if entry(middle)? <= offset {
                low = middle;
            } else {
                high = middle;
            }
        }
        self.function(data, low)
    }

    fn function(&self, data: &[u8], index: usize) -> Option<Function> {
        let at = self.function_table + index * 8;
        let entry = self.u32(data, at)?;
        let record = self.u32(data, at + 4)? as usize;
        Some(Function {
            entry: self.text.wrapping_add(u64::from(entry)),
            record: self.function_table.checked_add(record)?,
        })
    }

    fn function_name<'a>(&self, data: &'a [u8], function: &Function) -> Option<&'a [u8]> {
        self.name(data, self.u32(data, function.record + func::NAME)?)
    }

    fn name<'a>(&self, data: &'a [u8], offset: u32) -> Option<&'a [u8]> {
        self.text_at(data, self.names, offset as usize)
    }

    fn position<'a>(&self, data: &'a [u8], function: &Function, pc: u64) -> (&'a [u8], u32) {
        let value = |field| {
            let table = self.u32(data, function.record + field)?;
            self.pc_value(data, table, function.entry, pc)
        };
        let line = value(func::PCLINE).and_then(|line| u32::try_from(line).ok());
        let file = value(func::PCFILE)
            .and_then(|file| usize::try_from(file).ok())
            .and_then(|file| self.file(data, function, file));
        // `?` is what the runtime says for code without a position
        (file.unwrap_or(b"?"), line.unwrap_or(0))
    }

    fn file<'a>(&self, data: &'a [u8], function: &Function, number: usize) -> Option<&'a [u8]> {
        let unit = self.u32(data, function.record + func::UNIT)? as usize;
        let index = unit.checked_add(number)?.checked_mul(4)?;
        let offset = self.u32(data, self.units.checked_add(index)?)?;
        self.text_at(data, self.files, offset as usize)
    }

    /// The inlined call that `pc` lies in, if it lies in one.
    fn inlined_call(&self, data: &[u8], function: &Function, pc: u64) -> Option<InlinedCall> {
        let (start, end) = self.inline_trees?;
        let tree = self.funcdata(data, function, FUNCDATA_INLINE_TREE)?;
        let table = self.pcdata(data, function, PCDATA_INLINE_INDEX)?;
        let index = self.pc_value(data, table, function.entry, pc)?;
        let index = usize::try_from(index).ok()?; // -1: not inlined
        let at = start
            .checked_add(tree as usize)?
            .checked_add(index.checked_mul(inlined_call::SIZE)?)?;
        if at.checked_add(inlined_call::SIZE)? > end {
            return None;
        }
        Some(InlinedCall {
            name: self.raw_u32(data, at + inlined_call::NAME)?,
            parent_pc: self.raw_u32(data, at + inlined_call::PARENT_PC)?,
        })
    }

    fn pcdata(&self, data: &[u8], function: &Function, index: usize) -> Option<u32> {
        let count = self.u32(data, function.record + func::PCDATA_COUNT)? as usize;
        if index >= count {
            return None;
        }
        self.u32(data, function.record + func::SIZE + 4 * index)
            .filter(|offset| *offset != 0)
    }

    fn funcdata(&self, data: &[u8], function: &Function, index: usize) -> Option<u32> {
        let pcdata = self.u32(data, function.record + func::PCDATA_COUNT)? as usize;
        let count = self.byte(data, function.record + func::FUNCDATA_COUNT)?;
        if index >= usize::from(count) {
            return None;
        }
        let skipped = pcdata.checked_add(index)?.checked_mul(4)?;
        let at = (function.record + func::SIZE).checked_add(skipped)?;
        self.u32(data, at).filter(|offset| *offset != u32::MAX)
    }

    /// The value of a delta-coded table at `pc` (runtime.pcvalue).
    fn pc_value(&self, data: &[u8], table: u32, entry: u64, pc: u64) -> Option<i32> {
        let bytes = data.get(self.pc_tables.checked_add(table as usize)?..self.end)?;
        let mut bytes = bytes.iter();
        let mut value = -1i32;
        let mut at = entry;
        for step in 0..MAX_STEPS {
            let delta = varint(&mut bytes)?;
            if delta == 0 && step != 0 {
                return None;
            }
            let signed = if delta & 1 == 0 {
                delta >> 1
            } else {
                !(delta >> 1)
            };
            value = value.wrapping_add(signed.cast_signed());
            at = at.wrapping_add(u64::from(varint(&mut bytes)?).wrapping_mul(self.quantum));
            if pc < at {
                return Some(value);
            }
        }
        None
    }

    fn text_at<'a>(&self, data: &'a [u8], part: usize, offset: usize) -> Option<&'a [u8]> {
        let bytes = data.get(part.checked_add(offset)?..self.end)?;
        bytes.get(..bytes.iter().position(|byte| *byte == 0)?)
    }

    fn byte(&self, data: &[u8], at: usize) -> Option<u8> {
        (self.start..self.end)
            .contains(&at)
            .then(|| data.get(at).copied())?
    }

    /// A number within the table.
    fn u32(&self, data: &[u8], at: usize) -> Option<u32> {
        if at < self.start || at.checked_add(4)? > self.end {
            return None;
        }
        self.raw_u32(data, at)
    }

    fn raw_u32(&self, data: &[u8], at: usize) -> Option<u32> {
        let raw: [u8; 4] = *data.get(at..)?.first_chunk()?;
        Some(if self.little_endian {
            u32::from_le_bytes(raw)
        } else {
            u32::from_be_bytes(raw)
        })
    }
}

#[derive(Debug, Clone, Copy)]
struct InlinedCall {
    name: u32,
    parent_pc: u32,
}

fn varint(bytes: &mut std::slice::Iter<'_, u8>) -> Option<u32> {
    let mut value = 0u32;
    for shift in (0..35).step_by(7) {
        let byte = *bytes.next()?;
        value |= u32::from(byte & 0x7f).checked_shl(shift).unwrap_or(0);
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}
