//! Strings and stacks: a generation's tables, and the ids of the whole trace.
//!
//! Ids on the wire are those of one generation. Texts and stacks that reach a column get an id
//! that is the same wherever in the trace the content appears; what no column shows is never
//! interned, so log messages nobody asked for cost nothing.

use hashbrown::{DefaultHashBuilder, HashTable};
use std::hash::BuildHasher;

use super::decode::Event;
use super::generation::{Generation, Span};
use super::ids::IdMap;
use super::spec;
use super::wire::{Fault, Scanner};

/// Strings and stacks of the generation.
///
/// An id the tables do not have means that a table was lost. The event itself is sound, so it is
/// delivered without the text or stack; the first such id is kept as the generation's fault.
pub struct Lookup<'a> {
    pub data: &'a [u8],
    pub names: &'a mut Names,
    pub unknown: Option<Fault>,
}

impl Lookup<'_> {
    /// The trace-wide id of a text of an event.
    pub fn text(&mut self, id: u64, event: &Event) -> u32 {
        self.names.text(self.data, id).unwrap_or_else(|| {
            self.note_unknown("string", id, event.event_type);
            0
        })
    }

    /// The trace-wide id of a stack of an event.
    #[inline]
    pub fn stack(&mut self, id: u64) -> u32 {
        self.names.stack(self.data, id)
    }

    /// Notes the ids of an event of type `T` that the tables do not have.
    ///
    /// The type is a constant, so that what is left is one comparison per id the event has.
    #[inline(always)]
    pub fn check<const T: u8>(&mut self, event: &Event) {
        let layout = const { spec::layout_of(T) };
        let arg = |at: u8| event.args.get(usize::from(at)).copied().unwrap_or(0);
        let stack = arg(layout.stack).max(arg(layout.extra_stack));
        let text = arg(layout.text).max(arg(layout.text2));
        if stack > self.names.all_stacks_to || text > self.names.all_strings_to {
            self.check_each(event);
        }
    }

    /// The same for an event of any type.
    pub fn check_each(&mut self, event: &Event) {
        let layout = spec::layout_of(event.event_type);
        let arg = |at: u8| event.args.get(usize::from(at)).copied().unwrap_or(0);
        for id in [layout.stack, layout.extra_stack].map(arg) {
            if !self.names.knows_stack(id) {
                self.note_unknown("stack", id, event.event_type);
            }
        }
        for id in [layout.text, layout.text2].map(arg) {
            if !self.names.knows_string(id) {
                self.note_unknown("string", id, event.event_type);
            }
        }
    }

    fn note_unknown(&mut self, what: &str, id: u64, event_type: u8) {
        self.unknown.get_or_insert_with(|| {
            let name = spec::name_of(event_type);
            Fault::new(format!("found invalid {what} ID {id} for event {name}"))
        });
    }
}

/// One frame of a stack; `function` and `file` are ids of `Names::symbols`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Frame {
    pub pc: u64,
    pub function: u32,
    pub file: u32,
    pub line: u32,
}

/// Equal sequences get equal ids; id 0 is the empty one.
pub struct Interner<T> {
    items: Vec<T>,
    ends: Vec<usize>,
    table: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

impl<T: Copy + Eq + std::hash::Hash> Interner<T> {
    fn new() -> Self {
        let hasher = DefaultHashBuilder::default();
        Self {
            items: Vec::new(),
            ends: vec![0],
            table: HashTable::new(),
            hasher,
        }
    }

    pub fn get(&self, id: u32) -> &[T] {
        slice_of(&self.items, &self.ends, id)
    }

    pub fn len(&self) -> usize {
        self.ends.len()
    }

    fn intern(&mut self, content: &[T]) -> u32 {
        if content.is_empty() {
            return 0;
        }
        let Self {
            items,
            ends,
            table,
            hasher,
        } = self;
        let hash = hasher.hash_one(content);
        if let Some(id) = table.find(hash, |id| slice_of(items, ends, *id) == content) {
            return *id;
        }
        let id = u32::try_from(ends.len()).unwrap_or(0);
        items.extend_from_slice(content);
        ends.push(items.len());
        table.insert_unique(hash, id, |id| hasher.hash_one(slice_of(items, ends, *id)));
        id
    }
}

fn slice_of<'a, T>(items: &'a [T], ends: &[usize], id: u32) -> &'a [T] {
    let end = ends.get(id as usize).copied().unwrap_or(0);
    let start = (id as usize)
        .checked_sub(1)
        .and_then(|i| ends.get(i))
        .copied()
        .unwrap_or(0);
    items.get(start..end).unwrap_or(&[])
}

