//! Rows of ours as the columns of a table.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, RecordBatch, StringArray, TimestampMicrosecondArray, UInt64Array,
};
use chrono::{DateTime, Utc};
use datafusion::datasource::{MemTable, TableProvider};
use datafusion::error::Result;

/// The columns of one small table, as they are added.
#[derive(Default)]
pub(super) struct Columns(Vec<(&'static str, ArrayRef)>);

impl Columns {
    pub(super) fn text<T>(
        &mut self,
        name: &'static str,
        rows: &[T],
        of: impl Fn(&T) -> Option<String>,
    ) -> &mut Self {
        let values: StringArray = rows.iter().map(of).collect();
        self.add(name, Arc::new(values))
    }

    pub(super) fn count<T>(
        &mut self,
        name: &'static str,
        rows: &[T],
        of: impl Fn(&T) -> Option<u64>,
    ) -> &mut Self {
        let values: UInt64Array = rows.iter().map(of).collect();
        self.add(name, Arc::new(values))
    }

    pub(super) fn flag<T>(
        &mut self,
        name: &'static str,
        rows: &[T],
        of: impl Fn(&T) -> bool,
    ) -> &mut Self {
        let values: BooleanArray = rows.iter().map(|row| Some(of(row))).collect();
        self.add(name, Arc::new(values))
    }

    pub(super) fn instant<T>(
        &mut self,
        name: &'static str,
        rows: &[T],
        of: impl Fn(&T) -> Option<DateTime<Utc>>,
    ) -> &mut Self {
        let micros = rows.iter().map(|row| Some(of(row)?.timestamp_micros()));
        let values: TimestampMicrosecondArray = micros.collect();
        self.add(name, Arc::new(values.with_timezone("UTC")))
    }

    pub(super) fn table(self) -> Result<Arc<dyn TableProvider>> {
        let batch = RecordBatch::try_from_iter_with_nullable(
            self.0
                .into_iter()
                .map(|(name, values)| (name, values, true)),
        )?;
        Ok(Arc::new(MemTable::try_new(
            batch.schema(),
            vec![vec![batch]],
        )?))
    }

    fn add(&mut self, name: &'static str, values: ArrayRef) -> &mut Self {
        self.0.push((name, values));
        self
    }
}
