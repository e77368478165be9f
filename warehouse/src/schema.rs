//! The types the lake keeps, and how columns are brought into them.
//!
//! Three closely related schemas are in play: what the source declares; the *scan* schema that
//! readers see, with text and bytes as views (a third faster to scan than plain `Utf8`); and the
//! *storage* schema of growing hot segments, with text and bytes packed, so that joining many small
//! batches leaves one buffer.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions, new_null_array};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use arrow::error::ArrowError;

use crate::{Error, Result, TableName};

/// The field readers see for a column of type `data_type`: always nullable.
pub(crate) fn field(table: &TableName, name: &str, data_type: &DataType) -> Result<Field> {
    let data_type = scan_type(data_type).ok_or_else(|| Error::Schema {
        table: table.clone(),
        detail: format!("column `{name}` has type {data_type}, which a Delta table can't keep"),
    })?;
    Ok(Field::new(name, data_type, true))
}

/// The type readers see, or none when Delta has nothing like it.
pub(crate) fn scan_type(data_type: &DataType) -> Option<DataType> {
    use DataType::*;
    Some(match data_type {
        Boolean | Int8 | Int16 | Int32 | Int64 | Float32 | Float64 | Date32 => data_type.clone(),
        Decimal32(p, s) | Decimal64(p, s) | Decimal128(p, s) => Decimal128(*p, *s),
        Utf8 | LargeUtf8 | Utf8View => Utf8View,
        Binary | LargeBinary | BinaryView => BinaryView,
        Date64 => Date32,
        Timestamp(_, zone) => Timestamp(
            TimeUnit::Microsecond,
            zone.as_ref().map(|_| Arc::from("UTC")),
        ),
        List(item) | LargeList(item) => {
            let item = storage_type(&scan_type(item.data_type())?);
            List(Arc::new(Field::new("element", item, true)))
        }
        _ => return None,
    })
}

/// The packed counterpart of a scan type.
pub(crate) fn storage_type(data_type: &DataType) -> DataType {
    match data_type {
        DataType::Utf8View => DataType::Utf8,
        DataType::BinaryView => DataType::Binary,
        other => other.clone(),
    }
}

/// `schema` with every type packed.
pub(crate) fn storage_schema(schema: &Schema) -> SchemaRef {
    map_types(schema, storage_type)
}

/// `schema` with every type as readers see it; types unknown to the lake stay as they are.
pub(crate) fn scan_schema(schema: &Schema) -> SchemaRef {
    map_types(schema, |data_type| {
        scan_type(data_type).unwrap_or_else(|| data_type.clone())
    })
}

fn map_types(schema: &Schema, convert: impl Fn(&DataType) -> DataType) -> SchemaRef {
    let fields = schema
        .fields()
        .iter()
        .map(|field| Field::new(field.name(), convert(field.data_type()), true))
        .collect::<Vec<_>>();
    Arc::new(Schema::new(fields))
}

/// Can values of `from` be read as `to` without loss?
pub(crate) fn widens(from: &DataType, to: &DataType) -> bool {
    use DataType::*;
    match (from, to) {
        _ if from == to => true,
        (Int8, Int16 | Int32 | Int64) | (Int16, Int32 | Int64) | (Int32, Int64) => true,
        (Float32, Float64) => true,
        (Decimal128(p, s), Decimal128(to_p, to_s)) => {
            to_s >= s && i16::from(*to_p) - i16::from(*to_s) >= i16::from(*p) - i16::from(*s)
        }
        _ => false,
    }
}

/// Casts without silent loss: a value that does not fit is an error.
pub(crate) fn cast(array: &ArrayRef, to: &DataType) -> Result<ArrayRef, ArrowError> {
    if array.data_type() == to {
        return Ok(array.clone());
    }
    cast_with_options(
        array,
        to,
        &CastOptions {
            safe: false,
            ..CastOptions::default()
        },
    )
}

/// The columns of `batch`, by position, as `schema` wants them.
pub(crate) fn cast_batch(
    batch: &RecordBatch,
    schema: &SchemaRef,
) -> Result<RecordBatch, ArrowError> {
    let columns = batch
        .columns()
        .iter()
        .zip(schema.fields())
        .map(|(array, field)| cast(array, field.data_type()))
        .collect::<Result<Vec<_>, _>>()?;
    rows(schema, columns, batch.num_rows())
}

/// The columns of `batch`, by name, as `schema` wants them; absent ones are null.
pub(crate) fn adapt(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, ArrowError> {
    let columns = schema
        .fields()
        .iter()
        .map(|field| match batch.column_by_name(field.name()) {
            Some(array) => cast(array, field.data_type()),
            None => Ok(new_null_array(field.data_type(), batch.num_rows())),
        })
        .collect::<Result<Vec<_>, _>>()?;
    rows(schema, columns, batch.num_rows())
}

fn rows(
    schema: &SchemaRef,
    columns: Vec<ArrayRef>,
    rows: usize,
) -> Result<RecordBatch, ArrowError> {
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    RecordBatch::try_new_with_options(schema.clone(), columns, &options)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widening_keeps_every_value() {
        assert!(widens(&DataType::Int32, &DataType::Int64));
        assert!(!widens(&DataType::Int64, &DataType::Int32));
        assert!(widens(
            &DataType::Decimal128(10, 2),
            &DataType::Decimal128(12, 4)
        ));
        assert!(!widens(
            &DataType::Decimal128(10, 2),
            &DataType::Decimal128(10, 4)
        ));
    }
}
