//! A session: one reader's view of one snapshot.
//!
//! The methods give boxed futures: that such a deep future is `Send` is proved here, once, and not
//! again by every caller, which would multiply the compile time of all crates above.

use futures::future::BoxFuture;
use std::sync::Arc;
use std::time::Duration;

use arrow::record_batch::RecordBatch;
use basalt_model::Dictionary;
use basalt_model::policy::Principal;
use basalt_warehouse::{AsOf, Lsn};
use chrono::{DateTime, Utc};
use datafusion::config::ConfigOptions;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::{DataFrame, SessionContext};
use datafusion::sql::parser::Statement;
use futures::StreamExt;
use tokio_util::sync::CancellationToken;

use crate::engine::EngineConfig;
use crate::error::{Error, Result};
use crate::limits::Limits;
use crate::past::syntax;
use crate::reads;
use crate::result::QueryResult;

/// A reader's session, bound to one snapshot: every statement sees all tables at the same position.
///
/// Dropping a running future or stream stops its work.
pub struct Session {
    context: SessionContext,
    lsn: Lsn,
    as_of: Option<AsOf>,
    principal: Principal,
    dictionary: Arc<Dictionary>,
    config: EngineConfig,
    timeout: Duration,
    cancel: CancellationToken,
}

impl Session {
    pub(crate) fn new(
        context: SessionContext,
        lsn: Lsn,
        principal: Principal,
        dictionary: Arc<Dictionary>,
        config: EngineConfig,
    ) -> Self {
        let timeout = config.query_timeout;
        Self {
            context,
            lsn,
            as_of: None,
            principal,
            dictionary,
            config,
            timeout,
            cancel: CancellationToken::new(),
        }
    }

    pub(crate) fn with_as_of(mut self, as_of: Option<AsOf>) -> Self {
        self.as_of = as_of;
        self
    }

    /// The moment of the past that this session shows; `None`: it shows what is now.
    pub fn as_of(&self) -> Option<AsOf> {
        self.as_of
    }

    /// The same as an instant, when it was asked for as one.
    pub fn past_instant(&self) -> Option<DateTime<Utc>> {
        match self.as_of {
            Some(AsOf::Instant(instant)) => Some(instant),
            _ => None,
        }
    }

    /// The position of the log up to which this session sees every change, and none after.
    pub fn lsn(&self) -> Lsn {
        self.lsn
    }

    /// DataFusion's context over the reader's tables. Plans made here obey the policy; the limits of
    /// time and rows hold only for what runs through this session's own methods.
    pub fn context(&self) -> &SessionContext {
        &self.context
    }

    pub fn principal(&self) -> &Principal {
        &self.principal
    }

    pub fn dictionary(&self) -> &Arc<Dictionary> {
        &self.dictionary
    }

