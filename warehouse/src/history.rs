//! History tables: every version of every row, in the order of the changes.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};

use crate::{Error, Result, TableDef};

/// The columns a history table has besides those of its table.
///
/// * `valid_from` and `txn_at`: when the transaction was committed (of a copy: when it was read);
/// * `op`: `insert`, `update`, `delete`, `truncate`, `snapshot` (initial copy) or `resync`;
/// * `lsn`: the transaction's position as a number; `seq`: the change's place within it;
/// * `actor`, `via`: who did it and by which door, when the source says so.
///
/// The row of a `delete` holds the key only, the row of a `truncate` nothing.
fn columns() -> [Field; 7] {
    let instant = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    [
        Field::new("valid_from", instant.clone(), true),
        Field::new("op", DataType::Utf8View, true),
        Field::new("lsn", DataType::Int64, true),
        Field::new("seq", DataType::Int64, true),
        Field::new("txn_at", instant, true),
        Field::new("actor", DataType::Utf8View, true),
        Field::new("via", DataType::Utf8View, true),
    ]
}

/// The history schema of a table (in scan types).
pub(crate) fn schema(current: &Schema) -> SchemaRef {
    let fields = current.fields().iter().map(|field| field.as_ref().clone());
    Arc::new(Schema::new(fields.chain(columns()).collect::<Vec<_>>()))
}

/// Refuses a table whose columns would hide those of its history.
pub(crate) fn check(def: &TableDef) -> Result<()> {
    let reserved = columns();
    match def
        .columns
        .iter()
        .find(|column| reserved.iter().any(|field| *field.name() == column.name))
    {
        None => Ok(()),
        Some(column) => Err(Error::Schema {
            table: def.name.clone(),
            detail: format!(
                "column `{}` has a name that its history table needs",
                column.name
            ),
        }),
    }
}
