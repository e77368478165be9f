//! The one place where Arrow and Polars meet.
//!
//! Polars has an Arrow implementation of its own. Columns cross by copying their values (one `memcpy` a
//! primitive column), not through the C data interface: that needs unsafe code, and the copy of a
//! million customers takes a few milliseconds. Only the types that the analyses use can cross; any other is refused by name.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, Float64Array, Int64Array, PrimitiveArray, RecordBatch, StringArray,
};
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, Date32Type, Field, Float64Type, Int32Type, Int64Type, Schema,
};
use polars::prelude::{self as pl, IntoColumn, NamedFrom};

use super::AnalysisError;

/// Arrow → Polars.
pub(super) fn frame_from_batches(batches: &[RecordBatch]) -> Result<pl::DataFrame, AnalysisError> {
    let Some(first) = batches.first() else {
        return Err(AnalysisError::Shape(
            "no batch to read the columns from".to_owned(),
        ));
    };
    let rows = batches.iter().map(RecordBatch::num_rows).sum();
    let mut columns = Vec::with_capacity(first.num_columns());
    for (index, field) in first.schema().fields().iter().enumerate() {
        let chunks: Vec<ArrayRef> = batches
            .iter()
            .map(|batch| Arc::clone(batch.column(index)))
            .collect();
        columns.push(column_from_arrow(field, &chunks)?);
    }
    Ok(pl::DataFrame::new(rows, columns)?)
}

/// Polars → Arrow.
pub(super) fn batch_from_frame(frame: &pl::DataFrame) -> Result<RecordBatch, AnalysisError> {
    let mut fields = Vec::with_capacity(frame.width());
    let mut arrays: Vec<ArrayRef> = Vec::with_capacity(frame.width());
    for column in frame.columns() {
        let array: ArrayRef = match column.dtype() {
            pl::DataType::Int64 => Arc::new(column.i64()?.iter().collect::<Int64Array>()),
            pl::DataType::Float64 => Arc::new(column.f64()?.iter().collect::<Float64Array>()),
            pl::DataType::String => Arc::new(column.str()?.iter().collect::<StringArray>()),
            other => return Err(refused(column.name(), other)),
        };
        fields.push(Field::new(
            column.name().as_str(),
            array.data_type().clone(),
            true,
        ));
        arrays.push(array);
    }
    Ok(RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)?)
}

fn column_from_arrow(field: &Field, chunks: &[ArrayRef]) -> Result<pl::Column, AnalysisError> {
    let name: pl::PlSmallStr = field.name().as_str().into();
    let series = match field.data_type() {
        DataType::Int64 => pl::Series::new(name, values::<Int64Type>(chunks)),
        DataType::Int32 => pl::Series::new(name, values::<Int32Type>(chunks)),
        DataType::Float64 => pl::Series::new(name, values::<Float64Type>(chunks)),
        DataType::Date32 => {
            pl::Series::new(name, values::<Date32Type>(chunks)).cast(&pl::DataType::Date)?
        }
        DataType::Utf8 => {
            let text: Vec<Option<&str>> = chunks
                .iter()
                .flat_map(|chunk| chunk.as_string::<i32>().iter())
                .collect();
            pl::Series::new(name, text)
        }
        DataType::Utf8View => {
            let text: Vec<Option<&str>> = chunks
                .iter()
                .flat_map(|chunk| chunk.as_string_view().iter())
                .collect();
            pl::Series::new(name, text)
        }
        other => return Err(refused(field.name(), other)),
    };
    Ok(series.into_column())
}

fn values<T: ArrowPrimitiveType>(chunks: &[ArrayRef]) -> Vec<Option<T::Native>> {
    let mut values = Vec::with_capacity(chunks.iter().map(Array::len).sum());
    for chunk in chunks {
        let array: &PrimitiveArray<T> = chunk.as_primitive();
        values.extend(array.iter());
    }
    values
}

fn refused(column: &str, data_type: &impl std::fmt::Debug) -> AnalysisError {
    AnalysisError::Shape(format!(
        "column {column} of type {data_type:?} can't cross between Arrow and Polars"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_trip_keeps_values_and_nulls() {
        let schema = Arc::new(Schema::new(vec![
            Field::new("id", DataType::Int64, true),
            Field::new("value", DataType::Float64, true),
            Field::new("name", DataType::Utf8, true),
        ]));
        let batch = RecordBatch::try_new(
            schema,
            vec![
                Arc::new(Int64Array::from(vec![Some(1), None, Some(3)])),
                Arc::new(Float64Array::from(vec![Some(0.5), Some(1.5), None])),
                Arc::new(StringArray::from(vec![Some("北京"), None, Some("Oslo")])),
            ],
        )
        .expect("a batch");
        let frame = frame_from_batches(&[batch.clone(), batch.slice(1, 2)]).expect("a frame");
        assert_eq!(frame.height(), 5);
        let back = batch_from_frame(&frame).expect("a batch");
        assert_eq!(back.slice(0, 3).columns(), batch.columns());
        assert_eq!(back.column(0).null_count(), 2);
    }

    #[test]
    fn other_types_are_refused_by_name() {
        let schema = Arc::new(Schema::new(vec![Field::new(
            "flag",
            DataType::Boolean,
            false,
        )]));
        let batch = RecordBatch::new_empty(schema);
        let error = frame_from_batches(&[batch]).expect_err("not supported");
        assert!(error.to_string().contains("flag"));
    }
}
