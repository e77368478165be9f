//! The system of record on this machine: data directory, Postgres (managed or given), migrations, stores.

use std::path::Path;

use basalt_cluster::{Cluster, ClusterConfig};
use basalt_oltp::{
    Db,
    auth::Auth,
    record::{FileStore, Store},
};
use url::Url;

use super::StartError;
use crate::{
    config::Config,
    data_dir::{DataDir, DataDirError},
};

/// Name of the database in the managed Postgres.
const DATABASE: &str = "basalt";

/// Records without analysis: what administration from the command line needs.
pub struct RecordSide {
    /// `None`: another process holds the data directory, and its Postgres is borrowed.
    data: Option<DataDir>,
    cluster: Option<Cluster>,
    url: String,
    db: Db,
    store: Store,
    auth: Auth,
}

impl RecordSide {
    /// Holds the data directory, starts Postgres unless one is given, and brings the database up to date.
    pub async fn start(config: &Config) -> Result<Self, StartError> {
        let side = Self::open(config).await?;
        let report = side.db.migrate().await?;
        if !report.is_empty() {
            tracing::info!(
                system = report.system.len(),
                dictionary = report.dictionary.len(),
                "database brought up to date"
            );
        }
        Ok(side)
    }

    /// Like [`start`](Self::start), with the database as it is.
    pub async fn open(config: &Config) -> Result<Self, StartError> {
        let data = DataDir::open(&config.data)?;
        let (cluster, url) = postgres(config, &data.postgres()).await?;
        Self::connect(Some(data), cluster, url).await
    }

    /// Like [`start`](Self::start), but when a server runs on this data directory, its Postgres is used and left alone.
    pub async fn borrow_or_start(config: &Config) -> Result<Self, StartError> {
        match Self::start(config).await {
            Err(StartError::DataDir(DataDirError::InUse { .. })) => {
                let (cluster, url) = postgres(config, &config.data.join("postgres")).await?;
                Self::connect(None, cluster, url).await
            }
            started => started,
        }
    }

    async fn connect(
        data: Option<DataDir>,
        cluster: Option<Cluster>,
        url: String,
    ) -> Result<Self, StartError> {
        let db = Db::connect(&url).await?;
        Ok(Self {
            data,
            cluster,
            url,
            store: Store::new(db.clone()),
            auth: Auth::new(db.clone()),
            db,
        })
    }

    /// The data directory this process holds.
    ///
    /// # Panics
    /// On a borrowed side; those never run services.
    pub fn data(&self) -> &DataDir {
        self.data
            .as_ref()
            .expect("services run only on a data directory of their own")
    }

    /// Where attachments lie.
    ///
    /// # Errors
    /// The address is of no storage.
    pub fn files(&self, config: &Config) -> Result<FileStore, StartError> {
        let url = match &config.files_url {
            Some(url) => url.clone(),
            None => Url::from_directory_path(self.data().files())
                .expect("the data directory is absolute"),
        };
        Ok(FileStore::at(&url, &config.store_options())?)
    }

    /// Connection URL of the database, with its password: never to be logged.
    pub fn url(&self) -> &str {
        &self.url
    }

    pub fn db(&self) -> &Db {
        &self.db
    }

    pub fn store(&self) -> &Store {
        &self.store
    }

    pub fn auth(&self) -> &Auth {
        &self.auth
    }

    /// Closes connections, and stops the managed Postgres when this process started it.
    pub async fn stop(self) {
        self.db.pool().close().await;
        if let (Some(_held), Some(cluster)) = (&self.data, self.cluster)
            && let Err(error) = cluster.stop().await
        {
            tracing::warn!(%error, "Postgres did not stop; the next start takes it over");
        }
    }
}

async fn postgres(config: &Config, folder: &Path) -> Result<(Option<Cluster>, String), StartError> {
    if let Some(url) = &config.database_url {
        return Ok((None, url.clone()));
    }
    let cluster = Cluster::start(ClusterConfig::new(folder, config.pg_port)).await?;
    cluster.ensure_database(DATABASE).await?;
    let url = cluster.url(DATABASE);
    Ok((Some(cluster), url))
}
