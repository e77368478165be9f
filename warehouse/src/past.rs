//! A table as of a moment of the past: the last Delta version before it, and the changes since from
//! the history. Without a version that old, the history alone.

use std::fmt;
use std::sync::Arc;

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::{Int64Type, SchemaRef};
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::{Column, Result as DataFusionResult};
use datafusion::datasource::{TableType, provider_as_source};
use datafusion::error::DataFusionError;
use datafusion::functions_window::expr_fn::row_number;
use datafusion::logical_expr::utils::conjunction;
use datafusion::logical_expr::{
    Expr, ExprFunctionExt, JoinType, LogicalPlan, LogicalPlanBuilder, TableProviderFilterPushDown,
    ident, lit,
};
use datafusion::physical_plan::{ExecutionPlan, collect};
use datafusion::scalar::ScalarValue;

use crate::archive::{Archive, AsOf};
use crate::config::LakeConfig;
use crate::delta::commit::Since;
use crate::erasures::Floors;
use crate::manifest::Manifest;
use crate::scan::provider::LakeTable;
use crate::scan::version::TableVersion;
use crate::snapshot::{Snapshot, TableView};
use crate::state::Definition;
use crate::{Error, Lsn, Op, Result, TableName};

/// Clocks of a source and of its copy agree at least so far.
const SLACK: TimeDelta = TimeDelta::minutes(1);
/// The number of a row among the changes of its key, the last first.
const RANK: &str = "__rank";

/// The last moment that is to be seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Bound {
    Lsn(Lsn),
    Instant(DateTime<Utc>),
}

/// A version to begin with, which holds every change up to `lsn` and none above.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Base {
    pub(crate) version: u64,
    pub(crate) lsn: Lsn,
}

impl Bound {
    /// # Errors
    /// [`Error::NotYet`] for a moment beyond what `now` shows.
    pub(crate) fn new(at: AsOf, now: &Snapshot) -> Result<Self> {
        let (bound, reached) = match at {
            AsOf::Lsn(lsn) => (Self::Lsn(lsn), lsn <= now.lsn()),
            AsOf::Instant(instant) => (Self::Instant(instant), instant <= now.published_at()),
            AsOf::Version(_) => {
                return Err(Error::Config(
                    "a Delta version is a moment of one table only; ask Lake::at_version"
                        .to_owned(),
                ));
            }
        };
        if reached {
            Ok(bound)
        } else {
            Err(Error::NotYet {
                wanted: bound.to_string(),
                visible: now.lsn(),
            })
        }
    }

    pub(crate) fn is_before(self, since: &Since) -> bool {
        match self {
            Self::Lsn(lsn) => lsn < since.lsn,
            Self::Instant(instant) => instant < since.at,
        }
    }

    /// The newest version in a manifest that is not beyond.
    pub(crate) fn base(
        self,
        table: &TableName,
        manifests: &[Arc<Manifest>],
        config: &LakeConfig,
        floors: &Floors,
    ) -> Option<Base> {
        let mut fitting = manifests.iter().rev().filter(|manifest| {
            manifest.source_id == config.source_id
                && manifest.timeline == config.timeline
                && match self {
                    Self::Lsn(lsn) => manifest.lsn <= lsn,
                    Self::Instant(instant) => manifest.committed_at <= instant,
                }
        });
        fitting.find_map(|manifest| {
            let there = manifest.tables.get(table)?;
            let erased = floors.of(table).is_some_and(|floor| there.current < floor);
            (!there.stale && !erased).then_some(Base {
                version: there.current,
                lsn: manifest.lsn,
            })
        })
    }

    fn filter(self) -> Expr {
        match self {
            Self::Lsn(lsn) => ident("lsn").lt_eq(lit(lsn.version())),
            Self::Instant(instant) => ident("valid_from").lt_eq(moment(instant)),
        }
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lsn(lsn) => write!(f, "{lsn}"),
            Self::Instant(instant) => f.write_str(&instant.to_rfc3339()),
        }
    }
}

fn moment(instant: DateTime<Utc>) -> Expr {
    lit(ScalarValue::TimestampMicrosecond(
        Some(instant.timestamp_micros()),
        Some("UTC".into()),
    ))
}

