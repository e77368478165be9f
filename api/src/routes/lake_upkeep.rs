//! What administrators decide about a table of the lake: how it takes dead rows, how its rows are
//! ordered, and when it is put in order.

use axum::{Json, extract::State, http::StatusCode};
use basalt_oltp::audit;
use basalt_warehouse::{Compaction, Error as LakeError, Profile, TableName};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::{
    App,
    caller::{Admin, Caller},
    input::{Body, Path},
    problem::{Problem, Result, Text},
};

#[derive(Clone, Copy, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum LakeProfile {
    /// Files that lost rows are rewritten: every engine reads the table.
    Cow,
    /// Dead rows are listed in deletion vectors: cheap to write.
    Mor,
    /// Basalt chooses: as it is now, and `mor` once the table rewrites ten times what it is given.
    Auto,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetLakeProfile {
    profile: LakeProfile,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LakeClustering {
    /// The columns that most filters ask for, time first; none: by key alone.
    columns: Vec<String>,
}

#[derive(Serialize, ToSchema)]
pub struct LakeCompaction {
    files_removed: usize,
    files_added: usize,
    /// Rows written.
    rows: u64,
    /// Dead rows left out.
    dead_rows: u64,
    bytes: u64,
    elapsed_ms: f64,
}

/// Choose how a table of the lake takes dead rows
#[utoipa::path(put, path = "/api/v1/lake/tables/{table}/profile", operation_id = "set_lake_profile", tag = "lake", params(("table" = String, Path, description = "As `schema.table`")), request_body = SetLakeProfile, responses((status = 204)))]
pub async fn set_profile(
    State(app): State<App>,
    Admin(caller): Admin,
    Path(table): Path<String>,
    Body(SetLakeProfile { profile }): Body<SetLakeProfile>,
) -> Result<StatusCode> {
    let table = named(&table)?;
    let lake = &app.analysis()?.lake;
    match profile {
        LakeProfile::Cow => lake.set_profile(&table, Profile::Cow).await,
        LakeProfile::Mor => lake.set_profile(&table, Profile::Mor).await,
        LakeProfile::Auto => lake.release_profile(&table).await,
    }
    .map_err(refused)?;
    note(&app, &caller, &table, json!({ "profile": profile })).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Choose the columns by which a table of the lake is clustered
///
/// Files come into the new order by compaction.
#[utoipa::path(put, path = "/api/v1/lake/tables/{table}/clustering", operation_id = "cluster_lake_table", tag = "lake", params(("table" = String, Path, description = "As `schema.table`")), request_body = LakeClustering, responses((status = 204)))]
pub async fn cluster(
    State(app): State<App>,
    Admin(caller): Admin,
    Path(table): Path<String>,
    Body(LakeClustering { columns }): Body<LakeClustering>,
) -> Result<StatusCode> {
    let table = named(&table)?;
    let names: Vec<&str> = columns.iter().map(String::as_str).collect();
    let lake = &app.analysis()?.lake;
    lake.cluster_by(&table, &names).await.map_err(refused)?;
    note(&app, &caller, &table, json!({ "clustering": columns })).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Put a table of the lake in order now
///
/// Writes what waits in memory, merges small files, leaves dead rows out, and brings files into the clustered order. Changes
/// that come meanwhile win: what they touch is left for the next time.
#[utoipa::path(post, path = "/api/v1/lake/tables/{table}/compaction", operation_id = "compact_lake_table", tag = "lake", params(("table" = String, Path, description = "As `schema.table`")), responses((status = 200, body = LakeCompaction)))]
pub async fn compact(
    State(app): State<App>,
    Admin(caller): Admin,
    Path(table): Path<String>,
) -> Result<Json<LakeCompaction>> {
    let table = named(&table)?;
    let lake = app.analysis()?.lake.clone();
    note(&app, &caller, &table, json!({ "compaction": true })).await?;
    // On a task of its own: it goes on when the caller hangs up.
    let work = tokio::spawn(async move {
        lake.flush().await?;
        lake.compact(&table).await
    });
    let done = work.await.map_err(Problem::internal)?.map_err(refused)?;
    Ok(Json(done.into()))
}

impl From<Compaction> for LakeCompaction {
    fn from(done: Compaction) -> Self {
        Self {
            files_removed: done.files_removed,
            files_added: done.files_added,
            rows: done.rows,
            dead_rows: done.dead_rows,
            bytes: done.bytes,
            elapsed_ms: done.elapsed.as_secs_f64() * 1e3,
        }
    }
}

fn named(table: &str) -> Result<TableName> {
    table.parse().map_err(refused)
}

async fn note(app: &App, caller: &Caller, table: &TableName, changes: Value) -> Result<()> {
    let mut tx = app.db().begin(caller).await?;
    audit::note(&mut tx, caller, &format!("lake.{table}"), changes).await?;
    tx.commit().await?;
    Ok(())
}

/// What the lake says to a caller's request.
pub(super) fn refused(error: LakeError) -> Problem {
    match error {
        LakeError::UnknownTable(_) | LakeError::Name(_) => Problem::new(
            StatusCode::NOT_FOUND,
            "unknown_lake_table",
            Text::new(
                "The lake has no such table; GET /api/v1/lake/status lists them.",
                "数据湖中没有该表；可用的表见 GET /api/v1/lake/status。",
            ),
        ),
        LakeError::Schema { table, detail } => Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "unknown_lake_column",
            Text::new(
                format!("Table {table}: {detail}."),
                format!("表 {table}：{detail}。"),
            ),
        ),
        LakeError::Copying(table) => Problem::new(
            StatusCode::CONFLICT,
            "lake_table_busy",
            Text::new(
                format!("Table {table} is being copied; try again when that is done."),
                format!("表 {table} 正在复制，请在复制完成后重试。"),
            ),
        ),
        error => Problem::internal(error),
    }
}
