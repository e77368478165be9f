//! Statements over the wire: the simple protocol, and the extended one with parameters.

use futures::future::BoxFuture;
use std::fmt::Debug;
use std::sync::{Arc, PoisonError};

use arrow_pg::datatypes::arrow_schema_to_pg_fields;
use async_trait::async_trait;
use datafusion::logical_expr::LogicalPlan;
use datafusion::sql::parser::Statement as DfStatement;
use datafusion::sql::sqlparser::ast::{Reset, ResetStatement, Set, Statement};
use datafusion_pg_catalog::sql::PostgresCompatibilityParser;
use futures::Sink;
use pgwire::api::portal::{Format, Portal};
use pgwire::api::query::{ExtendedQueryHandler, SimpleQueryHandler};
use pgwire::api::results::{FieldInfo, Response, Tag};
use pgwire::api::stmt::QueryParser;
use pgwire::api::store::PortalStore;
use pgwire::api::{ClientInfo, ClientPortalStore, Type};
use pgwire::error::{PgWireError, PgWireResult};
use pgwire::messages::PgWireBackendMessage;
use pgwire::messages::response::TransactionStatus;
use pgwire::types::format::FormatOptions;

use super::copy::CopyOut;
use super::parameters;
use super::reply;
use super::seat::Seat;
use crate::engine::ReadAt;
use crate::past::syntax;
use crate::reads;
use crate::session::Session;

/// What a statement asks of the door.
#[derive(Debug, Clone)]
pub(super) enum Order {
    Begin,
    Commit,
    Rollback,
    /// Something without effect on a reader, answered with its tag.
    Acknowledge(&'static str),
    Set(Box<Set>),
    /// One setting, or all of them.
    Reset(Option<String>),
    Show(String),
    Copy(Arc<CopyOut>),
    Read,
}

/// A statement that was parsed, and planned once for its description.
#[derive(Debug, Clone)]
pub(super) struct Prepared {
    statement: Arc<Statement>,
    order: Order,
    plan: Option<Arc<LogicalPlan>>,
}

pub(super) struct Statements {
    seat: Arc<Seat>,
    parser: Arc<Parser>,
}

pub(super) struct Parser {
    seat: Arc<Seat>,
    grammar: PostgresCompatibilityParser,
}

impl Statements {
    pub(super) fn new(seat: Arc<Seat>) -> Self {
        let parser = Arc::new(Parser {
            seat: seat.clone(),
            grammar: PostgresCompatibilityParser::new(),
        });
        Self { seat, parser }
    }

    /// Carries out what is not a read. `None`: it is one.
    fn obey(&self, order: &Order, status: TransactionStatus) -> PgWireResult<Option<Response>> {
        let failed = matches!(status, TransactionStatus::Error);
        Ok(Some(match order {
            Order::Commit if failed => Response::TransactionEnd(Tag::new("ROLLBACK")),
            Order::Commit => Response::TransactionEnd(Tag::new("COMMIT")),
            Order::Rollback => Response::TransactionEnd(Tag::new("ROLLBACK")),
            _ if failed => {
                return Err(reply::refuse(
                    "25P02",
                    "current transaction is aborted, commands ignored until end of transaction block",
                ));
            }
            Order::Begin => Response::TransactionStart(Tag::new("BEGIN")),
            Order::Acknowledge(tag) => Response::Execution(Tag::new(tag)),
            Order::Set(set) => {
                self.seat
                    .settings
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .set(set)?;
                Response::Execution(Tag::new("SET"))
            }
            Order::Reset(name) => {
                self.seat
                    .settings
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .reset(name.as_deref())?;
                Response::Execution(Tag::new("RESET"))
            }
            Order::Show(name) => {
                let value = self
                    .seat
                    .settings
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .show(name);
                let value = value.ok_or_else(|| {
                    reply::refuse(
                        "42704",
                        format!("unrecognized configuration parameter \"{name}\""),
                    )
                })?;
                Response::Query(reply::single(name, &value)?)
            }
            Order::Read | Order::Copy(_) => return Ok(None),
        }))
    }
}

#[async_trait]
impl SimpleQueryHandler for Statements {
    async fn do_query<C>(&self, client: &mut C, query: &str) -> PgWireResult<Vec<Response>>
    where
        C: ClientInfo + ClientPortalStore + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::PortalStore: PortalStore,
        C::Error: Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        self.seat.begin();
        let statements = self.parser.parse(query)?;
        let mut responses = Vec::with_capacity(statements.len());
        for statement in statements {
            let order = order(&statement)?;
            if let Some(response) = self.obey(&order, client.transaction_status())? {
                responses.push(response);
                continue;
            }
            let session = self.seat.session(ReadAt::Fresh).await?;
            if let Order::Copy(copy) = &order {
                responses.push(copy_out(session, copy.clone(), reply::options(client)).await?);
                continue;
            }
            let plan = plan(&session, statement).await?;
            let fields = reply::fields(plan.schema().as_arrow(), &Format::UnifiedText, client)?;
            responses.push(run(session, plan, fields).await?);
        }
        if responses.is_empty() {
            responses.push(Response::EmptyQuery);
        }
        Ok(responses)
    }
}