/// The current rows of a table as of a moment.
#[derive(Debug)]
pub(crate) struct PastTable {
    archive: Archive,
    table: TableName,
    schema: SchemaRef,
    key: Vec<String>,
    definition: Definition,
    since: Since,
    history: Arc<TableVersion>,
    bound: Bound,
    base: Option<Base>,
    loaded: tokio::sync::OnceCell<Option<Arc<TableVersion>>>,
}

impl PastTable {
    /// # Errors
    /// [`Error::NotKept`] when nothing tells what the table looked like.
    pub(crate) fn new(
        archive: Archive,
        table: TableName,
        view: &TableView,
        bound: Bound,
        base: Option<Base>,
    ) -> Result<Self> {
        let since = view.facts.since.ok_or_else(|| not_kept(&table))?;
        Ok(Self {
            archive,
            schema: view.current.schema.clone(),
            key: view.facts.definition.key.clone(),
            definition: view.facts.definition.clone(),
            since,
            history: view.history.clone(),
            table,
            bound,
            base,
            loaded: tokio::sync::OnceCell::new(),
        })
    }

    async fn plan(&self, state: &dyn Session) -> Result<LogicalPlan> {
        let base = match self.base {
            None => None,
            Some(base) => self
                .loaded
                .get_or_try_init(|| {
                    let (version, today) = (base.version, &self.definition);
                    self.archive.base(&self.table, version, &self.schema, today)
                })
                .await?
                .clone(),
        };
        // Without a key the history does not tell which rows a repeated copy replaced.
        if base.is_none() && (self.key.is_empty() || !self.since.told) {
            return Err(not_kept(&self.table));
        }
        let after = match (&base, self.base) {
            (Some(_), Some(base)) => base.lsn,
            _ => Lsn(self.since.lsn.0.saturating_sub(1)),
        };
        if let Some(base) = &base
            && self.bound == Bound::Lsn(after)
        {
            return Ok(self.scan("base", base)?.build()?);
        }
        let last = self.last_truncation(state, after).await?;
        let base = base.filter(|_| last.is_none());
        let changes = self.changes(after)?.filter(match last {
            None => lit(true),
            Some((lsn, seq)) => ident("lsn")
                .gt(lit(lsn))
                .or(ident("lsn").eq(lit(lsn)).and(ident("seq").gt(lit(seq)))),
        })?;
        let puts = |plan: LogicalPlanBuilder| -> Result<LogicalPlanBuilder> {
            let gone = [Op::Delete, Op::Truncate].map(|op| lit(op.word()));
            let puts = plan.filter(ident("op").in_list(gone.to_vec(), true))?;
            Ok(puts.project(self.columns("changes"))?)
        };
        if self.key.is_empty() {
            let added = puts(changes)?;
            return Ok(match base {
                None => added.build()?,
                Some(base) => {
                    let base = self.scan("base", &base)?.project(self.columns("base"))?;
                    base.union(added.build()?)?.build()?
                }
            });
        }
        let rank = row_number()
            .partition_by(
                self.key
                    .iter()
                    .map(|key| in_table("changes", key))
                    .collect(),
            )
            .order_by(vec![
                in_table("changes", "lsn").sort(false, false),
                in_table("changes", "seq").sort(false, false),
            ])
            .build()?
            .alias(RANK);
        let latest = changes
            .window(vec![rank])?
            .filter(ident(RANK).eq(lit(1_u64)))?;
        let added = puts(latest.clone())?;
        Ok(match base {
            None => added.build()?,
            Some(base) => {
                let keys = latest
                    .project(self.key.iter().map(|key| in_table("changes", key)))?
                    .build()?;
                let on = |table: &str| -> Vec<Column> {
                    let column = |key: &String| Column::new(Some(table), key);
                    self.key.iter().map(column).collect()
                };
                let kept = self.scan("base", &base)?.join(
                    keys,
                    JoinType::LeftAnti,
                    (on("base"), on("changes")),
                    None,
                )?;
                let kept = kept.project(self.columns("base"))?;
                kept.union(added.build()?)?.build()?
            }
        })
    }

    /// Changes after a position, up to the bound.
    fn changes(&self, after: Lsn) -> Result<LogicalPlanBuilder> {
        let changes = self
            .scan("changes", &self.history)?
            .filter(ident("lsn").gt(lit(after.version())))?
            .filter(self.bound.filter())?;
        // Positions of a former source may be anything.
        Ok(changes.filter(ident("valid_from").gt_eq(moment(self.since.at - SLACK)))?)
    }

