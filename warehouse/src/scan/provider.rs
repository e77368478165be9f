//! The DataFusion table over one version of a lake table.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::memory::{DataSourceExec, MemorySourceConfig};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::stats::Precision;
use datafusion::common::{DFSchema, Result, Statistics};
use datafusion::datasource::TableType;
use datafusion::datasource::physical_plan::parquet::CachedParquetFileReaderFactory;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder, ParquetSource};
use datafusion::logical_expr::utils::conjunction;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown};
use datafusion::physical_plan::union::UnionExec;
use datafusion::physical_plan::{ExecutionPlan, PhysicalExpr};

use super::pruning::prune;
use super::version::{FileVersion, TableVersion, statistics};

/// Files are pruned by the statistics in the Delta log, dead rows left out by position, and the hot
/// rows added. The scan runs in as many partitions as the session wants.
#[derive(Debug)]
pub(crate) struct LakeTable {
    version: Arc<TableVersion>,
}

impl LakeTable {
    pub(crate) fn new(version: Arc<TableVersion>) -> Self {
        Self { version }
    }

    fn predicate(
        &self,
        state: &dyn Session,
        filters: &[Expr],
    ) -> Result<Option<Arc<dyn PhysicalExpr>>> {
        let Some(filter) = conjunction(filters.iter().cloned()) else {
            return Ok(None);
        };
        let schema = DFSchema::try_from(self.version.schema.clone())?;
        Ok(Some(state.create_physical_expr(filter, &schema)?))
    }

    fn scan_files(
        &self,
        state: &dyn Session,
        files: &[Arc<FileVersion>],
        projection: Option<&Vec<usize>>,
        predicate: Option<Arc<dyn PhysicalExpr>>,
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let store = &self.version.store;
        let runtime = state.runtime_env();
        runtime.register_object_store(store.scan_url().as_ref(), store.object_store().clone());
        let readers = CachedParquetFileReaderFactory::new(
            store.object_store().clone(),
            runtime.cache_manager.get_file_metadata_cache(),
        );
        let mut source = ParquetSource::new(self.version.schema.clone())
            .with_table_parquet_options(state.default_table_options().parquet)
            .with_parquet_file_reader_factory(Arc::new(readers));
        if let Some(predicate) = predicate {
            source = source.with_predicate(predicate);
        }
        let groups = FileGroup::new(files.iter().map(|file| file.partitioned()).collect())
            .split_files(state.config().target_partitions());
        let scan = FileScanConfigBuilder::new(store.scan_url().clone(), Arc::new(source))
            .with_file_groups(groups)
            .with_statistics(statistics(files, &self.version.schema))
            .with_projection_indices(projection.cloned())?
            .with_limit(limit)
            .build();
        Ok(DataSourceExec::from_data_source(scan))
    }

    fn scan_hot(&self, projection: Option<&Vec<usize>>) -> Result<Arc<dyn ExecutionPlan>> {
        let batches = self
            .version
            .hot
            .iter()
            .filter(|hot| hot.live_rows() > 0)
            .map(|hot| Ok(hot.live()?))
            .collect::<Result<Vec<_>>>()?;
        let plan = MemorySourceConfig::try_new_exec(
            &[batches],
            self.version.schema.clone(),
            projection.cloned(),
        )?;
        Ok(plan)
    }
}

#[async_trait]
impl TableProvider for LakeTable {
    fn schema(&self) -> SchemaRef {
        self.version.schema.clone()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let predicate = self.predicate(state, filters)?;
        let files = prune(
            &self.version.files,
            predicate.as_ref(),
            &self.version.schema,
        )?;
        let hot = self.version.hot.iter().any(|hot| hot.live_rows() > 0);
        match (files.is_empty(), hot) {
            (true, _) => self.scan_hot(projection),
            (false, false) => self.scan_files(state, &files, projection, predicate, limit),
            (false, true) => UnionExec::try_new(vec![
                self.scan_files(state, &files, projection, predicate, limit)?,
                self.scan_hot(projection)?,
            ]),
        }
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>> {
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }

    fn statistics(&self) -> Option<Statistics> {
        let mut all = statistics(&self.version.files, &self.version.schema);
        let rows = usize::try_from(self.version.live_rows()).unwrap_or(usize::MAX);
        let hot = self.version.hot.iter().any(|hot| hot.live_rows() > 0);
        if hot {
            all = all.to_inexact();
        }
        all.num_rows = Precision::Exact(rows);
        Some(all)
    }
}
