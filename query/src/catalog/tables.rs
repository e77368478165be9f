//! The business tables and their history, as one reader may see them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::datatypes::{Schema, SchemaRef};
use basalt_model::Dictionary;
use basalt_model::policy::Principal;
use basalt_warehouse::{Snapshot, TableName};
use datafusion::common::Spans;
use datafusion::datasource::{MemTable, TableProvider, ViewTable, provider_as_source};
use datafusion::error::Result;
use datafusion::logical_expr::expr::InSubquery;
use datafusion::logical_expr::{Expr, LogicalPlanBuilder, Subquery, lit};
use datafusion::scalar::ScalarValue;

use crate::policy::guarded::{GUARDED, GuardedTable};
use crate::policy::rows::{self, column_of};
use crate::policy::{Access, access};

type Named = BTreeMap<String, Arc<dyn TableProvider>>;

/// The column that marks a recycled row.
const RECYCLED: &str = "deleted_at";

pub(super) struct Schemas {
    pub(super) crm: Named,
    pub(super) history: Named,
    /// The tables of `crm` with hidden columns as NULL and unreadable tables empty, so that one
    /// text of a mart view fits every reader.
    pub(super) mart_source: Named,
}

pub(super) struct Reader<'a> {
    pub(super) principal: &'a Principal,
    pub(super) dictionary: &'a Dictionary,
    pub(super) snapshot: &'a Snapshot,
}

impl rows::Tables for Reader<'_> {
    fn unguarded(&self, table: &str) -> Option<Arc<dyn TableProvider>> {
        self.snapshot.current(&TableName::new("crm", table))
    }
}

impl Reader<'_> {
    pub(super) fn schemas(&self) -> Result<Schemas> {
        let mut schemas = Schemas {
            crm: Named::new(),
            history: Named::new(),
            mart_source: Named::new(),
        };
        for name in self.snapshot.table_names() {
            if name.schema != "crm" {
                continue;
            }
            let table = name.name.clone();
            let Some(current) = self.snapshot.current(&name) else {
                continue;
            };
            let full = current.schema();
            let access = access(self.principal, self.dictionary, &table);
            if let Some(visible) = self.current(current, &access)? {
                schemas
                    .mart_source
                    .insert(table.clone(), widened(visible.clone(), &full)?);
                schemas.crm.insert(table.clone(), visible);
            } else {
                schemas.mart_source.insert(
                    table.clone(),
                    Arc::new(MemTable::try_new(full, vec![vec![]])?),
                );
            }
            if let Some(history) = self.snapshot.history(&name)
                && let Some(visible) = self.history(&table, history, &access)?
            {
                schemas.history.insert(table, visible);
            }
        }
        Ok(schemas)
    }

    /// The rows of now: what the policy admits, without the recycle bin.
    fn current(
        &self,
        table: Arc<dyn TableProvider>,
        access: &Access,
    ) -> Result<Option<Arc<dyn TableProvider>>> {
        let recycles = table.schema().column_with_name(RECYCLED).is_some();
        Ok(match access {
            Access::Absent => None,
            Access::Open if !recycles => Some(table),
            Access::Open => {
                let plan = LogicalPlanBuilder::scan(GUARDED, provider_as_source(table), None)?
                    .filter(column_of(GUARDED, RECYCLED).is_null())?
                    .build()?;
                Some(Arc::new(ViewTable::new(plan, None)))
            }
            Access::Guarded { rule, hidden } => {
                let mut predicate = rows::predicate(rule, GUARDED, self)?;
                if recycles {
                    predicate = column_of(GUARDED, RECYCLED).is_null().and(predicate);
                }
                Some(Arc::new(GuardedTable::new(table, predicate, hidden)))
            }
        })
    }

    /// Past versions: only of records that today's policy admits, with today's hidden columns.
    fn history(
        &self,
        name: &str,
        history: Arc<dyn TableProvider>,
        access: &Access,
    ) -> Result<Option<Arc<dyn TableProvider>>> {
        Ok(match access {
            Access::Absent => None,
            Access::Open => Some(history),
            Access::Guarded { rule, hidden } => {
                let key = self.key_of(name, &history.schema());
                let Some((current, key)) = rows::Tables::unguarded(self, name).zip(key) else {
                    return Ok(None);
                };
                let admitted =
                    LogicalPlanBuilder::scan("current", provider_as_source(current), None)?
                        .filter(rows::predicate(rule, "current", self)?)?
                        .project([column_of("current", &key)])?
                        .build()?;
                let predicate = Expr::InSubquery(InSubquery::new(
                    Box::new(column_of(GUARDED, &key)),
                    Subquery {
                        subquery: Arc::new(admitted),
                        outer_ref_columns: vec![],
                        spans: Spans::new(),
                    },
                    false,
                ));
                Some(Arc::new(GuardedTable::new(history, predicate, hidden)))
            }
        })
    }

    /// The column that joins a past version to its current record.
    fn key_of(&self, table: &str, schema: &Schema) -> Option<String> {
        let side = self
            .dictionary
            .side_tables()
            .iter()
            .find(|side| side.table == table);
        let parent = side.and_then(|side| side.parent_column.clone());
        ["id".to_owned()]
            .into_iter()
            .chain(parent)
            .find(|name| schema.column_with_name(name).is_some())
    }
}

/// `visible` with the columns of `full` that it lacks as NULL.
fn widened(visible: Arc<dyn TableProvider>, full: &SchemaRef) -> Result<Arc<dyn TableProvider>> {
    let seen: BTreeSet<String> = visible
        .schema()
        .fields()
        .iter()
        .map(|field| field.name().clone())
        .collect();
    if seen.len() == full.fields().len() {
        return Ok(visible);
    }
    let columns = full
        .fields()
        .iter()
        .map(|field| {
            if seen.contains(field.name()) {
                Ok(column_of("visible", field.name()))
            } else {
                Ok(lit(ScalarValue::try_from(field.data_type())?).alias(field.name()))
            }
        })
        .collect::<Result<Vec<_>>>()?;
    let plan = LogicalPlanBuilder::scan("visible", provider_as_source(visible), None)?
        .project(columns)?
        .build()?;
    Ok(Arc::new(ViewTable::new(plan, None)))
}
