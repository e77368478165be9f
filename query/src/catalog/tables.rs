//! The business tables and their history, as one reader may see them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::datatypes::{Schema, SchemaRef};
use basalt_model::Dictionary;
use basalt_model::policy::{Principal, RowRule};
use basalt_warehouse::{Snapshot, TableName};
use datafusion::common::Spans;
use datafusion::datasource::{MemTable, TableProvider, ViewTable, provider_as_source};
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::expr::InSubquery;
use datafusion::logical_expr::{Expr, LogicalPlanBuilder, Subquery, lit};
use datafusion::scalar::ScalarValue;

use super::{CRM, Schemas, Tables, history};
use crate::engine::Engine;
use crate::error::Error;
use crate::mart::MartSchema;
use crate::policy::guarded::{GUARDED, GuardedTable};
use crate::policy::rows::{self, column_of};
use crate::policy::{Access, access};

type Named = BTreeMap<String, Arc<dyn TableProvider>>;

/// The column that marks a recycled row.
const RECYCLED: &str = "deleted_at";

#[derive(Default)]
struct Found {
    crm: Named,
    history: Named,
    /// The tables of `crm` with hidden columns as NULL and unreadable tables empty, so that one
    /// text of a mart view fits every reader.
    mart_source: Named,
}

/// One reader in front of the tables of one moment.
pub(crate) struct Reader<'a> {
    pub(super) engine: &'a Engine,
    pub(super) principal: &'a Principal,
    pub(super) dictionary: Arc<Dictionary>,
    /// What the rights are judged by.
    pub(super) now: &'a Snapshot,
    /// Where the tables are from: the same, or the past.
    pub(super) shown: &'a Snapshot,
}

impl rows::Tables for Reader<'_> {
    fn unguarded(&self, table: &str) -> Option<Arc<dyn TableProvider>> {
        self.now.current(&TableName::new(CRM, table))
    }
}

