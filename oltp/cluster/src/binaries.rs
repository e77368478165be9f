//! Finds the PostgreSQL programs: `BASALT_PG_BIN`, Debian's versioned folders, then the PATH.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::ClusterError;

/// Logical replication as Basalt uses it (publications by schema, binary pgoutput) needs this.
pub const MINIMUM_VERSION: u32 = 15;

/// One installed PostgreSQL: the folder of its programs and its major version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binaries {
    pub folder: PathBuf,
    pub version: u32,
}

impl Binaries {
    /// Every usable installation, newest first.
    #[must_use]
    pub fn installed() -> Vec<Binaries> {
        let mut folders = Vec::new();
        if let Some(named) = std::env::var_os("BASALT_PG_BIN") {
            folders.push(PathBuf::from(named));
        } else {
            if let Ok(versions) = std::fs::read_dir("/usr/lib/postgresql") {
                folders.extend(versions.flatten().map(|entry| entry.path().join("bin")));
            }
            if let Some(path) = std::env::var_os("PATH") {
                folders.extend(std::env::split_paths(&path));
            }
        }
        let mut found: Vec<Binaries> = folders
            .into_iter()
            .filter(|folder| folder.join("initdb").exists())
            .filter_map(|folder| {
                let version = version_of(&folder.join("postgres"))?;
                (version >= MINIMUM_VERSION).then_some(Binaries { folder, version })
            })
            .collect();
        found.sort_by_key(|binaries| std::cmp::Reverse(binaries.version));
        found.dedup_by_key(|binaries| binaries.version);
        found
    }

    /// The newest installation, or the one that made an existing data directory.
    ///
    /// # Errors
    /// When nothing usable is installed, or nothing of the directory's version.
    pub fn for_directory(directory: &Path) -> Result<Binaries, ClusterError> {
        let installed = Binaries::installed();
        let Some(newest) = installed.first() else {
            return Err(ClusterError::NotInstalled {
                minimum: MINIMUM_VERSION,
            });
        };
        let Ok(made_by) = std::fs::read_to_string(directory.join("PG_VERSION")) else {
            return Ok(newest.clone());
        };
        let found: u32 = made_by.trim().parse().unwrap_or(0);
        installed
            .iter()
            .find(|binaries| binaries.version == found)
            .cloned()
            .ok_or_else(|| ClusterError::VersionMismatch {
                directory: directory.to_path_buf(),
                found,
                installed: installed.iter().map(|binaries| binaries.version).collect(),
            })
    }
}

fn version_of(program: &Path) -> Option<u32> {
    let output = Command::new(program).arg("--version").output().ok()?;
    // "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)"
    let text = String::from_utf8(output.stdout).ok()?;
    let number = text.split_whitespace().nth(2)?;
    number.split(['.', 'd', 'b', 'r']).next()?.parse().ok()
}
