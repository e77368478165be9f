//! SQL over the lake, within the caller's rights.

use axum::{Json, extract::State};
use basalt_query::{QueryResult, ReadAt};
use basalt_warehouse::Lsn;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::{
    App,
    caller::Caller,
    input::Body,
    problem::{Problem, Result, Text},
};

const DEFAULT_ROWS: u32 = 1_000;
const MOST_ROWS: u32 = 10_000;

#[derive(Deserialize, ToSchema)]
pub struct SqlRequest {
    /// One reading statement.
    #[schema(examples("select region, sum(revenue) from mart.customer group by region"))]
    sql: String,
    /// Wait until the lake shows this position (the `Basalt-Lsn` of a write). Without: everything committed until now.
    min_lsn: Option<String>,
    /// All tables as of a moment of the past: an instant (ISO 8601; without an offset in UTC) or a log position. Rights are
    /// those of now. Single tables: `FROM crm.customer FOR SYSTEM_TIME AS OF TIMESTAMP '…'` (or `LSN '…'`), `FOR VERSION AS OF 12`.
    #[schema(examples("2026-03-01T00:00:00Z"))]
    as_of: Option<String>,
    /// Rows returned at most.
    #[schema(default = 1000, minimum = 1, maximum = 10000)]
    limit: Option<u32>,
}

#[derive(Serialize, ToSchema)]
pub struct SqlAnswer {
    columns: Vec<SqlColumn>,
    /// Decimals are strings, dates and instants ISO 8601.
    #[schema(value_type = Vec<Vec<Object>>)]
    rows: Vec<Value>,
    /// The answer shows every change up to here.
    lsn: String,
    elapsed_ms: f64,
    /// There are more rows than `limit`.
    truncated: bool,
}

#[derive(Serialize, ToSchema)]
pub struct SqlColumn {
    name: String,
    r#type: String,
}

/// Run SQL
#[utoipa::path(post, path = "/api/v1/sql", operation_id = "run_sql", tag = "analytics", request_body = SqlRequest, responses((status = 200, body = SqlAnswer)))]
pub async fn run(
    State(app): State<App>,
    caller: Caller,
    Body(request): Body<SqlRequest>,
) -> Result<Json<SqlAnswer>> {
    caller.needs_scope("sql")?;
    let rows = request.limit.unwrap_or(DEFAULT_ROWS);
    if !(1..=MOST_ROWS).contains(&rows) {
        return Err(Problem::invalid(
            "limit",
            Text::new(
                format!("limit must be 1 to {MOST_ROWS}."),
                format!("limit 须为 1 到 {MOST_ROWS}。"),
            ),
        ));
    }
    let at = match (&request.min_lsn, &request.as_of) {
        (None, None) => ReadAt::Fresh,
        (Some(lsn), None) => read_at(lsn)?,
        (None, Some(moment)) => past(moment)?,
        (Some(_), Some(_)) => {
            return Err(Problem::invalid(
                "as_of",
                Text::new(
                    "as_of and min_lsn exclude each other: the past waits for nothing.",
                    "as_of 与 min_lsn 不能同时使用：查询过去无需等待。",
                ),
            ));
        }
    };
    let session = app.analysis()?.engine.session(&caller, at).await?;
    let result = session.collect_first(&request.sql, rows as usize).await?;
    Ok(Json(answer(&result)?))
}

fn read_at(lsn: &str) -> Result<ReadAt> {
    let wrong = |_| {
        Problem::invalid(
            "min_lsn",
            Text::new(
                "min_lsn must look like 16/B374D848.",
                "min_lsn 的格式应为 16/B374D848。",
            ),
        )
    };
    lsn.parse::<Lsn>().map(ReadAt::AtLeast).map_err(wrong)
}

/// A moment of the past, as parameters name it.
pub fn past(moment: &str) -> Result<ReadAt> {
    let at = basalt_query::past::moment::read(moment, "UTC").map_err(Problem::from)?;
    Ok(ReadAt::Past(at))
}

fn answer(result: &QueryResult) -> Result<SqlAnswer> {
    let columns = result
        .schema
        .fields()
        .iter()
        .map(|field| SqlColumn {
            name: field.name().clone(),
            r#type: field.data_type().to_string(),
        })
        .collect();
    Ok(SqlAnswer {
        columns,
        rows: result.to_json_rows()?,
        lsn: result.lsn.to_string(),
        elapsed_ms: result.elapsed.as_secs_f64() * 1e3,
        truncated: result.truncated,
    })
}
