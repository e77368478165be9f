//! `COPY … TO STDOUT`: rows in bulk, as text or CSV, as `\copy` and drivers ask for them.

use std::sync::Arc;

use arrow::record_batch::RecordBatch;
use arrow_pg::encoder::encode_value;
use bytes::Bytes;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::sql::sqlparser::ast::{
    CopyLegacyCsvOption, CopyLegacyOption, CopyOption, CopySource, CopyTarget, Statement,
};
use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
use datafusion::sql::sqlparser::parser::Parser;
use futures::{StreamExt, future, stream};
use pgwire::api::results::{CopyCsvOptions, CopyEncoder, CopyResponse, CopyTextOptions, FieldInfo};
use pgwire::error::PgWireResult;
use pgwire::messages::copy::CopyData;

use super::reply;
use crate::session::Session;

/// A copy that the client asks for: the query, and how its rows are written.
#[derive(Debug, Clone)]
pub(super) struct CopyOut {
    pub(super) query: Statement,
    header: bool,
    form: Form,
}

#[derive(Debug, Clone)]
enum Form {
    Text(CopyTextOptions),
    Csv(CopyCsvOptions),
}

impl CopyOut {
    /// Reads a statement; `None` when it is no copy to the client (and so no read).
    pub(super) fn read(statement: &Statement) -> PgWireResult<Option<Self>> {
        let Statement::Copy {
            source,
            to: true,
            target: CopyTarget::Stdout,
            options,
            legacy_options,
            ..
        } = statement
        else {
            return Ok(None);
        };
        let mut header = false;
        let mut csv = false;
        let mut text_options = CopyTextOptions::default();
        let mut csv_options = CopyCsvOptions::default();
        let (mut delimiter, mut null) = (None, None);
        let mut csv_option = |option: &CopyLegacyCsvOption| match option {
            CopyLegacyCsvOption::Header => Ok(true),
            CopyLegacyCsvOption::Quote(quote) => {
                csv_options.quote = quote.to_string().into();
                Ok(false)
            }
            CopyLegacyCsvOption::Escape(escape) => {
                csv_options.escape = escape.to_string().into();
                Ok(false)
            }
            other => Err(unsupported(other)),
        };
        for option in options {
            match option {
                CopyOption::Format(name) => match name.value.to_ascii_lowercase().as_str() {
                    "csv" => csv = true,
                    "text" => csv = false,
                    _ => return Err(unsupported(option)),
                },
                CopyOption::Delimiter(character) => delimiter = Some(character.to_string()),
                CopyOption::Null(text) => null = Some(text.clone()),
                CopyOption::Header(wanted) => header = *wanted,
                CopyOption::Quote(quote) => {
                    csv_option(&CopyLegacyCsvOption::Quote(*quote))?;
                }
                CopyOption::Escape(escape) => {
                    csv_option(&CopyLegacyCsvOption::Escape(*escape))?;
                }
                CopyOption::Encoding(name) if name.eq_ignore_ascii_case("utf8") => {}
                other => return Err(unsupported(other)),
            }
        }
        for option in legacy_options {
            match option {
                CopyLegacyOption::Csv(options) => {
                    csv = true;
                    for option in options {
                        header |= csv_option(option)?;
                    }
                }
                CopyLegacyOption::Header => header = true,
                CopyLegacyOption::Delimiter(character) => delimiter = Some(character.to_string()),
                CopyLegacyOption::Null(text) => null = Some(text.clone()),
                other => return Err(unsupported(other)),
            }
        }
        if let Some(delimiter) = delimiter {
            text_options.delimiter = delimiter.as_str().into();
            csv_options.delimiter = delimiter.as_str().into();
        }
        if let Some(null) = null {
            text_options.null_string = null.as_str().into();
            csv_options.null_string = null.as_str().into();
        }
        let form = if csv {
            Form::Csv(csv_options)
        } else {
            Form::Text(text_options)
        };
        Ok(Some(Self {
            query: query(source)?,
            header,
            form,
        }))
    }

    /// The rows, as they come.
    pub(super) fn rows(
        &self,
        session: Session,
        batches: SendableRecordBatchStream,
        fields: Vec<FieldInfo>,
    ) -> CopyResponse {
        let fields = Arc::new(fields);
        let columns = fields.len();
        let header = self.header.then(|| self.header_line(&fields));
        let form = self.form.clone();
        let rows = batches.flat_map(move |batch| {
            stream::iter(match batch {
                Ok(batch) => encode(&form, &fields, &batch),
                Err(failure) => vec![Err(reply::error(&session.error(failure)))],
            })
        });
        // The header goes with the first row, as the client counts messages.
        let mut header = header;
        let rows = rows
            .map(Some)
            .chain(stream::once(future::ready(None)))
            .filter_map(move |row| {
                future::ready(match (row, header.take()) {
                    (Some(Ok(row)), Some(header)) => {
                        Some(Ok(CopyData::new([header, row.data].concat().into())))
                    }
                    (Some(row), _) => Some(row),
                    (None, header) => header.map(|header| Ok(CopyData::new(header))),
                })
            });
        CopyResponse::new(0, columns, rows)
    }

    fn header_line(&self, fields: &[FieldInfo]) -> Bytes {
        let (delimiter, quote) = match &self.form {
            Form::Text(options) => (options.delimiter.as_str(), None),
            Form::Csv(options) => (options.delimiter.as_str(), Some(options.quote.as_str())),
        };
        let names: Vec<String> = fields
            .iter()
            .map(|field| match (field.name(), quote) {
                (name, Some(quote))
                    if name.contains(delimiter) || name.contains(quote) || name.contains('\n') =>
                {
                    format!("{quote}{}{quote}", name.replace(quote, &quote.repeat(2)))
                }
                (name, _) => name.to_owned(),
            })
            .collect();
        format!("{}\n", names.join(delimiter)).into()
    }
}

fn encode(
    form: &Form,
    fields: &Arc<Vec<FieldInfo>>,
    batch: &RecordBatch,
) -> Vec<PgWireResult<CopyData>> {
    let mut encoder = match form {
        Form::Text(options) => CopyEncoder::new_text(fields.clone(), options.clone()),
        Form::Csv(options) => CopyEncoder::new_csv(fields.clone(), options.clone()),
    };
    let schema = batch.schema();
    (0..batch.num_rows())
        .map(|row| {
            for (column, array) in batch.columns().iter().enumerate() {
                encode_value(
                    &mut encoder,
                    array,
                    row,
                    schema.field(column),
                    &fields[column],
                )?;
            }
            Ok(encoder.take_copy())
        })
        .collect()
}

/// What is copied, as a query.
fn query(source: &CopySource) -> PgWireResult<Statement> {
    let text = match source {
        CopySource::Query(query) => return Ok(Statement::Query(query.clone())),
        CopySource::Table {
            table_name,
            columns,
        } if columns.is_empty() => format!("select * from {table_name}"),
        CopySource::Table {
            table_name,
            columns,
        } => {
            let columns: Vec<String> = columns.iter().map(ToString::to_string).collect();
            format!("select {} from {table_name}", columns.join(", "))
        }
    };
    Parser::parse_sql(&PostgreSqlDialect {}, &text)
        .map_err(|error| reply::refuse("42601", error.to_string()))?
        .pop()
        .ok_or_else(|| reply::refuse("42601", "nothing to copy"))
}

fn unsupported(option: impl std::fmt::Display) -> pgwire::error::PgWireError {
    reply::refuse(
        "0A000",
        format!("COPY … TO STDOUT does not support {option}; it writes text or CSV"),
    )
}
