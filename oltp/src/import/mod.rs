//! Import of CSV and XLSX in bulk: read and checked row by row, staged by `COPY`, then matched, checked and
//! written set by set, in one transaction.
//!
//! Rows that don't fit are refused, each with line, column and reason, while the good ones go in.
//! A column is named by a field (`name`, `amount`, `amount_currency`) or by a reference's natural
//! key (`customer.code`, `owner.login`, `order.external_key`); references may also be ids (`customer_id`).

mod columns;
mod refusal;
mod row;
mod runs;
mod source;
mod stage;
mod undo;
mod xlsx;

use std::collections::BTreeMap;
use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use basalt_model::{Action, Label, Locale, Principal, Via};

use crate::db::Db;
use crate::error::{Error, Result};
use columns::Columns;
pub use runs::{ImportRun, RefusedRow};
pub use undo::UndoReport;

use refusal::Refusals;
use stage::Stage;

/// How far an import is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    pub phase: Phase,
    /// Rows read from the file so far.
    pub read: u64,
    /// Rows refused so far.
    pub refused: u64,
}

/// What an import is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    Reading,
    Checking,
    Writing,
    Done,
}

/// The file to import.
pub enum ImportSource {
    /// CSV in UTF-8 with a header line; a byte order mark is skipped.
    Csv(Box<dyn Read + Send>),
    /// A sheet of a workbook, the first when none is named; its first row is the header.
    Xlsx {
        path: PathBuf,
        sheet: Option<String>,
    },
}

/// What to import and how.
pub struct ImportRequest {
    /// Dictionary name of the object.
    pub object: String,
    pub source: ImportSource,
    /// Name of the file, for the record of the import.
    pub file_name: Option<String>,
    /// Header → column name as described above, or empty to leave the column out. A header that
    /// isn't mentioned means itself.
    pub mapping: BTreeMap<String, String>,
    /// A unique field: rows whose value is there already change that record. Without it every row is new.
    pub upsert_key: Option<String>,
    /// Check everything and write nothing.
    pub dry_run: bool,
    /// Where refused rows are written as CSV (line, column, value, reason); made only when there are any.
    pub refused_path: Option<PathBuf>,
    pub progress: Option<Box<dyn Fn(Progress) + Send + Sync>>,
    /// Set to true from outside, the import ends and leaves nothing.
    pub cancel: Arc<AtomicBool>,
}

impl ImportRequest {
    /// An import of new rows, header names as they are.
    pub fn new(object: impl Into<String>, source: impl Read + Send + 'static) -> Self {
        Self {
            object: object.into(),
            source: ImportSource::Csv(Box::new(source)),
            file_name: None,
            mapping: BTreeMap::new(),
            upsert_key: None,
            dry_run: false,
            refused_path: None,
            progress: None,
            cancel: Arc::default(),
        }
    }

    /// An import from a file.
    ///
    /// # Errors
    /// [`Error::Import`] when the file can't be opened.
    pub fn from_file(object: impl Into<String>, path: impl Into<PathBuf>) -> Result<Self> {
        let path = path.into();
        let file = std::fs::File::open(&path).map_err(|error| {
            Error::Import(Label::new(
                format!("The file {} can't be read: {error}.", path.display()),
                format!("无法读取文件 {}：{error}。", path.display()),
            ))
        })?;
        let mut request = Self::new(object, std::io::BufReader::with_capacity(1 << 18, file));
        let is_workbook = path
            .extension()
            .is_some_and(|ending| ending.eq_ignore_ascii_case("xlsx"));
        if is_workbook {
            request.source = ImportSource::Xlsx {
                path: path.clone(),
                sheet: None,
            };
        }
        request.file_name = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned());
        Ok(request)
    }
}

/// What an import did (or, in a dry run, would do).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportReport {
    pub import_id: i64,
    pub read: u64,
    pub inserted: u64,
    /// Rows of the database that were changed; matched rows that were the same already don't count.
    pub updated: u64,
    pub refused: u64,
    /// The file of refused rows, when there are any and a path was given.
    pub refused_file: Option<PathBuf>,
}

/// Imports files into business objects.
#[derive(Clone)]
pub struct Importer {
    db: Db,
}

impl Importer {
    pub fn new(db: Db) -> Self {
        Self { db }
    }

    /// Imports a file. The import is recorded in `sys.import_run`; its rows carry its id.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without the rights to import and to create (and, with an upsert key,
    /// to update); [`Error::Import`] when the file as a whole can't be taken, [`Error::Conflict`]
    /// `cancelled` when it was stopped. Nothing is written then.
    pub async fn run(&self, principal: &Principal, request: ImportRequest) -> Result<ImportReport> {
        let import_id = self
            .enlist(
                principal,
                &request.object,
                request.file_name.as_deref(),
                request.upsert_key.as_deref(),
            )
            .await?;
        self.run_enlisted(principal, request, import_id).await
    }

