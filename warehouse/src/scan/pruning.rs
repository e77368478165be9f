//! Leaves out files that can't hold a wanted row, by the statistics in the Delta log.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, UInt64Array};
use arrow::datatypes::SchemaRef;
use datafusion::common::pruning::PruningStatistics;
use datafusion::common::{Column, Result};
use datafusion::physical_optimizer::pruning::PruningPredicateBuilder;
use datafusion::physical_plan::PhysicalExpr;
use datafusion::scalar::ScalarValue;

use super::version::FileVersion;
use crate::delta::stats::ColumnStats;

/// The files that may hold rows for which `predicate` is true.
pub(crate) fn prune(
    files: &[Arc<FileVersion>],
    predicate: Option<&Arc<dyn PhysicalExpr>>,
    schema: &SchemaRef,
) -> Result<Vec<Arc<FileVersion>>> {
    let living = files
        .iter()
        .filter(|file| file.live_rows() > 0)
        .cloned()
        .collect::<Vec<_>>();
    let Some(predicate) = predicate else {
        return Ok(living);
    };
    let builder = PruningPredicateBuilder::new().with_file_schema(schema.clone());
    let Ok(pruning) = builder.try_build(predicate.clone()) else {
        return Ok(living);
    };
    let keep = pruning.prune(&FileStatistics {
        files: &living,
        schema,
    })?;
    Ok(living
        .into_iter()
        .zip(keep)
        .filter_map(|(file, keep)| keep.then_some(file))
        .collect())
}

struct FileStatistics<'a> {
    files: &'a [Arc<FileVersion>],
    schema: &'a SchemaRef,
}

impl FileStatistics<'_> {
    fn bounds(
        &self,
        column: &Column,
        bound: impl Fn(&ColumnStats) -> Option<&ScalarValue>,
    ) -> Option<ArrayRef> {
        let data_type = self.schema.field_with_name(column.name()).ok()?.data_type();
        let null = ScalarValue::try_from(data_type).ok()?;
        let values = self.files.iter().map(|file| {
            let stats = file.file.stats.0.get(column.name());
            let value = stats
                .and_then(&bound)
                .and_then(|value| value.cast_to(data_type).ok());
            value.unwrap_or_else(|| null.clone())
        });
        ScalarValue::iter_to_array(values).ok()
    }
}

impl PruningStatistics for FileStatistics<'_> {
    fn min_values(&self, column: &Column) -> Option<ArrayRef> {
        self.bounds(column, |stats| stats.min.as_ref())
    }

    fn max_values(&self, column: &Column) -> Option<ArrayRef> {
        self.bounds(column, |stats| stats.max.as_ref())
    }

    fn num_containers(&self) -> usize {
        self.files.len()
    }

    fn null_counts(&self, column: &Column) -> Option<ArrayRef> {
        let nulls: UInt64Array = self
            .files
            .iter()
            .map(|file| {
                file.file
                    .stats
                    .0
                    .get(column.name())
                    .and_then(|stats| stats.nulls)
            })
            .collect();
        Some(Arc::new(nulls))
    }

    /// Of all rows, dead ones included: the null counts are too.
    fn row_counts(&self) -> Option<ArrayRef> {
        let rows: UInt64Array = self
            .files
            .iter()
            .map(|file| Some(u64::from(file.file.rows)))
            .collect();
        Some(Arc::new(rows))
    }

    fn contained(&self, _column: &Column, _values: &HashSet<ScalarValue>) -> Option<BooleanArray> {
        None
    }
}
