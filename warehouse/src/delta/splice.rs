//! A Parquet file with the columns of another, taken over as they are encoded there, and some more.
//!
//! The first version of every row has the values that the row has now: encoding and compressing them
//! a second time for the history would double the work of a copy.

use std::ops::Range;

use arrow::array::RecordBatch;
use arrow::datatypes::{Schema, SchemaRef};
use bytes::Bytes;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::compute_leaves;
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::ParquetError;
use parquet::file::metadata::{PageIndexPolicy, ParquetMetaData, ParquetMetaDataReader};
use parquet::file::properties::WriterProperties;

use super::write::options;
use crate::Result;

/// The fields of `schema` that a file with the columns of `source` lacks.
pub(crate) fn lacking(source: &Schema, schema: &Schema) -> SchemaRef {
    let fields = schema.fields().iter();
    let lacking = fields.filter(|field| source.field_with_name(field.name()).is_err());
    Schema::new(lacking.cloned().collect::<Vec<_>>()).into()
}

/// Writes the rows of `file`, which has the columns `source`, with the columns `schema`. What the
/// file lacks is asked for by ranges of its rows.
pub(crate) fn splice(
    file: &Bytes,
    source: &Schema,
    schema: &SchemaRef,
    mut lacking: impl FnMut(Range<usize>) -> Result<RecordBatch>,
    properties: &WriterProperties,
) -> Result<(Bytes, ParquetMetaData)> {
    let footer = ParquetMetaDataReader::new()
        .with_page_index_policy(PageIndexPolicy::Required)
        .parse_and_finish(file)?;
    let leaves = Leaves::of(&footer);
    let mut bytes = Vec::with_capacity(file.len() + file.len() / 8);
    let writer =
        ArrowWriter::try_new_with_options(&mut bytes, schema.clone(), options(properties))?;
    let (mut writer, factory) = writer.into_serialized_writer()?;
    let mut at = 0;
    for (no, group) in footer.row_groups().iter().enumerate() {
        let rows = usize::try_from(group.num_rows()).expect("a row group has rows");
        let added = lacking(at..at + rows)?;
        at += rows;
        let mut encoders = factory.create_column_writers(no)?.into_iter();
        let mut target = writer.next_row_group()?;
        for field in schema.fields() {
            if let Ok(column) = source.index_of(field.name()) {
                for leaf in leaves.of_column(column) {
                    encoders.next();
                    target.append_column(file, leaves.taken_over(&footer, no, leaf)?)?;
                }
                continue;
            }
            let values = added
                .column_by_name(field.name())
                .ok_or_else(|| ParquetError::General(format!("no values of {}", field.name())))?;
            for leaf in compute_leaves(field, values)? {
                let mut encoder = encoders.next().expect("every leaf has its writer");
                encoder.write(&leaf)?;
                encoder.close()?.append_to_row_group(&mut target)?;
            }
        }
        target.close()?;
    }
    let footer = writer.close()?;
    Ok((bytes.into(), footer))
}

/// Which leaves each column of a file has (a list or a struct has its own).
struct Leaves(Vec<usize>);

impl Leaves {
    fn of(footer: &ParquetMetaData) -> Self {
        let schema = footer.file_metadata().schema_descr();
        Self(
            (0..schema.num_columns())
                .map(|leaf| schema.get_column_root_idx(leaf))
                .collect(),
        )
    }

    fn of_column(&self, column: usize) -> impl Iterator<Item = usize> + '_ {
        (0..self.0.len()).filter(move |leaf| self.0[*leaf] == column)
    }

    /// What the writer of a leaf's values had said at their end.
    fn taken_over(
        &self,
        footer: &ParquetMetaData,
        group: usize,
        leaf: usize,
    ) -> Result<ColumnCloseResult> {
        let row_group = footer.row_group(group);
        let column = row_group.column(leaf).clone();
        let count = |number: i64| {
            u64::try_from(number).map_err(|error| ParquetError::External(Box::new(error)))
        };
        Ok(ColumnCloseResult {
            bytes_written: count(column.compressed_size())?,
            rows_written: count(row_group.num_rows())?,
            bloom_filter: None,
            column_index: footer
                .column_index()
                .map(|index| index[group][leaf].clone()),
            offset_index: footer
                .offset_index()
                .map(|index| index[group][leaf].clone()),
            metadata: column,
        })
    }
}
