//! The rows of a report's query: from SQL or from an analysis, as typed values by column name.

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Date32Type, Float64Type};
use basalt_query::Session;
use basalt_query::analysis::cohort::{self, RetentionRequest};
use chrono::NaiveDate;

use crate::Error;
use crate::definition::{Analysis, Query};
use crate::report::Value;

/// Rows with named columns.
#[derive(Debug, Clone, Default)]
pub struct Dataset {
    columns: Vec<String>,
    pub rows: Vec<Vec<Value>>,
}

impl Dataset {
    /// Runs the query as the session's principal; `today` ends what an analysis knows.
    pub async fn of(query: &Query, session: &Session, today: NaiveDate) -> Result<Self, Error> {
        match query {
            Query::Sql { sql } => {
                let result = session.collect(sql).await?;
                let columns = result
                    .schema
                    .fields()
                    .iter()
                    .map(|field| field.name().clone())
                    .collect();
                let mut rows = Vec::with_capacity(result.row_count());
                for batch in &result.batches {
                    append(batch, &mut rows)?;
                }
                Ok(Self { columns, rows })
            }
            Query::Analysis {
                analysis: Analysis::Retention,
                months,
            } => {
                let request = RetentionRequest {
                    as_of: today,
                    months: *months,
                };
                Ok(Self::retention(
                    &cohort::retention(session, &request).await?,
                ))
            }
        }
    }

    /// The position of a column.
    pub fn column(&self, name: &str) -> Result<usize, Error> {
        self.columns
            .iter()
            .position(|column| column == name)
            .ok_or_else(|| {
                Error::Definition(format!(
                    "the query has no column {name}; it has {}",
                    self.columns.join(", ")
                ))
            })
    }

    fn retention(retention: &cohort::Retention) -> Self {
        let columns = [
            "month",
            "customers",
            "months_since",
            "active",
            "rate",
            "revenue",
        ]
        .map(str::to_owned)
        .to_vec();
        let rows = retention
            .cohorts
            .iter()
            .flat_map(|cohort| {
                cohort.cells.iter().map(|cell| {
                    vec![
                        Value::Date(cohort.month),
                        Value::Number(cohort.customers as f64),
                        Value::Number(f64::from(cell.months_since)),
                        Value::Number(cell.customers as f64),
                        Value::Number(cell.rate),
                        Value::Number(cell.revenue),
                    ]
                })
            })
            .collect();
        Self { columns, rows }
    }
}

fn append(batch: &RecordBatch, rows: &mut Vec<Vec<Value>>) -> Result<(), Error> {
    let columns = batch
        .columns()
        .iter()
        .map(|column| values(column.as_ref()))
        .collect::<Result<Vec<_>, _>>()?;
    let mut columns: Vec<_> = columns.into_iter().map(Vec::into_iter).collect();
    rows.extend((0..batch.num_rows()).map(|_| {
        columns
            .iter_mut()
            .map(|column| column.next().unwrap_or(Value::Nothing))
            .collect::<Vec<_>>()
    }));
    Ok(())
}

/// Numbers of every kind become doubles, dates and instants dates, the rest text.
fn values(column: &dyn Array) -> Result<Vec<Value>, Error> {
    let data_type = column.data_type();
    let failed = |error: arrow::error::ArrowError| {
        Error::Render(format!("cannot read a query's result: {error}"))
    };
    Ok(match data_type {
        DataType::Date32 | DataType::Date64 | DataType::Timestamp(_, _) => {
            let days = cast(column, &DataType::Date32).map_err(failed)?;
            let days = days.as_primitive::<Date32Type>();
            days.iter()
                .map(|day| {
                    day.and_then(Date32Type::to_naive_date_opt)
                        .map_or(Value::Nothing, Value::Date)
                })
                .collect()
        }
        numeric if numeric.is_numeric() => {
            let numbers = cast(column, &DataType::Float64).map_err(failed)?;
            let numbers = numbers.as_primitive::<Float64Type>();
            numbers
                .iter()
                .map(|number| number.map_or(Value::Nothing, Value::Number))
                .collect()
        }
        DataType::Null => vec![Value::Nothing; column.len()],
        _ => {
            let texts = cast(column, &DataType::Utf8).map_err(failed)?;
            let texts = texts.as_string::<i32>();
            texts
                .iter()
                .map(|text| text.map_or(Value::Nothing, |text| Value::Text(text.to_owned())))
                .collect()
        }
    })
}

#[cfg(test)]
impl Dataset {
    /// Rows at hand, for tests of the layout.
    pub fn at_hand(columns: &[&str], rows: Vec<Vec<Value>>) -> Self {
        Self {
            columns: columns.iter().map(|column| (*column).to_owned()).collect(),
            rows,
        }
    }
}
