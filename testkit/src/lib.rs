//! What the integration tests stand on: a real Postgres server shared by all test processes, and
//! a database of its own for every test.
//!
//! The first test process starts the server (data in the temporary folder, no fsync); a small
//! watchdog stops and removes it when no test has used it for a while, so that a test run leaves
//! nothing behind however it ends.

mod database;
mod s3_server;
mod shared_server;

pub use database::{TestDatabase, database, database_from};
pub use proves::proves;
pub use s3_server::S3Server;
pub use shared_server::SharedServer;
