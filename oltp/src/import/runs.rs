//! The record of imports: who imported what, how far it is, what was refused.

use basalt_model::Principal;
use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::{FromRow, QueryBuilder};

use super::Importer;
use crate::error::{Error, Result};

/// An import as it stands.
#[derive(Debug, Clone, PartialEq, Serialize, FromRow)]
pub struct ImportRun {
    pub id: i64,
    pub object: String,
    pub file_name: Option<String>,
    /// `user:7` and the like.
    pub actor: String,
    pub upsert_key: Option<String>,
    pub started_at: DateTime<Utc>,
    pub finished_at: Option<DateTime<Utc>>,
    /// `running`, `done`, `dry_run`, `failed`, `cancelled` or `undone`.
    pub status: String,
    pub rows_read: i64,
    pub rows_inserted: i64,
    pub rows_updated: i64,
    pub rows_refused: i64,
    /// Why it failed.
    pub reason_en: Option<String>,
    pub reason_zh: Option<String>,
    pub undone_at: Option<DateTime<Utc>>,
    pub rows_removed: Option<i64>,
    pub rows_restored: Option<i64>,
    pub rows_kept: Option<i64>,
}

/// A refused row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, FromRow)]
pub struct RefusedRow {
    pub line: i64,
    pub column_name: String,
    pub code: String,
    pub reason: String,
}

/// Class of the advisory locks that running imports hold.
pub(super) const LOCK: i32 = 7301;

const COLUMNS: &str = "id, object, file_name, actor, upsert_key, started_at, finished_at, status, rows_read, rows_inserted,
    rows_updated, rows_refused, reason_en, reason_zh, undone_at, rows_removed, rows_restored, rows_kept";

impl Importer {
    /// The latest imports of the principal, or of all for administrators, at most 200.
    ///
    /// # Errors
    /// The database.
    pub async fn runs(&self, principal: &Principal) -> Result<Vec<ImportRun>> {
        let mut query =
            QueryBuilder::new(format!("select {COLUMNS} from sys.import_run where true"));
        push_own(&mut query, principal);
        query.push(" order by id desc limit 200");
        Ok(query.build_query_as().fetch_all(self.db.pool()).await?)
    }

    /// One import.
    ///
    /// # Errors
    /// [`Error::NotFound`] for another's, unless the principal administers.
    pub async fn run_of(&self, principal: &Principal, id: i64) -> Result<ImportRun> {
        let mut query =
            QueryBuilder::new(format!("select {COLUMNS} from sys.import_run where id = "));
        query.push_bind(id);
        push_own(&mut query, principal);
        let run = query
            .build_query_as()
            .fetch_optional(self.db.pool())
            .await?;
        run.ok_or(Error::NotFound)
    }

    /// The first refused rows of an import.
    ///
    /// # Errors
    /// As [`run_of`](Self::run_of).
    pub async fn refused(
        &self,
        principal: &Principal,
        id: i64,
        limit: i64,
    ) -> Result<Vec<RefusedRow>> {
        self.run_of(principal, id).await?;
        Ok(sqlx::query_as(
            "select line, column_name, code, reason from sys.import_refusal where import_id = $1 order by line, column_name limit $2",
        )
        .bind(id)
        .bind(limit)
        .fetch_all(self.db.pool())
        .await?)
    }

    /// Notes that a noted import never ran.
    ///
    /// # Errors
    /// The database.
    pub async fn fail(&self, id: i64, en: &str, zh: &str) -> Result<()> {
        sqlx::query(
            "update sys.import_run set status = 'failed', finished_at = now(), reason_en = $2, reason_zh = $3 where id = $1",
        )
        .bind(id)
        .bind(en)
        .bind(zh)
        .execute(self.db.pool())
        .await?;
        Ok(())
    }

    /// Notes where the file of all refused rows is kept.
    ///
    /// # Errors
    /// The database.
    pub async fn keep_refused(&self, id: i64, path: &str) -> Result<()> {
        sqlx::query("update sys.import_run set refused_file = $2 where id = $1")
            .bind(id)
            .bind(path)
            .execute(self.db.pool())
            .await?;
        Ok(())
    }

    /// Where the file of all refused rows is kept, when there is one.
    ///
    /// # Errors
    /// As [`run_of`](Self::run_of).
    pub async fn refused_file(&self, principal: &Principal, id: i64) -> Result<Option<String>> {
        self.run_of(principal, id).await?;
        Ok(
            sqlx::query_scalar("select refused_file from sys.import_run where id = $1")
                .bind(id)
                .fetch_one(self.db.pool())
                .await?,
        )
    }

    /// Marks imports that were running when their process died; none of their rows were written.
    ///
    /// # Errors
    /// The database.
    pub async fn close_interrupted(&self) -> Result<u64> {
        // A running import holds the lock of its number.
        let done = sqlx::query(
            "update sys.import_run set status = 'failed', finished_at = now(),
               reason_en = 'The server stopped during the import. Nothing was imported.',
               reason_zh = '导入期间服务器停止，未导入任何数据。'
             where status = 'running' and pg_try_advisory_xact_lock($1, id::int)",
        )
        .bind(LOCK)
        .execute(self.db.pool())
        .await?;
        Ok(done.rows_affected())
    }
}

fn push_own(query: &mut QueryBuilder<sqlx::Postgres>, principal: &Principal) {
    if !principal.is_admin() {
        let own = vec![
            format!("user:{}", principal.user_id),
            format!("key:{}", principal.user_id),
        ];
        query.push(" and actor = any(").push_bind(own).push(")");
    }
}