#[async_trait]
impl ExtendedQueryHandler for Statements {
    type Statement = Prepared;
    type QueryParser = Parser;

    fn query_parser(&self) -> Arc<Self::QueryParser> {
        self.parser.clone()
    }

    async fn do_query<C>(
        &self,
        client: &mut C,
        portal: &Portal<Prepared>,
        _: usize,
    ) -> PgWireResult<Response>
    where
        C: ClientInfo + ClientPortalStore + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::PortalStore: PortalStore<Statement = Prepared>,
        C::Error: Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        self.seat.begin();
        let prepared = &portal.statement.statement;
        if let Some(response) = self.obey(&prepared.order, client.transaction_status())? {
            return Ok(response);
        }
        // Planned anew: the snapshot and the rights are those of now, not of when it was prepared.
        let session = self.seat.session(ReadAt::Fresh).await?;
        if let Order::Copy(copy) = &prepared.order {
            return copy_out(session, copy.clone(), reply::options(client)).await;
        }
        let plan = plan(&session, (*prepared.statement).clone()).await?;
        let described = prepared.plan.as_ref().map(|plan| plan.schema().clone());
        if described.is_some_and(|described| {
            described
                .has_equivalent_names_and_types(plan.schema())
                .is_err()
        }) {
            return Err(reply::refuse(
                "0A000",
                "cached plan must not change result type",
            ));
        }
        let plan = parameters::bind(&session, plan, portal)?;
        let fields = reply::fields(
            plan.schema().as_arrow(),
            &portal.result_column_format,
            client,
        )?;
        run(session, plan, fields).await
    }
}

#[async_trait]
impl QueryParser for Parser {
    type Statement = Prepared;

    async fn parse_sql<C>(
        &self,
        _: &C,
        sql: &str,
        _: &[Option<Type>],
    ) -> PgWireResult<Option<Prepared>>
    where
        C: ClientInfo + Unpin + Send + Sync,
    {
        let mut statements = self.parse(sql)?;
        if statements.len() > 1 {
            return Err(reply::refuse(
                "42601",
                "cannot insert multiple commands into a prepared statement",
            ));
        }
        let Some(statement) = statements.pop() else {
            return Ok(None);
        };
        let order = order(&statement)?;
        let plan = match order {
            Order::Read => {
                let session = self.seat.session(ReadAt::Latest).await?;
                Some(Arc::new(plan(&session, statement.clone()).await?))
            }
            _ => None,
        };
        Ok(Some(Prepared {
            statement: Arc::new(statement),
            order,
            plan,
        }))
    }

    fn get_parameter_types(&self, prepared: &Prepared) -> PgWireResult<Vec<Type>> {
        prepared
            .plan
            .as_ref()
            .map_or(Ok(vec![]), |plan| parameters::wire_types(plan))
    }