/// "Not interned yet".
const UNSEEN: u32 = u32::MAX;

struct LocalString {
    start: usize,
    len: u32,
    text: u32,
    symbol: u32,
}

struct LocalStack {
    start: usize,
    frames: u32,
    id: u32,
}

/// The tables of the current generation over those of the trace.
pub struct Names {
    /// Strings of events: reasons, kinds, labels, messages.
    pub texts: Interner<u8>,
    /// Function and file names of frames.
    pub symbols: Interner<u8>,
    pub stacks: Interner<Frame>,
    string_ids: IdMap,
    strings: Vec<LocalString>,
    stack_ids: IdMap,
    local_stacks: Vec<LocalStack>,
    /// Every id up to here is in the tables; ids are dense in honest traces.
    all_strings_to: u64,
    all_stacks_to: u64,
    scratch: Vec<Frame>,
}

impl Names {
    pub fn new() -> Self {
        Self {
            texts: Interner::new(),
            symbols: Interner::new(),
            stacks: Interner::new(),
            string_ids: IdMap::default(),
            strings: Vec::new(),
            stack_ids: IdMap::default(),
            local_stacks: Vec::new(),
            all_strings_to: 0,
            all_stacks_to: 0,
            scratch: Vec::new(),
        }
    }

    /// Loads the tables of a generation: all that can be read, and the first thing wrong.
    pub fn load(&mut self, data: &[u8], generation: &Generation) -> Option<Fault> {
        self.string_ids.clear();
        self.strings.clear();
        self.stack_ids.clear();
        self.local_stacks.clear();
        let mut fault = None;
        for span in &generation.strings {
            fault = fault.or(self.load_strings(data, span).err());
        }
        for span in &generation.stacks {
            fault = fault.or(self.load_stacks(data, span).err());
        }
        self.all_strings_to = self.string_ids.dense_to();
        self.all_stacks_to = self.stack_ids.dense_to();
        fault.or_else(|| self.check_frames(data).err())
    }

    fn load_strings(&mut self, data: &[u8], span: &Span) -> Result<(), Fault> {
        let mut scan = table_scanner(data, span);
        while !scan.at_end() {
            let at = scan.pos;
            let cut = || Fault::at(at, "string table entry is cut");
            expect(&mut scan, spec::STRING, "string")?;
            let id = scan.uvarint().ok_or_else(cut)?;
            let len = scan.uvarint().ok_or_else(cut)?;
            if len > spec::MAX_STRING_BYTES {
                let most = spec::MAX_STRING_BYTES;
                let problem = format!("invalid string size {len}, maximum is {most}");
                return Err(Fault::at(at, problem));
            }
            let start = scan.pos;
            scan.skip(len as usize).ok_or_else(cut)?;
            if id == 0 || self.string_ids.get(id).is_some() {
                return Err(Fault::at(
                    at,
                    format!("multiple strings with the same ID: id={id}"),
                ));
            }
            add_id(&mut self.string_ids, id, self.strings.len());
            let len = len as u32;
            self.strings.push(LocalString {
                start,
                len,
                text: UNSEEN,
                symbol: UNSEEN,
            });
        }
        Ok(())
    }

    fn load_stacks(&mut self, data: &[u8], span: &Span) -> Result<(), Fault> {
        let mut scan = table_scanner(data, span);
        while !scan.at_end() {
            let at = scan.pos;
            let cut = || Fault::at(at, "stack table entry is cut");
            expect(&mut scan, spec::STACK, "stack")?;
            let id = scan.uvarint().ok_or_else(cut)?;
            let frames = scan.uvarint().ok_or_else(cut)?;
            if frames > spec::MAX_STACK_FRAMES {
                let most = spec::MAX_STACK_FRAMES;
                let problem = format!("invalid stack size {frames}, maximum is {most}");
                return Err(Fault::at(at, problem));
            }
            let start = scan.pos;
            for _ in 0..4 * frames {
                scan.uvarint().ok_or_else(cut)?;
            }
            if id == 0 || self.stack_ids.get(id).is_some() {
                return Err(Fault::at(
                    at,
                    format!("multiple stacks with the same ID: id={id}"),
                ));
            }
            add_id(&mut self.stack_ids, id, self.local_stacks.len());
            self.local_stacks.push(LocalStack {
                start,
                frames: frames as u32,
                id: UNSEEN,
            });
        }
        Ok(())
    }

