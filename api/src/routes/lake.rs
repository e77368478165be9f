//! How the lake stands: tables, sizes, positions, and how far it is behind.

use axum::{Json, extract::State};
use basalt_model::Principal;
use basalt_oltp::retention;
use basalt_query::ReadAt;
use basalt_warehouse::TableStatus;
use serde::Serialize;
use sqlx::Row;
use utoipa::ToSchema;

use crate::{
    App,
    caller::Admin,
    problem::{Problem, Result},
};

#[derive(Serialize, ToSchema)]
pub struct LakeStatus {
    /// `starting`, `copying`, `streaming`, `paused`, `failed` or `stopped`.
    phase: String,
    /// Why capture is paused or failed.
    detail: Option<String>,
    /// Position up to which changes have arrived.
    received: String,
    /// Position up to which changes can be queried.
    visible: String,
    /// Position up to which changes are in Delta files and given back to Postgres.
    acknowledged: String,
    /// Bytes of log that Postgres keeps for the lake.
    lag_bytes: u64,
    tables: Vec<LakeTable>,
    errors: Vec<LakeTrouble>,
}

#[derive(Serialize, ToSchema)]
pub struct LakeTable {
    name: String,
    key: Vec<String>,
    rows: u64,
    /// Rows that wait in memory for the next flush.
    hot_rows: u64,
    /// Rows in files that are gone.
    dead_rows: u64,
    files: usize,
    bytes: u64,
    /// How files take dead rows: `cow` rewrites them, `mor` lists the rows in deletion vectors.
    profile: &'static str,
    history_rows: u64,
    history_bytes: u64,
    /// Version of the Delta log.
    delta_version: u64,
    /// Changes up to here are in the lake; none before the initial copy.
    lsn: Option<String>,
    /// Changes up to here are in Delta files.
    durable_lsn: Option<String>,
    /// Bytes of log between the two.
    lag_bytes: u64,
    /// Why the table can't be written; it is still served.
    error: Option<String>,
    /// Why its content is out of date until it is copied anew.
    stale: Option<String>,
}

/// A difficulty that was not made good yet.
#[derive(Serialize, ToSchema)]
pub struct LakeTrouble {
    /// Without: it concerns the lake or the capture as a whole.
    table: Option<String>,
    /// `write`, `manifest`, `upkeep`, `erase` of the lake; `capture`, `stale`, `warning` on the way into it.
    what: &'static str,
    message: String,
}

impl LakeTable {
    fn of(table: TableStatus) -> Self {
        let lag_bytes = table.lag_bytes();
        Self {
            name: table.name.to_string(),
            key: table.key,
            rows: table.rows,
            hot_rows: table.hot_rows,
            dead_rows: table.dead_rows,
            files: table.files,
            bytes: table.bytes,
            profile: table.profile.word(),
            history_rows: table.history_rows,
            history_bytes: table.history_bytes,
            delta_version: table.delta_version,
            lsn: table.lsn.map(|lsn| lsn.to_string()),
            durable_lsn: table.durable_lsn.map(|lsn| lsn.to_string()),
            lag_bytes,
            error: table.error,
            stale: table.stale,
        }
    }
}

/// State of the lake
#[utoipa::path(get, path = "/api/v1/lake/status", operation_id = "lake_status", tag = "lake", responses((status = 200, body = LakeStatus)))]
pub async fn status(State(app): State<App>, _admin: Admin) -> Result<Json<LakeStatus>> {
    let analysis = app.analysis()?;
    let capture = analysis.capture.status();
    let (phase, detail) = crate::services::phase_words(&capture.phase);
    let tables = analysis.lake.status().into_iter();
    let of_lake = analysis.lake.errors().into_iter().map(|e| LakeTrouble {
        table: e.table.map(|table| table.to_string()),
        what: e.what,
        message: e.message,
    });
    let of_capture = crate::services::troubles(&capture, detail.as_ref());
    let of_capture = of_capture.into_iter().map(|t| LakeTrouble {
        table: t.table.map(|table| table.to_string()),
        what: t.what,
        message: t.message,
    });
    Ok(Json(LakeStatus {
        errors: of_lake.chain(of_capture).collect(),
        tables: tables.map(LakeTable::of).collect(),
        lag_bytes: analysis.lake.lake_status().await.lag_bytes,
        phase: phase.to_owned(),
        detail,
        received: capture.received.to_string(),
        visible: capture.visible.to_string(),
        acknowledged: capture.acknowledged.to_string(),
    }))
}

#[derive(Serialize, ToSchema)]
pub struct LakeVerification {
    /// All tables are equal.
    equal: bool,
    tables: Vec<VerifiedTable>,
    /// Position the lake was read at.
    lsn: String,
}

#[derive(Serialize, ToSchema)]
pub struct VerifiedTable {
    name: String,
    equal: bool,
    records: TableSums,
    lake: TableSums,
}

/// Every missed row changes the count or the ids, every missed change the versions.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct TableSums {
    rows: i64,
    ids: i64,
    versions: i64,
}

/// While people write, the two sides may be read at slightly different moments; then they are read again.
const ATTEMPTS: usize = 3;

/// Compare the lake with the records
///
/// Counts of rows and sums of ids and versions of every business table, recycled rows left out.
#[utoipa::path(get, path = "/api/v1/lake/verify", operation_id = "verify_lake", tag = "lake", responses((status = 200, body = LakeVerification)))]
pub async fn verify(State(app): State<App>, _admin: Admin) -> Result<Json<LakeVerification>> {
    let mut verified = compare(&app).await?;
    for _ in 1..ATTEMPTS {
        if verified.equal {
            break;
        }
        verified = compare(&app).await?;
    }
    Ok(Json(verified))
}

async fn compare(app: &App) -> Result<LakeVerification> {
    let mut records = Vec::new();
    for object in app.db().dictionary().objects() {
        // What has left Postgres is not compared.
        let first_id = match object.retained {
            true => retention::first_id(app.db(), object).await?,
            false => None,
        };
        let sums = sums_statement(&object.table, first_id);
        let row = sqlx::query(sqlx::AssertSqlSafe(sums.as_str()))
            .fetch_one(app.db().pool())
            .await
            .map_err(Problem::internal)?;
        let of_records = TableSums {
            rows: row.get(0),
            ids: row.get(1),
            versions: row.get(2),
        };
        records.push((format!("crm.{}", object.table), sums, of_records));
    }
    let session = app
        .analysis()?
        .engine
        .session(&Principal::system(), ReadAt::Fresh)
        .await?;
    let mut tables = Vec::new();
    for (name, sums, of_records) in records {
        let rows = session.collect(&sums).await?.to_json_rows()?;
        let number = |column: usize| {
            rows.first()
                .and_then(|row| row[column].as_i64())
                .unwrap_or_default()
        };
        let lake = TableSums {
            rows: number(0),
            ids: number(1),
            versions: number(2),
        };
        tables.push(VerifiedTable {
            name,
            equal: of_records == lake,
            records: of_records,
            lake,
        });
    }
    Ok(LakeVerification {
        equal: tables.iter().all(|table| table.equal),
        tables,
        lsn: session.lsn().to_string(),
    })
}

/// The same words for both engines. Table names come from the dictionary, which admits only plain ones.
fn sums_statement(table: &str, first_id: Option<i64>) -> String {
    let from = first_id.map_or_else(String::new, |id| format!(" and id >= {id}"));
    format!(
        "select count(*), cast(coalesce(sum(id), 0) as bigint), cast(coalesce(sum(version), 0) as bigint) from crm.{table} where deleted_at is null{from}"
    )
}