impl Reader<'_> {
    /// Everything that the reader finds.
    pub(crate) fn open(&self) -> crate::Result<Schemas> {
        let named = self.named().map_err(|error| self.error(error))?;
        let known = named.mart_source.keys().cloned().collect();
        let mart_context = super::context(
            self.engine,
            vec![(CRM, Arc::new(Tables(named.mart_source)))],
        )?;
        let mart = MartSchema::new(mart_context.state(), &named.crm, &known);
        Ok(Schemas {
            crm: Arc::new(Tables(named.crm)),
            history: Arc::new(Tables(named.history)),
            mart: Arc::new(mart),
        })
    }

    /// May the reader see anything of the table?
    pub(crate) fn sees(&self, table: &str) -> bool {
        self.access(table) != Access::Absent
    }

    /// Rows of the table as of a moment of the past, as this reader may see them.
    pub(crate) fn past_table(
        &self,
        table: &str,
        rows: Arc<dyn TableProvider>,
    ) -> crate::Result<Option<Arc<dyn TableProvider>>> {
        let past = self.past(table, rows, self.access(table));
        past.map_err(|error| self.error(error))
    }

    fn error(&self, error: DataFusionError) -> Error {
        Error::from_engine(error, self.engine.config().memory_limit)
    }

    fn access(&self, table: &str) -> Access {
        access(self.principal, &self.dictionary, table)
    }

    fn named(&self) -> Result<Found> {
        let mut found = Found::default();
        let past = !std::ptr::eq(self.now, self.shown);
        for name in self.shown.table_names() {
            if name.schema != CRM {
                continue;
            }
            let table = name.name.clone();
            let Some(current) = self.shown.current(&name) else {
                continue;
            };
            let full = current.schema();
            let access = self.access(&table);
            let visible = if past {
                self.past(&table, current, access.clone())?
            } else {
                self.current(current, &access)?
            };
            if let Some(visible) = visible {
                found
                    .mart_source
                    .insert(table.clone(), widened(visible.clone(), &full)?);
                found.crm.insert(table.clone(), visible);
            } else {
                found.mart_source.insert(
                    table.clone(),
                    Arc::new(MemTable::try_new(full, vec![vec![]])?),
                );
            }
            if let Some(changes) = self.shown.history(&name) {
                let versions = history::with_valid_to(changes, self.shown.key(&name))?;
                if let Some(visible) = self.history(&table, versions, &access)? {
                    found.history.insert(table, visible);
                }
            }
        }
        Ok(found)
    }

    /// The rows of now: what the policy admits, without the recycle bin.
    fn current(
        &self,
        table: Arc<dyn TableProvider>,
        access: &Access,
    ) -> Result<Option<Arc<dyn TableProvider>>> {
        Ok(match access {
            Access::Absent => None,
            Access::Open => Some(unrecycled(table)?),
            Access::Guarded { rule, hidden } => {
                let predicate = rows::predicate(rule, GUARDED, self)?;
                let predicate = and_unrecycled(predicate, &table);
                Some(Arc::new(GuardedTable::new(table, predicate, hidden)))
            }
        })
    }

    /// The rows of then, without those that were in the recycle bin then: only of records that
    /// today's policy admits, with today's hidden columns.
    fn past(
        &self,
        name: &str,
        table: Arc<dyn TableProvider>,
        access: Access,
    ) -> Result<Option<Arc<dyn TableProvider>>> {
        Ok(match access {
            Access::Absent => None,
            Access::Open => Some(unrecycled(table)?),
            Access::Guarded { rule, mut hidden } => {
                let Some(predicate) = self.admitted(name, &table.schema(), &rule)? else {
                    return Ok(None);
                };
                // Nothing says whether a column that is gone would be hidden.
                if let Some(now) = rows::Tables::unguarded(self, name) {
                    let (now, then) = (now.schema(), table.schema());
                    let gone = then.fields().iter().map(|field| field.name());
                    let gone = gone.filter(|column| now.column_with_name(column).is_none());
                    hidden.extend(gone.cloned());
                }
                let predicate = and_unrecycled(predicate, &table);
                Some(Arc::new(GuardedTable::new(table, predicate, &hidden)))
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
                let admitted = self.admitted(name, &history.schema(), rule)?;
                admitted.map(|predicate| -> Arc<dyn TableProvider> {
                    Arc::new(GuardedTable::new(history, predicate, hidden))
                })
            }
        })
    }

    /// Admits rows of the past whose record the policy admits today; `None` when nothing tells
    /// which record a row belongs to.
    fn admitted(&self, name: &str, schema: &Schema, rule: &RowRule) -> Result<Option<Expr>> {
        // Who may see every row may see those that were deleted, too.
        if *rule == RowRule::Everything {
            return Ok(Some(lit(true)));
        }
        let key = self.key_of(name, schema);
        let Some((current, key)) = rows::Tables::unguarded(self, name).zip(key) else {
            return Ok(None);
        };
        let admitted = LogicalPlanBuilder::scan("current", provider_as_source(current), None)?
            .filter(rows::predicate(rule, "current", self)?)?
            .project([column_of("current", &key)])?
            .build()?;
        Ok(Some(Expr::InSubquery(InSubquery::new(
            Box::new(column_of(GUARDED, &key)),
            Subquery {
                subquery: Arc::new(admitted),
                outer_ref_columns: vec![],
                spans: Spans::new(),
            },
            false,
        ))))
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

fn recycles(table: &Arc<dyn TableProvider>) -> bool {
    table.schema().column_with_name(RECYCLED).is_some()
}

fn unrecycled(table: Arc<dyn TableProvider>) -> Result<Arc<dyn TableProvider>> {
    if !recycles(&table) {
        return Ok(table);
    }
    let plan = LogicalPlanBuilder::scan(GUARDED, provider_as_source(table), None)?
        .filter(column_of(GUARDED, RECYCLED).is_null())?
        .build()?;
    Ok(Arc::new(ViewTable::new(plan, None)))
}

fn and_unrecycled(predicate: Expr, table: &Arc<dyn TableProvider>) -> Expr {
    if recycles(table) {
        column_of(GUARDED, RECYCLED).is_null().and(predicate)
    } else {
        predicate
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
