//! What goes back over the wire: rows, and errors with their SQLSTATE.

use std::sync::Arc;

use arrow::datatypes::Schema;
use arrow_pg::datatypes::arrow_schema_to_pg_fields;
use arrow_pg::encode_recordbatch;
use datafusion::execution::SendableRecordBatchStream;
use futures::{StreamExt, stream};
use pgwire::api::portal::Format;
use pgwire::api::results::{DataRowEncoder, FieldFormat, FieldInfo, QueryResponse};
use pgwire::api::{ClientInfo, Type};
use pgwire::error::{ErrorInfo, PgWireError, PgWireResult};
use pgwire::messages::data::DataRow;
use pgwire::types::format::FormatOptions;

use crate::error::Error;
use crate::session::Session;

/// The wire's description of columns.
pub(super) fn fields(
    schema: &Schema,
    format: &Format,
    client: &impl ClientInfo,
) -> PgWireResult<Vec<FieldInfo>> {
    arrow_schema_to_pg_fields(schema, format, Some(options(client)))
}

/// How the client wants values written.
pub(super) fn options(client: &impl ClientInfo) -> Arc<FormatOptions> {
    Arc::new(FormatOptions::from_client_metadata(client.metadata()))
}

/// Rows as they come. The stream keeps its session, whose catalog `pg_catalog` reads lazily.
pub(super) fn rows(
    session: Session,
    stream: SendableRecordBatchStream,
    fields: Vec<FieldInfo>,
) -> QueryResponse {
    type Rows = Box<dyn Iterator<Item = PgWireResult<DataRow>> + Send + Sync>;
    let fields = Arc::new(fields);
    let described = fields.clone();
    let rows = stream.map(move |batch| {
        let rows: Rows = match batch {
            Ok(batch) => encode_recordbatch(fields.clone(), batch),
            Err(failure) => Box::new(std::iter::once(Err(error(&session.error(failure))))),
        };
        stream::iter(rows)
    });
    QueryResponse::new(described, rows.flatten())
}

/// One row with one text, as SHOW gives it.
pub(super) fn single(name: &str, value: &str) -> PgWireResult<QueryResponse> {
    let fields = Arc::new(vec![single_field(name)]);
    let mut encoder = DataRowEncoder::new(fields.clone());
    encoder.encode_field(&Some(value))?;
    let row = encoder.take_row();
    Ok(QueryResponse::new(
        fields,
        stream::once(async move { Ok(row) }),
    ))
}

pub(super) fn single_field(name: &str) -> FieldInfo {
    FieldInfo::new(name.to_owned(), None, None, Type::TEXT, FieldFormat::Text)
}

pub(super) fn error(error: &Error) -> PgWireError {
    let message = match error {
        // Not for clients: may name files.
        Error::Internal(detail) => {
            tracing::error!(detail, "a query failed inside");
            "the query failed inside the server; the log says why".to_owned()
        }
        Error::Lake(detail) => {
            tracing::error!(%detail, "a query failed in the lake");
            "the lake could not be read; the log says why".to_owned()
        }
        other => other.to_string(),
    };
    user_error("ERROR", sqlstate(error), message)
}

pub(super) fn fatal(sqlstate: &str, message: impl Into<String>) -> PgWireError {
    user_error("FATAL", sqlstate, message)
}

pub(super) fn refuse(sqlstate: &str, message: impl Into<String>) -> PgWireError {
    user_error("ERROR", sqlstate, message)
}

fn user_error(severity: &str, sqlstate: &str, message: impl Into<String>) -> PgWireError {
    PgWireError::UserError(Box::new(ErrorInfo::new(
        severity.to_owned(),
        sqlstate.to_owned(),
        message.into(),
    )))
}

/// Finer than the error's own: clients tell missing tables from syntax errors by it.
fn sqlstate(error: &Error) -> &'static str {
    match error {
        Error::Invalid(message) if message.starts_with("table '") => "42P01",
        Error::Invalid(message) if message.starts_with("No field named") => "42703",
        Error::Invalid(message) if message.starts_with("Invalid function") => "42883",
        Error::Execution(message) if message.contains("Divide by zero") => "22012",
        other => other.sqlstate(),
    }
}