    fn get_result_schema(
        &self,
        prepared: &Prepared,
        format: Option<&Format>,
    ) -> PgWireResult<Vec<FieldInfo>> {
        let format = format.unwrap_or(&Format::UnifiedText);
        match (&prepared.plan, &prepared.order) {
            (Some(plan), _) => arrow_schema_to_pg_fields(plan.schema().as_arrow(), format, None),
            (None, Order::Show(name)) => Ok(vec![reply::single_field(name)]),
            (None, _) => Ok(vec![]),
        }
    }
}

impl Parser {
    fn parse(&self, sql: &str) -> PgWireResult<Vec<Statement>> {
        let sql = {
            let settings = self.seat.settings.lock();
            let settings = settings.unwrap_or_else(PoisonError::into_inner);
            syntax::rewrite(sql, settings.time_zone())?
        };
        self.grammar
            .parse(&sql)
            .map_err(|error| reply::refuse("42601", error.to_string()))
    }
}

/// Sorts a statement, and refuses what is neither a read nor harmless.
fn order(statement: &Statement) -> PgWireResult<Order> {
    Ok(match statement {
        Statement::StartTransaction { .. } => Order::Begin,
        Statement::Commit { .. } => Order::Commit,
        Statement::Rollback {
            savepoint: None, ..
        } => Order::Rollback,
        Statement::Rollback { .. } => Order::Acknowledge("ROLLBACK"),
        Statement::Savepoint { .. } => Order::Acknowledge("SAVEPOINT"),
        Statement::ReleaseSavepoint { .. } => Order::Acknowledge("RELEASE"),
        Statement::Deallocate { .. } => Order::Acknowledge("DEALLOCATE"),
        Statement::Discard { .. } => Order::Acknowledge("DISCARD ALL"),
        Statement::Set(set) => Order::Set(Box::new(set.clone())),
        Statement::Reset(ResetStatement { reset }) => Order::Reset(match reset {
            Reset::ALL => None,
            Reset::ConfigurationParameter(name) => Some(name.to_string().to_ascii_lowercase()),
        }),
        Statement::ShowVariable { variable } => {
            let name = variable
                .iter()
                .map(|word| word.value.to_ascii_lowercase())
                .collect::<Vec<_>>()
                .join(" ");
            if matches!(name.as_str(), "tables" | "all") {
                Order::Read
            } else {
                Order::Show(name)
            }
        }
        other => match CopyOut::read(other)? {
            Some(copy) => {
                reads::check_statement(&copy.query)?;
                Order::Copy(Arc::new(copy))
            }
            None => {
                reads::check_statement(other)?;
                Order::Read
            }
        },
    })
}

fn plan<'a>(
    session: &'a Session,
    statement: Statement,
) -> BoxFuture<'a, PgWireResult<LogicalPlan>> {
    Box::pin(async move {
        Ok(session
            .plan_statement(DfStatement::Statement(Box::new(statement)))
            .await?)
    })
}

fn run(
    session: Session,
    plan: LogicalPlan,
    fields: Vec<FieldInfo>,
) -> BoxFuture<'static, PgWireResult<Response>> {
    Box::pin(async move {
        let frame = session.frame(plan).await?;
        let stream = session.stream_frame(frame).await?;
        Ok(Response::Query(reply::rows(session, stream, fields)))
    })
}

fn copy_out(
    session: Session,
    copy: Arc<CopyOut>,
    options: Arc<FormatOptions>,
) -> BoxFuture<'static, PgWireResult<Response>> {
    Box::pin(async move {
        let plan = plan(&session, copy.query.clone()).await?;
        let fields = arrow_schema_to_pg_fields(
            plan.schema().as_arrow(),
            &Format::UnifiedText,
            Some(options),
        )?;
        let frame = session.frame(plan).await?;
        let stream = session.stream_frame(frame).await?;
        Ok(Response::CopyOut(copy.rows(session, stream, fields)))
    })
}
