//! Building record batches.

use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{Field, Schema};
use std::sync::Arc;

use crate::fault::Fault;

/// A batch of named columns; the flag says whether a column may have nulls.
pub fn batch<N: Into<String>>(columns: Vec<(N, bool, ArrayRef)>) -> Result<RecordBatch, Fault> {
    let mut fields = Vec::with_capacity(columns.len());
    let mut arrays = Vec::with_capacity(columns.len());
    for (name, nullable, array) in columns {
        fields.push(Field::new(name, array.data_type().clone(), nullable));
        arrays.push(array);
    }
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)
        .map_err(|error| Fault::foreign(format!("columns do not fit together: {error}")))
}