    /// Notes an import that is about to run, and says its number.
    ///
    /// # Errors
    /// [`Error::Forbidden`] as in [`run`](Self::run).
    pub async fn enlist(
        &self,
        principal: &Principal,
        object: &str,
        file_name: Option<&str>,
        upsert_key: Option<&str>,
    ) -> Result<i64> {
        let needs = [
            Some(Action::Import),
            Some(Action::Create),
            upsert_key.map(|_| Action::Update),
        ];
        if !needs
            .into_iter()
            .flatten()
            .all(|action| principal.can(object, action))
        {
            return Err(Error::Forbidden);
        }
        // Users and departments decide on rights.
        if matches!(object, "user" | "department") && !principal.is_admin() {
            return Err(Error::Forbidden);
        }
        Ok(sqlx::query_scalar(
            "insert into sys.import_run (object, file_name, actor, upsert_key) values ($1, $2, $3, $4) returning id",
        )
        .bind(object)
        .bind(file_name)
        .bind(principal.actor())
        .bind(upsert_key)
        .fetch_one(self.db.pool())
        .await?)
    }

    /// Runs an import that was noted by [`enlist`](Self::enlist).
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub async fn run_enlisted(
        &self,
        principal: &Principal,
        mut request: ImportRequest,
        import_id: i64,
    ) -> Result<ImportReport> {
        let principal = &match principal.via {
            Via::Demo => principal.clone(),
            _ => principal.clone().through(Via::Import),
        };
        let result = self.run_as(principal, &mut request, import_id).await;
        let (status, report, reason) = match &result {
            Ok(report) => (
                if request.dry_run { "dry_run" } else { "done" },
                report.clone(),
                None,
            ),
            Err(error) => {
                let nothing = ImportReport {
                    import_id,
                    read: 0,
                    inserted: 0,
                    updated: 0,
                    refused: 0,
                    refused_file: None,
                };
                let cancelled = error.code() == "cancelled";
                (
                    if cancelled { "cancelled" } else { "failed" },
                    nothing,
                    Some(error),
                )
            }
        };
        sqlx::query(
            "update sys.import_run set status = $2, finished_at = now(), rows_read = $3, rows_inserted = $4, rows_updated = $5,
             rows_refused = $6, reason_en = $7, reason_zh = $8 where id = $1",
        )
        .bind(import_id)
        .bind(status)
        .bind(count(report.read))
        .bind(count(report.inserted))
        .bind(count(report.updated))
        .bind(count(report.refused))
        .bind(reason.map(|error| error.message(Locale::En)))
        .bind(reason.map(|error| error.message(Locale::Zh)))
        .execute(self.db.pool())
        .await?;
        result
    }

    async fn run_as(
        &self,
        principal: &Principal,
        request: &mut ImportRequest,
        import_id: i64,
    ) -> Result<ImportReport> {
        let dictionary = self.db.dictionary();
        let object = dictionary.object(&request.object).ok_or_else(|| {
            refuse_file(
                format!("There is no object {:?}.", request.object),
                format!("没有对象“{}”。", request.object),
            )
        })?;
        let nothing = ImportSource::Csv(Box::new(std::io::empty()));
        let input = std::mem::replace(&mut request.source, nothing);
        let say = |phase, read, refused| {
            if let Some(progress) = &request.progress {
                progress(Progress {
                    phase,
                    read,
                    refused,
                });
            }
        };
        let go_on = || {
            if request.cancel.load(Ordering::Relaxed) {
                return Err(Error::conflict(
                    "cancelled",
                    "The import was stopped. Nothing was imported.",
                    "导入已取消，未导入任何数据。",
                ));
            }
            Ok(())
        };
        let (header, rows) = source::open(input).await?;
        let columns = Columns::plan(
            &dictionary,
            object,
            principal,
            &header,
            &request.mapping,
            request.upsert_key.as_deref(),
        )?;
        let mut refusals = Refusals::new(request.refused_path.clone());

        let mut tx = self.db.begin(principal).await?;
        sqlx::query("select set_config('statement_timeout', '0', true), set_config('lock_timeout', '60s', true), set_config('work_mem', '64MB', true)")
            .execute(&mut *tx)
            .await?;
        // Imports into one object wait for each other, so that matching by key holds until the end.
        sqlx::query("select pg_advisory_xact_lock(hashtextextended($1, 0))")
            .bind(format!("basalt.import.{}", object.table))
            .execute(&mut *tx)
            .await?;
        sqlx::query("select pg_advisory_xact_lock($1, $2)")
            .bind(runs::LOCK)
            .bind(i32::try_from(import_id).unwrap_or(i32::MAX))
            .execute(&mut *tx)
            .await?;
        let mut stage = Stage::new(&dictionary, object, principal, &columns, import_id)?;
        let read = stage
            .fill(&mut tx, rows, &mut refusals, |read, refused| {
                say(Phase::Reading, read, refused);
                go_on()
            })
            .await?;
        say(Phase::Checking, read, refusals.count());
        stage.check(&mut tx, &mut refusals).await?;
        go_on()?;
        say(Phase::Writing, read, refusals.count());
        let (updated, inserted) = stage.write(&mut tx, &mut refusals).await?;
        go_on()?;
        let refused = refusals.count();
        let (refused_file, recorded) = refusals.finish()?;
        if request.dry_run {
            tx.rollback().await?;
        } else {
            tx.commit().await?;
        }
        refusal::record(&self.db, import_id, &recorded).await?;
        say(Phase::Done, read, refused);
        Ok(ImportReport {
            import_id,
            read,
            inserted,
            updated,
            refused,
            refused_file,
        })
    }
}

fn count(rows: u64) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}

fn refuse_file(en: impl Into<String>, zh: impl Into<String>) -> Error {
    Error::Import(Label::new(en, zh))
}
