//! The source database of a comparison: a private server, tuned, with its settings stated.

use std::process::Command;
use std::time::Instant;

use anyhow::Context as _;
use basalt_cluster::{Binaries, Cluster, ClusterConfig};
use sqlx::{AssertSqlSafe, PgPool};

/// A running source with one database.
#[derive(Debug)]
pub struct Source {
    cluster: Cluster,
    pub pool: PgPool,
    pub url: String,
    _folder: tempfile::TempDir,
    binaries: Binaries,
}

impl Source {
    /// Starts a server in a temporary folder (shared_buffers 2 GB, no fsync: the peers' best case).
    ///
    /// # Errors
    /// When PostgreSQL is missing or does not start.
    pub async fn start() -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("basalt-bench").tempdir()?;
        std::fs::set_permissions(
            folder.path(),
            std::os::unix::fs::PermissionsExt::from_mode(0o755),
        )?;
        let port = std::net::TcpListener::bind(("127.0.0.1", 0))?
            .local_addr()?
            .port();
        let config = ClusterConfig::new(folder.path().join("postgres"), port)
            .with("fsync", "off")
            .with("synchronous_commit", "off")
            .with("shared_buffers", "2GB")
            .with("work_mem", "256MB")
            .with("maintenance_work_mem", "1GB")
            .with("effective_cache_size", "8GB")
            .with("max_wal_size", "20GB")
            .with("max_parallel_workers_per_gather", "2")
            .with("jit", "off");
        let cluster = Cluster::start(config).await?;
        cluster.ensure_database("bench").await?;
        let url = cluster.url("bench");
        let pool = PgPool::connect(&url).await?;
        let binaries = Binaries::installed()
            .into_iter()
            .next()
            .context("PostgreSQL's programs")?;
        Ok(Source {
            cluster,
            pool,
            url,
            _folder: folder,
            binaries,
        })
    }

    /// Runs statements separated by semicolons.
    ///
    /// # Errors
    /// When one fails.
    pub async fn execute(&self, statements: &str) -> anyhow::Result<()> {
        sqlx::raw_sql(AssertSqlSafe(statements.to_owned()))
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Seconds that one of PostgreSQL's own programs takes, its output thrown away.
    ///
    /// # Errors
    /// When it cannot be run or fails.
    pub fn time_program(&self, program: &str, arguments: &[&str]) -> anyhow::Result<f64> {
        let begin = Instant::now();
        let output = Command::new(self.binaries.folder.join(program))
            .args(arguments)
            .output()?;
        anyhow::ensure!(
            output.status.success(),
            "{program}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(begin.elapsed().as_secs_f64())
    }

    /// # Errors
    /// When the server does not stop.
    pub async fn stop(self) -> anyhow::Result<()> {
        self.pool.close().await;
        self.cluster.stop().await?;
        Ok(())
    }
}
