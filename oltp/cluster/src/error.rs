//! What can go wrong with the managed server, each with the way out.

use std::path::PathBuf;

/// Every message says what to do; none carries a password.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    #[error(
        "PostgreSQL {minimum} or newer is not installed; on Debian run: apt-get install -y postgresql"
    )]
    NotInstalled { minimum: u32 },
    #[error(
        "the data directory {} was made by PostgreSQL {found} but the programs found are of version {installed:?}; \
         install PostgreSQL {found} or move the directory away and start over",
        directory.display()
    )]
    VersionMismatch {
        directory: PathBuf,
        found: u32,
        installed: Vec<u32>,
    },
    #[error(
        "port {port} is taken by another program; stop it or choose another port with --pg-port (BASALT_PG_PORT)"
    )]
    PortTaken { port: u16 },
    #[error(
        "the account {account} cannot enter {}; choose a data directory that every account may traverse, such as /var/lib/basalt",
        directory.display()
    )]
    Unreachable { account: String, directory: PathBuf },
    #[error(
        "started by root, and neither the account `postgres` nor `nobody` exists to run PostgreSQL; create one"
    )]
    NoAccount,
    #[error("no space left on the disk of {}; free some and start again, nothing is lost", directory.display())]
    DiskFull { directory: PathBuf },
    #[error("PostgreSQL did not become ready within {seconds} s; the last lines of {} say:\n{tail}", log.display())]
    NotReady {
        seconds: u64,
        log: PathBuf,
        tail: String,
    },
    #[error("{action} failed: {detail}")]
    Program {
        action: &'static str,
        detail: String,
    },
    #[error("{action} {}: {source}", path.display())]
    File {
        action: &'static str,
        path: PathBuf,
        source: std::io::Error,
    },
}

impl ClusterError {
    pub(crate) fn file(
        action: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| {
            if source.kind() == std::io::ErrorKind::StorageFull {
                ClusterError::DiskFull { directory: path }
            } else {
                ClusterError::File {
                    action,
                    path,
                    source,
                }
            }
        }
    }
}
