//! Backups of database and lake, and what is made of them again.
//!
//! The database is dumped in a snapshot whose position is known; the lake's files are copied once it
//! has come as far. So the lake of a backup is at the position of the dump or a little further, and
//! never misses what the dump has. Restored, both are brought together by the first capture, which
//! finds that the slot is not there: it compares every table with the database and changes what
//! differs. What the lake alone remembers (its history, rows of retained tables) is in the backup too.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use basalt_warehouse::{Lake, Lsn, TableName};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use tokio::process::Command;

use crate::error::{Error, Result};
use crate::nudge;
use crate::source::Source;
use crate::source_snapshot::SourceSnapshot;

const MANIFEST: &str = "backup.json";
const DUMP: &str = "database.dump";
const LAKE: &str = "lake";
/// Folder of a Delta log within its table's.
const LOG: &str = "_delta_log";

/// What a backup holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupManifest {
    pub format: u32,
    /// The position of the database.
    pub lsn: Lsn,
    pub taken_at: DateTime<Utc>,
    /// The server it was taken from.
    pub server: String,
    pub tables: Vec<TableName>,
}

/// Backs up the database and the lake in the local folder `lake_folder` to the new folder `to`. A
/// capture of the lake must be running. `programs`: where `pg_dump` is, when not on the `PATH`.
///
/// # Errors
/// `to` is there already, `pg_dump` fails, or the lake does not come that far within `patience`.
pub async fn backup(
    source_url: &str,
    lake: &Lake,
    lake_folder: &Path,
    to: &Path,
    programs: Option<&Path>,
    patience: Duration,
) -> Result<BackupManifest> {
    let source = Source::parse(source_url)?;
    let server = source.identify().await?.to_string();
    std::fs::create_dir(to).map_err(|error| failed(&format!("making {}", to.display()), error))?;
    let snapshot = SourceSnapshot::export(&source).await?;
    let mut dump = program(&source, programs, "pg_dump");
    dump.args(["--format=custom", "--snapshot", snapshot.name()])
        .arg("--file")
        .arg(to.join(DUMP));
    run(dump).await?;
    let SourceSnapshot {
        at,
        taken_at,
        exporter,
        ..
    } = snapshot;
    drop(exporter);
    nudge::emit(&source.pool(1), nudge::PREFIX).await?;
    let seen = lake.wait_for(at, patience).await?;
    lake.flush().await?;
    let (from, into) = (lake_folder.to_owned(), to.join(LAKE));
    blocking(move || copy_lake(&from, &into)).await?;
    let manifest = BackupManifest {
        format: 1,
        lsn: at,
        taken_at,
        server,
        tables: seen.table_names(),
    };
    let text = serde_json::to_vec_pretty(&manifest).expect("plain text and numbers");
    std::fs::write(to.join(MANIFEST), text)
        .map_err(|error| failed("writing the manifest", error))?;
    Ok(manifest)
}

/// Restores a backup: the database behind `target_url`, which must be empty, and the lake into the
/// new folder `lake_folder`. Start a capture of both afterwards, and verify.
///
/// # Errors
/// The folder is no whole backup, `lake_folder` is there already, `pg_restore` fails.
pub async fn restore(
    from: &Path,
    target_url: &str,
    lake_folder: &Path,
    programs: Option<&Path>,
) -> Result<BackupManifest> {
    let manifest = std::fs::read(from.join(MANIFEST))
        .map_err(|error| failed("this is no whole backup: reading its manifest", error))?;
    let manifest: BackupManifest = serde_json::from_slice(&manifest)
        .map_err(|error| failed("reading the manifest", error.into()))?;
    if manifest.format != 1 {
        return Err(Error::Backup(format!(
            "its format is {}, this program reads format 1",
            manifest.format
        )));
    }
    let source = Source::parse(target_url)?;
    let (lake, into) = (from.join(LAKE), lake_folder.to_owned());
    blocking(move || copy_lake(&lake, &into)).await?;
    let mut restore = program(&source, programs, "pg_restore");
    restore
        .args([
            "--exit-on-error",
            "--no-owner",
            "--dbname",
            source.database(),
        ])
        .arg(from.join(DUMP));
    run(restore).await?;
    Ok(manifest)
}

fn program(source: &Source, programs: Option<&Path>, name: &str) -> Command {
    let path = programs.map_or_else(|| PathBuf::from(name), |folder| folder.join(name));
    let mut command = Command::new(path);
    command
        .envs(source.environment())
        .stdin(Stdio::null())
        .kill_on_drop(true);
    command
}

async fn run(mut command: Command) -> Result<()> {
    let name = command
        .as_std()
        .get_program()
        .to_string_lossy()
        .into_owned();
    let output = command
        .output()
        .await
        .map_err(|error| failed(&format!("running {name} (is it installed?)"), error))?;
    if output.status.success() {
        return Ok(());
    }
    Err(Error::Backup(format!(
        "{name} ended with {}: {}",
        output.status,
        String::from_utf8_lossy(&output.stderr).trim()
    )))
}

/// Copies a lake that may be written to meanwhile. The logs come first: what they name is there
/// already, and stays for as long as the lake keeps past versions.
fn copy_lake(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::create_dir(to)?;
    for logs in [true, false] {
        for file in files_below(from)? {
            let is_log = file.components().any(|part| part.as_os_str() == LOG);
            // A hint that may name a checkpoint younger than this copy.
            let is_hint = file
                .file_name()
                .is_some_and(|name| name == "_last_checkpoint");
            if is_log != logs || is_hint {
                continue;
            }
            let target = to.join(&file);
            if let Some(folder) = target.parent() {
                std::fs::create_dir_all(folder)?;
            }
            match std::fs::copy(from.join(&file), target) {
                // One that was just being written under another name.
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                copied => {
                    copied?;
                }
            }
        }
    }
    Ok(())
}

/// Every file below a folder, as paths within it.
fn files_below(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(within) = folders.pop() {
        for entry in std::fs::read_dir(folder.join(&within))? {
            let entry = entry?;
            let path = within.join(entry.file_name());
            if entry.file_type()?.is_dir() {
                folders.push(path);
            } else {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}

async fn blocking(work: impl FnOnce() -> std::io::Result<()> + Send + 'static) -> Result<()> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| Error::Task(error.to_string()))?
        .map_err(|error| failed("copying the lake", error))
}

fn failed(what: &str, error: std::io::Error) -> Error {
    Error::Backup(format!("{what}: {error}"))
}