    async fn last_truncation(&self, state: &dyn Session, after: Lsn) -> Result<Option<(i64, i64)>> {
        let last = self
            .changes(after)?
            .filter(ident("op").eq(lit(Op::Truncate.word())))?
            .project(vec![in_table("changes", "lsn"), in_table("changes", "seq")])?
            .sort(vec![
                in_table("changes", "lsn").sort(false, false),
                in_table("changes", "seq").sort(false, false),
            ])?
            .limit(0, Some(1))?
            .build()?;
        let plan = state.create_physical_plan(&last).await?;
        let found: Vec<RecordBatch> = collect(plan, state.task_ctx()).await?;
        Ok(found.iter().find(|batch| batch.num_rows() > 0).map(|row| {
            let value = |column: usize| row.column(column).as_primitive::<Int64Type>().value(0);
            (value(0), value(1))
        }))
    }

    fn scan(&self, name: &str, version: &Arc<TableVersion>) -> Result<LogicalPlanBuilder> {
        let provider = Arc::new(LakeTable::new(version.clone()));
        Ok(LogicalPlanBuilder::scan(
            name,
            provider_as_source(provider),
            None,
        )?)
    }

    fn columns(&self, table: &str) -> Vec<Expr> {
        let fields = self.schema.fields().iter();
        fields
            .map(|field| in_table(table, field.name()).alias(field.name()))
            .collect()
    }
}

fn in_table(table: &str, column: &str) -> Expr {
    Expr::Column(Column::new(Some(table), column))
}

fn not_kept(table: &TableName) -> Error {
    Error::NotKept {
        table: table.clone(),
        detail: "no version that old is kept, and its history alone does not tell the rows"
            .to_owned(),
    }
}

#[async_trait]
impl TableProvider for PastTable {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn table_type(&self) -> TableType {
        TableType::View
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> DataFusionResult<Vec<TableProviderFilterPushDown>> {
        Ok(vec![TableProviderFilterPushDown::Exact; filters.len()])
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> DataFusionResult<Arc<dyn ExecutionPlan>> {
        let plan = self
            .plan(state)
            .await
            .map_err(|error| DataFusionError::External(Box::new(error)))?;
        physical(state, plan, projection, filters, limit).await
    }
}

/// The history of a table up to a moment.
#[derive(Debug)]
pub(crate) struct PastChanges {
    history: Arc<TableVersion>,
    bound: Bound,
}

impl PastChanges {
    pub(crate) fn new(history: Arc<TableVersion>, bound: Bound) -> Self {
        Self { history, bound }
    }
}

#[async_trait]
impl TableProvider for PastChanges {
    fn schema(&self) -> SchemaRef {
        self.history.schema.clone()
    }

    fn table_type(&self) -> TableType {
        TableType::View
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> DataFusionResult<Vec<TableProviderFilterPushDown>> {
        Ok(vec![TableProviderFilterPushDown::Exact; filters.len()])
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> DataFusionResult<Arc<dyn ExecutionPlan>> {
        let provider = Arc::new(LakeTable::new(self.history.clone()));
        let plan = LogicalPlanBuilder::scan("changes", provider_as_source(provider), None)?
            .filter(self.bound.filter())?
            .build()?;
        physical(state, plan, projection, filters, limit).await
    }
}

/// The plan with what a scan asks for on top, which the optimizer then moves down.
async fn physical(
    state: &dyn Session,
    plan: LogicalPlan,
    projection: Option<&Vec<usize>>,
    filters: &[Expr],
    limit: Option<usize>,
) -> DataFusionResult<Arc<dyn ExecutionPlan>> {
    let schema = plan.schema().clone();
    let mut plan = LogicalPlanBuilder::from(plan);
    if let Some(filter) = conjunction(filters.iter().cloned()) {
        plan = plan.filter(filter)?;
    }
    if let Some(projection) = projection {
        let columns = projection.iter().map(|&column| {
            let (table, field) = schema.qualified_field(column);
            Expr::Column(Column::new(table.cloned(), field.name()))
        });
        plan = plan.project(columns)?;
    }
    plan = plan.limit(0, limit)?;
    state.create_physical_plan(&plan.build()?).await
}
