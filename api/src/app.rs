//! What handlers share: the parts of the running system.

use std::sync::Arc;

use basalt_ingest::CaptureHandle;
use basalt_oltp::{
    Db,
    auth::Auth,
    record::{FileStore, Store},
};
use basalt_outreach::{Mailbox, Outreach};
use basalt_query::Engine;
use basalt_reports::Reports;
use basalt_warehouse::Lake;
use tokio::sync::Notify;
use url::Url;

use crate::{
    config::Config,
    events::Events,
    problem::{Problem, Result},
    routes::imports::RunningImports,
};

/// Cheap to clone; the state of every handler.
#[derive(Clone)]
pub struct App(Arc<Parts>);

/// Everything one process runs. The record side is always there, the analysis side may be down.
pub struct Parts {
    pub config: Config,
    pub public_url: Url,
    pub db: Db,
    pub store: Store,
    pub files: FileStore,
    pub imports: RunningImports,
    pub auth: Auth,
    pub analysis: Option<Analysis>,
    pub mailbox: Option<Mailbox>,
    pub events: Events,
}

/// The lake and what stands on it.
pub struct Analysis {
    pub lake: Lake,
    pub capture: Arc<CaptureHandle>,
    /// Tells the one who carries erasures out that there is one more.
    pub erasures: Arc<Notify>,
    pub engine: Engine,
    pub outreach: Outreach,
    pub reports: Reports,
}

impl App {
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    pub fn config(&self) -> &Config {
        &self.0.config
    }

    pub fn public_url(&self) -> &Url {
        &self.0.public_url
    }

    pub fn db(&self) -> &Db {
        &self.0.db
    }

    pub fn store(&self) -> &Store {
        &self.0.store
    }

    /// Attachments of records.
    pub fn files(&self) -> &FileStore {
        &self.0.files
    }

    /// Imports that run in this process.
    pub fn imports(&self) -> &RunningImports {
        &self.0.imports
    }

    pub fn auth(&self) -> &Auth {
        &self.0.auth
    }

    pub fn events(&self) -> &Events {
        &self.0.events
    }

    pub fn mailbox(&self) -> Option<&Mailbox> {
        self.0.mailbox.as_ref()
    }

    /// The analysis side, or a problem that says it is not running.
    pub fn analysis(&self) -> Result<&Analysis> {
        self.0
            .analysis
            .as_ref()
            .ok_or_else(Problem::analysis_unavailable)
    }
}
