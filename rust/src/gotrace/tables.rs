//! Arrow columns of events and frames.

use std::sync::Arc;

use arrow_array::builder::{BooleanBuilder, StringDictionaryBuilder};
use arrow_array::types::UInt32Type;
use arrow_array::{
    ArrayRef, Int64Array, RecordBatch, UInt8Array, UInt16Array, UInt32Array, UInt64Array,
};
use arrow_schema::{ArrowError, DataType, Field, Schema};

use super::names::{Interner, Lookup, Names};
use super::order::Context;
use super::output::{Delivery, Sink};
use super::spec::layout_of;

/// One delivered event, its strings and stacks resolved to ids of the trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    pub time_ns: i64,
    pub event_type: u8,
    pub derived: bool,
    pub context: Context,
    pub args: [u64; 3],
    pub stack: u32,
    pub extra_stack: u32,
    pub text: u32,
    pub text2: u32,
}

impl Row {
    pub fn new(delivery: &Delivery<'_>, lookup: &mut Lookup<'_>) -> Self {
        let event = delivery.event;
        let layout = layout_of(event.event_type);
        let arg = |at: u8| event.args.get(usize::from(at)).copied().unwrap_or(0);
        let [text, text2] = [layout.text, layout.text2]
            .map(|at| lookup.names.text(lookup.data, arg(at)).unwrap_or(0));
        let [stack, extra_stack] =
            [layout.stack, layout.extra_stack].map(|at| lookup.stack(arg(at)));
        Self {
            time_ns: delivery.time_ns,
            event_type: event.event_type,
            derived: delivery.derived,
            context: *delivery.context,
            args: layout.values.map(arg),
            stack,
            extra_stack,
            text: if delivery.inherited_text == 0 {
                text
            } else {
                delivery.inherited_text
            },
            text2,
        }
    }
}

/// Events as columns.
pub struct Columns {
    wanted: [bool; 256],
    time: Vec<i64>,
    event_type: Vec<u8>,
    derived: BooleanBuilder,
    context: [Vec<i64>; 3],
    args: [Vec<i64>; 3],
    ids: [Vec<u32>; 4],
}

impl Columns {
    pub fn new(wanted: [bool; 256]) -> Self {
        Self {
            wanted,
            time: Vec::new(),
            event_type: Vec::new(),
            derived: BooleanBuilder::new(),
            context: Default::default(),
            args: Default::default(),
            ids: Default::default(),
        }
    }

    #[inline]
    fn wants(&self, event_type: u8) -> bool {
        self.wanted
            .get(usize::from(event_type))
            .copied()
            .unwrap_or(false)
    }

    fn push_row(&mut self, row: &Row) {
        let Context { m, p, g } = row.context;
        self.time.push(row.time_ns);
        self.event_type.push(row.event_type);
        self.derived.append_value(row.derived);
        for (column, value) in self.context.iter_mut().zip([m, p, g]) {
            column.push(value.cast_signed());
        }
        for (column, value) in self.args.iter_mut().zip(row.args) {
            column.push(value.cast_signed());
        }
        let ids = [row.stack, row.extra_stack, row.text, row.text2];
        for (column, value) in self.ids.iter_mut().zip(ids) {
            column.push(value);
        }
    }

    pub fn finish(self) -> Result<RecordBatch, ArrowError> {
        let Self {
            time,
            event_type,
            mut derived,
            context,
            args,
            ids,
            ..
        } = self;
        let mut columns: Vec<(&str, ArrayRef)> = vec![
            ("time", Arc::new(Int64Array::from(time))),
            ("type", Arc::new(UInt8Array::from(event_type))),
            ("derived", Arc::new(derived.finish())),
        ];
        for (name, values) in ["m", "p", "g", "arg0", "arg1", "arg2"]
            .into_iter()
            .zip(context.into_iter().chain(args))
        {
            columns.push((name, Arc::new(Int64Array::from(values))));
        }
        for (name, values) in ["stack_id", "extra_stack_id", "text_id", "text2_id"]
            .into_iter()
            .zip(ids)
        {
            columns.push((name, Arc::new(UInt32Array::from(values))));
        }
        record_batch(columns)
    }
}

impl Sink for Columns {
    fn push(&mut self, delivery: &Delivery<'_>, lookup: &mut Lookup<'_>) {
        if self.wants(delivery.event.event_type) {
            self.push_row(&Row::new(delivery, lookup));
        }
    }
}

/// Frames of all stacks that reached a column, in the order of their ids, leaf first.
pub fn frames(names: &Names) -> Result<RecordBatch, ArrowError> {
    let mut stack_id = Vec::new();
    let mut depth = Vec::new();
    let mut pc = Vec::new();
    let mut line = Vec::new();
    let mut functions = StringDictionaryBuilder::<UInt32Type>::new();
    let mut files = StringDictionaryBuilder::<UInt32Type>::new();
    for id in 1..u32::try_from(names.stacks.len()).unwrap_or(u32::MAX) {
        for (at, frame) in (0u16..).zip(names.stacks.get(id)) {
            stack_id.push(id);
            depth.push(at);
            pc.push(frame.pc);
            line.push(frame.line);
            functions.append_value(text_of(&names.symbols, frame.function));
            files.append_value(text_of(&names.symbols, frame.file));
        }
    }
    record_batch(vec![
        ("stack_id", Arc::new(UInt32Array::from(stack_id))),
        ("depth", Arc::new(UInt16Array::from(depth))),
        ("pc", Arc::new(UInt64Array::from(pc))),
        ("function", Arc::new(functions.finish())),
        ("file", Arc::new(files.finish())),
        ("line", Arc::new(UInt32Array::from(line))),
    ])
}

/// A text of the trace; Go does not promise UTF-8, Arrow and Python want it.
pub fn text_of(texts: &Interner<u8>, id: u32) -> String {
    String::from_utf8_lossy(texts.get(id)).into_owned()
}

pub fn record_batch(columns: Vec<(&str, ArrayRef)>) -> Result<RecordBatch, ArrowError> {
    let field = |(name, array): &(&str, ArrayRef)| {
        let data_type: DataType = array.data_type().clone();
        Field::new(*name, data_type, false)
    };
    let schema = Schema::new(columns.iter().map(field).collect::<Vec<_>>());
    let arrays = columns.into_iter().map(|(_, array)| array).collect();
    RecordBatch::try_new(Arc::new(schema), arrays)
}