    fn check_frames(&self, data: &[u8]) -> Result<(), Fault> {
        for stack in &self.local_stacks {
            let mut scan = Scanner {
                data,
                pos: stack.start,
            };
            for _ in 0..stack.frames {
                for what in ["", "func", "file", ""] {
                    let at = scan.pos;
                    let id = scan.uvarint().unwrap_or(0);
                    if !what.is_empty() && !self.knows_string(id) {
                        let problem = format!("found invalid {what} string ID {id} in a stack");
                        return Err(Fault::at(at, problem));
                    }
                }
            }
        }
        Ok(())
    }

    #[inline]
    pub fn knows_string(&self, id: u64) -> bool {
        id == 0 || self.string_ids.get(id).is_some()
    }

    #[inline]
    pub fn knows_stack(&self, id: u64) -> bool {
        id == 0 || self.stack_ids.get(id).is_some()
    }

    /// The trace-wide id of a text; `None` when the generation has no such string.
    #[inline(always)]
    pub fn text(&mut self, data: &[u8], id: u64) -> Option<u32> {
        if id == 0 {
            return Some(0);
        }
        let local = self.strings.get_mut(self.string_ids.get(id)? as usize)?;
        if local.text == UNSEEN {
            local.text = self.texts.intern(bytes_of(data, local));
        }
        Some(local.text)
    }

    fn symbol(&mut self, data: &[u8], id: u64) -> u32 {
        let place = self.string_ids.get(id);
        let Some(local) = place.and_then(|place| self.strings.get_mut(place as usize)) else {
            return 0;
        };
        if local.symbol == UNSEEN {
            local.symbol = self.symbols.intern(bytes_of(data, local));
        }
        local.symbol
    }

    /// The trace-wide id of a stack; 0 when the generation has no such stack.
    #[inline(always)]
    pub fn stack(&mut self, data: &[u8], id: u64) -> u32 {
        if id == 0 {
            return 0;
        }
        let Some(place) = self.stack_ids.get(id) else {
            return 0;
        };
        match self.local_stacks.get(place as usize) {
            None => 0,
            Some(local) if local.id != UNSEEN => local.id,
            Some(_) => self.enter_stack(data, place),
        }
    }

    #[inline(never)]
    fn enter_stack(&mut self, data: &[u8], place: u32) -> u32 {
        let Some(&LocalStack { start, frames, .. }) = self.local_stacks.get(place as usize) else {
            return 0;
        };
        let id = self.intern_stack(data, start, frames);
        if let Some(local) = self.local_stacks.get_mut(place as usize) {
            local.id = id;
        }
        id
    }

    fn intern_stack(&mut self, data: &[u8], start: usize, frames: u32) -> u32 {
        let mut scan = Scanner { data, pos: start };
        let mut next = move || scan.uvarint().unwrap_or(0);
        self.scratch.clear();
        for _ in 0..frames {
            let (pc, function, file, line) = (next(), next(), next(), next());
            let function = self.symbol(data, function);
            let file = self.symbol(data, file);
            let line = u32::try_from(line).unwrap_or(u32::MAX);
            self.scratch.push(Frame {
                pc,
                function,
                file,
                line,
            });
        }
        self.stacks.intern(&self.scratch)
    }
}

fn bytes_of<'a>(data: &'a [u8], local: &LocalString) -> &'a [u8] {
    data.get(local.start..local.start + local.len as usize)
        .unwrap_or(&[])
}

/// An entry takes three bytes or more, so the array stays a small multiple of the input.
fn add_id(ids: &mut IdMap, id: u64, place: usize) {
    let place_id = u32::try_from(place).unwrap_or(u32::MAX - 1);
    ids.insert(id, place_id, 2 * place + 1024);
}

fn table_scanner<'a>(data: &'a [u8], span: &Span) -> Scanner<'a> {
    let data = data.get(..span.end).unwrap_or(data);
    Scanner {
        data,
        pos: span.start + 1,
    } // the first byte names the table
}

fn expect(scan: &mut Scanner<'_>, event_type: u8, what: &str) -> Result<(), Fault> {
    let at = scan.pos;
    match scan.byte() {
        Some(found) if found == event_type => Ok(()),
        found => {
            let found = found.unwrap_or(0);
            Err(Fault::at(at, format!("expected {what} event, got {found}")))
        }
    }
}
