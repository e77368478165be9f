//! A private Postgres server: created, started, watched and stopped by Basalt itself.
//!
//! The server listens on a Unix socket inside its own folder and on a loopback port, asks for a
//! random password (SCRAM) that only the owner of the folder can read, and never runs as root:
//! started by root it becomes the `postgres` (or `nobody`) account. A server that survived the
//! death of the process that started it is adopted by the next start.

mod binaries;
mod error;
mod server;

pub use binaries::{Binaries, MINIMUM_VERSION};
pub use error::ClusterError;
pub use server::{Cluster, ClusterConfig};
