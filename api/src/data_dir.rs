//! The data directory: its layout, its version file, its lock, and the secret that signs links.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

/// Raised when an older program could not read what a newer one writes.
const FORMAT: u32 = 1;

/// A segment of Postgres's log, in bytes: without room for the next one it can't commit.
const LEAST_SPACE: u64 = 16 << 20;

/// ```text
/// <data>/VERSION     format of this folder
/// <data>/lock        held by the running server
/// <data>/secret      key that signs tracking links
/// <data>/postgres/   the managed Postgres (when DATABASE_URL is not set)
/// <data>/lake/       the Delta tables (when BASALT_LAKE_URL is not set)
/// <data>/mailbox/    mails caught in development
/// <data>/reports/    archive of delivered report packs
/// <data>/imports/    files of refused rows
/// ```
#[derive(Debug)]
pub struct DataDir {
    root: PathBuf,
    secret: Vec<u8>,
    /// Locked as long as this lives.
    _lock: File,
}

#[derive(Debug, thiserror::Error)]
pub enum DataDirError {
    #[error(
        "{path} was written by a newer Basalt (format {found}, this program reads up to {FORMAT}): install the newer version, or set BASALT_DATA to another folder"
    )]
    Newer { path: String, found: u32 },
    #[error(
        "{path} is not a Basalt data folder: its VERSION file reads {found:?}. Set BASALT_DATA to another folder"
    )]
    Foreign { path: String, found: String },
    #[error("another Basalt uses {path}: stop it first, or set BASALT_DATA to another folder")]
    InUse { path: String },
    #[error("the disk of {path} is full: free some space and start again, nothing is lost")]
    DiskFull { path: String },
    #[error("no right to write to {path}: change its owner, or set BASALT_DATA to another folder")]
    Denied { path: String },
    #[error("can't use {path}: {source}")]
    Io { path: String, source: io::Error },
}

impl DataDir {
    /// Opens or creates the folder and holds it alone.
    pub fn open(root: &Path) -> Result<Self, DataDirError> {
        let root = std::path::absolute(root).map_err(|e| explain(root, e))?;
        fs::create_dir_all(&root).map_err(|e| explain(&root, e))?;
        check_version(&root)?;
        let lock_path = root.join("lock");
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&lock_path)
            .map_err(|e| explain(&lock_path, e))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => {
                return Err(DataDirError::InUse {
                    path: root.display().to_string(),
                });
            }
            Err(fs::TryLockError::Error(e)) => return Err(explain(&lock_path, e)),
        }
        let secret = secret(&root.join("secret"))?;
        Ok(Self {
            root,
            secret,
            _lock: lock,
        })
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    pub fn postgres(&self) -> PathBuf {
        self.root.join("postgres")
    }

    pub fn lake(&self) -> PathBuf {
        self.root.join("lake")
    }

    pub fn mailbox(&self) -> PathBuf {
        self.root.join("mailbox")
    }

    pub fn reports(&self) -> PathBuf {
        self.root.join("reports")
    }

    pub fn files(&self) -> PathBuf {
        self.root.join("files")
    }

    pub fn imports(&self) -> PathBuf {
        self.root.join("imports")
    }

    /// 32 random bytes, made once.
    pub fn secret(&self) -> &[u8] {
        &self.secret
    }
}

/// Whether the folder's disk takes more. Below [`LEAST_SPACE`] even Postgres stops.
///
/// # Errors
/// [`DataDirError::DiskFull`]. A disk that can't be asked passes: whoever writes to it will tell.
pub fn require_space(root: &Path) -> Result<(), DataDirError> {
    let free =
        nix::sys::statvfs::statvfs(root).map(|disk| disk.blocks_available() * disk.fragment_size());
    match free {
        Ok(bytes) if bytes < LEAST_SPACE => Err(DataDirError::DiskFull {
            path: root.display().to_string(),
        }),
        _ => Ok(()),
    }
}

fn check_version(root: &Path) -> Result<(), DataDirError> {
    let path = root.join("VERSION");
    let found = match fs::read_to_string(&path) {
        Ok(found) => found,
        Err(e) if e.kind() == io::ErrorKind::NotFound => {
            return fs::write(&path, format!("basalt-data {FORMAT}\n"))
                .map_err(|e| explain(&path, e));
        }
        Err(e) => return Err(explain(&path, e)),
    };
    match found
        .trim()
        .strip_prefix("basalt-data ")
        .and_then(|v| v.parse::<u32>().ok())
    {
        Some(version) if version <= FORMAT => Ok(()),
        Some(version) => Err(DataDirError::Newer {
            path: root.display().to_string(),
            found: version,
        }),
        None => Err(DataDirError::Foreign {
            path: root.display().to_string(),
            found: found.trim().chars().take(80).collect(),
        }),
    }
}

fn secret(path: &Path) -> Result<Vec<u8>, DataDirError> {
    match fs::read(path) {
        Ok(secret) if secret.len() == 32 => return Ok(secret),
        Ok(_) => {
            let source = io::Error::other(
                "it must hold 32 bytes; restore it from a backup, or delete it (links in mails sent before will stop working)",
            );
            return Err(explain(path, source));
        }
        Err(e) if e.kind() == io::ErrorKind::NotFound => {}
        Err(e) => return Err(explain(path, e)),
    }
    let secret: [u8; 32] = rand::random();
    let mut options = File::options();
    options.create_new(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).map_err(|e| explain(path, e))?;
    file.write_all(&secret)
        .and_then(|()| file.sync_all())
        .map_err(|e| explain(path, e))?;
    Ok(secret.to_vec())
}

fn explain(path: &Path, source: io::Error) -> DataDirError {
    let path = path.display().to_string();
    match source.kind() {
        io::ErrorKind::StorageFull => DataDirError::DiskFull { path },
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            DataDirError::Denied { path }
        }
        _ => DataDirError::Io { path, source },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_made_once_and_held_alone() {
        let root = tempfile::tempdir().unwrap();
        let first = DataDir::open(root.path()).unwrap();
        assert!(matches!(
            DataDir::open(root.path()),
            Err(DataDirError::InUse { .. })
        ));
        let secret = first.secret().to_vec();
        drop(first);
        assert_eq!(DataDir::open(root.path()).unwrap().secret(), secret);
    }

    #[test]
    fn a_newer_folder_is_refused_with_the_way_out() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("VERSION"), "basalt-data 7\n").unwrap();
        let error = DataDir::open(root.path()).unwrap_err().to_string();
        assert!(
            error.contains("newer Basalt") && error.contains("BASALT_DATA"),
            "{error}"
        );
        fs::write(root.path().join("VERSION"), "hello").unwrap();
        assert!(matches!(
            DataDir::open(root.path()),
            Err(DataDirError::Foreign { .. })
        ));
    }
}
