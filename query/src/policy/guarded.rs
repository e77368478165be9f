//! A table as a restricted reader finds it: the rows that the policy admits, without the hidden
//! columns, behind a barrier.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::datatypes::{Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::Session;
use datafusion::common::Column;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::datasource::{TableProvider, provider_as_source};
use datafusion::error::Result;
use datafusion::logical_expr::{
    Expr, LogicalPlan, LogicalPlanBuilder, TableProviderFilterPushDown, TableType,
};
use datafusion::physical_plan::ExecutionPlan;

use super::barrier::BarrierExec;
use super::rows::column_of;
use super::safe::is_safe;

/// The name of the guarded relation inside the sealed plan.
pub const GUARDED: &str = "guarded";

#[derive(Debug)]
pub struct GuardedTable {
    inner: Arc<dyn TableProvider>,
    /// Admits a row; its columns belong to the relation [`GUARDED`].
    predicate: Expr,
    schema: SchemaRef,
}

impl GuardedTable {
    /// Guards `inner` with `predicate` over the relation [`GUARDED`] and leaves `hidden` out.
    pub fn new(inner: Arc<dyn TableProvider>, predicate: Expr, hidden: &BTreeSet<String>) -> Self {
        let visible: Vec<_> = inner
            .schema()
            .fields()
            .iter()
            .filter(|field| !hidden.contains(field.name()))
            .cloned()
            .collect();
        let schema = Arc::new(Schema::new(visible));
        Self {
            inner,
            predicate,
            schema,
        }
    }

    fn sealed_plan(
        &self,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<LogicalPlan> {
        let mut plan =
            LogicalPlanBuilder::scan(GUARDED, provider_as_source(self.inner.clone()), None)?
                .filter(self.predicate.clone())?;
        for filter in filters {
            plan = plan.filter(of_guarded(filter)?)?;
        }
        let columns: Vec<Expr> = match projection {
            Some(indices) => indices.iter().map(|index| self.column(*index)).collect(),
            None => (0..self.schema.fields().len())
                .map(|index| self.column(index))
                .collect(),
        };
        plan.project(columns)?.limit(0, limit)?.build()
    }

    fn column(&self, index: usize) -> Expr {
        column_of(GUARDED, self.schema.field(index).name())
    }
}

/// The reader's predicate with its columns renamed to the guarded relation.
fn of_guarded(filter: &Expr) -> Result<Expr> {
    filter
        .clone()
        .transform(|expr| {
            Ok(match expr {
                Expr::Column(Column { name, .. }) => Transformed::yes(column_of(GUARDED, &name)),
                other => Transformed::no(other),
            })
        })
        .map(|transformed| transformed.data)
}

#[async_trait]
impl TableProvider for GuardedTable {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn table_type(&self) -> TableType {
        self.inner.table_type()
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>> {
        Ok(filters
            .iter()
            .map(|filter| {
                if is_safe(filter) {
                    TableProviderFilterPushDown::Inexact
                } else {
                    TableProviderFilterPushDown::Unsupported
                }
            })
            .collect())
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let plan = self.sealed_plan(projection, filters, limit)?;
        let sealed = state.create_physical_plan(&plan).await?;
        Ok(Arc::new(BarrierExec::new(sealed)))
    }
}