    /// Shortens the time limit of what this session runs; it can't be lengthened.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout.min(self.config.query_timeout);
        self
    }

    /// Lets `cancel` end whatever this session runs.
    #[must_use]
    pub fn with_cancel(mut self, cancel: CancellationToken) -> Self {
        self.cancel = cancel;
        self
    }

    /// Plans one reading statement.
    ///
    /// # Errors
    /// [`Error::Refused`] for anything but a read, [`Error::Invalid`] for SQL that does not fit.
    pub fn sql<'a>(&'a self, sql: &'a str) -> BoxFuture<'a, Result<DataFrame>> {
        Box::pin(async move {
            let state = self.context.state();
            let options = state.config().options();
            let dialect = options.sql_parser.dialect;
            let zone = options.execution.time_zone.as_deref().unwrap_or("UTC");
            let sql = syntax::rewrite(sql, zone)?;
            let statement = state
                .sql_to_statement(&sql, &dialect)
                .map_err(|error| self.error(error))?;
            let plan = self.plan_statement(statement).await?;
            self.frame(plan).await
        })
    }

    /// The rows of one statement, all of them.
    ///
    /// # Errors
    /// [`Error::RowLimit`] when there are more than the engine's `max_rows`; see
    /// [`collect_first`](Self::collect_first) for a page of a larger result.
    pub fn collect<'a>(&'a self, sql: &'a str) -> BoxFuture<'a, Result<QueryResult>> {
        Box::pin(async move {
            let limits = self.limits(self.config.max_rows);
            let frame = self.under(&limits, self.sql(sql)).await??;
            self.gather(frame, &limits, None).await
        })
    }

    /// At most `rows` rows of one statement; the result says when there were more.
    pub fn collect_first<'a>(
        &'a self,
        sql: &'a str,
        rows: usize,
    ) -> BoxFuture<'a, Result<QueryResult>> {
        Box::pin(async move {
            let limits = self.limits(self.config.max_rows.max(rows));
            let frame = self.under(&limits, self.sql(sql)).await??;
            self.gather(frame, &limits, Some(rows.min(self.config.max_rows)))
                .await
        })
    }

    /// The rows of a plan made on this session's context, under the same limits.
    pub fn collect_frame<'a>(&'a self, frame: DataFrame) -> BoxFuture<'a, Result<QueryResult>> {
        Box::pin(async move {
            self.gather(frame, &self.limits(self.config.max_rows), None)
                .await
        })
    }

    /// Batches as they come, under the limits of time and rows.
    pub fn stream<'a>(&'a self, sql: &'a str) -> BoxFuture<'a, Result<SendableRecordBatchStream>> {
        Box::pin(async move {
            let limits = self.limits(self.config.max_rows);
            let frame = self.under(&limits, self.sql(sql)).await??;
            self.start(frame, &limits).await
        })
    }

    /// Like [`stream`](Self::stream), for a plan made on this session's context.
    pub fn stream_frame<'a>(
        &'a self,
        frame: DataFrame,
    ) -> BoxFuture<'a, Result<SendableRecordBatchStream>> {
        Box::pin(async move { self.start(frame, &self.limits(self.config.max_rows)).await })
    }

    /// Sorts an error of DataFusion, for callers that run frames or streams themselves.
    pub fn error(&self, error: datafusion::error::DataFusionError) -> Error {
        Error::from_engine(error, self.config.memory_limit)
    }

    /// Plans one parsed statement, if it is a read.
    pub(crate) fn plan_statement<'a>(
        &'a self,
        statement: Statement,
    ) -> BoxFuture<'a, Result<LogicalPlan>> {
        Box::pin(async move {
            reads::check_df_statement(&statement)?;
            let state = self.context.state();
            let plan = state
                .statement_to_plan(statement)
                .await
                .map_err(|error| self.error(error))?;
            reads::check_plan(&plan)?;
            Ok(plan)
        })
    }

    pub(crate) fn frame<'a>(&'a self, plan: LogicalPlan) -> BoxFuture<'a, Result<DataFrame>> {
        Box::pin(async move {
            self.context
                .execute_logical_plan(plan)
                .await
                .map_err(|error| self.error(error))
        })
    }

    /// Changes settings of this session alone.
    pub(crate) fn adjust(&self, change: impl FnOnce(&mut ConfigOptions)) {
        change(self.context.state_ref().write().config_mut().options_mut());
    }

    fn limits(&self, max_rows: usize) -> Limits {
        Limits::new(self.timeout, max_rows, self.cancel.clone())
    }

    async fn under<F: Future>(&self, limits: &Limits, work: F) -> Result<F::Output> {
        limits
            .run(work)
            .await
            .map_err(|stop| self.error(stop.into()))
    }

    fn start<'a>(
        &'a self,
        frame: DataFrame,
        limits: &'a Limits,
    ) -> BoxFuture<'a, Result<SendableRecordBatchStream>> {
        Box::pin(async move {
            let stream = self
                .under(limits, frame.execute_stream())
                .await?
                .map_err(|error| self.error(error))?;
            Ok(limits.guard(stream))
        })
    }

    fn gather<'a>(
        &'a self,
        frame: DataFrame,
        limits: &'a Limits,
        first: Option<usize>,
    ) -> BoxFuture<'a, Result<QueryResult>> {
        Box::pin(async move {
            let frame = match first {
                Some(rows) => frame
                    .limit(0, Some(rows + 1))
                    .map_err(|error| self.error(error))?,
                None => frame,
            };
            let schema = Arc::new(frame.schema().as_arrow().clone());
            let mut stream = self.start(frame, limits).await?;
            let mut batches = Vec::new();
            while let Some(batch) = stream.next().await {
                batches.push(batch.map_err(|error| self.error(error))?);
            }
            let truncated = first.is_some_and(|rows| cut(&mut batches, rows));
            Ok(QueryResult {
                schema,
                batches,
                lsn: self.lsn,
                elapsed: limits.started.elapsed(),
                truncated,
            })
        })
    }
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session")
            .field("lsn", &self.lsn)
            .field("principal", &self.principal.login)
            .finish_non_exhaustive()
    }
}

/// Keeps the first `rows` rows; says whether any were left off.
fn cut(batches: &mut Vec<RecordBatch>, rows: usize) -> bool {
    let total: usize = batches.iter().map(RecordBatch::num_rows).sum();
    let mut left = rows;
    batches.retain_mut(|batch| {
        let keep = left.min(batch.num_rows());
        left -= keep;
        *batch = batch.slice(0, keep);
        keep > 0
    });
    total > rows
}
