//! Events for open browsers: thin notes that something changed, never the change itself.

use std::sync::Arc;

use serde::Serialize;
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

/// A browser that falls this many events behind is told to reload.
const KEPT: usize = 1024;

#[derive(Clone, Debug, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Event {
    /// A record was written. Who may not read the record is not told.
    Record {
        object: String,
        resource: String,
        id: i64,
        version: i32,
        action: &'static str,
        by: i64,
    },
    /// A long job went on.
    Job {
        job: &'static str,
        id: i64,
        status: String,
        done: u64,
        total: Option<u64>,
        owner: i64,
    },
    /// The lake shows everything up to this LSN.
    Lake { lsn: String },
}

#[derive(Clone)]
pub struct Events {
    sender: broadcast::Sender<Arc<Event>>,
    closed: CancellationToken,
}

impl Default for Events {
    fn default() -> Self {
        Self {
            sender: broadcast::channel(KEPT).0,
            closed: CancellationToken::new(),
        }
    }
}

impl Events {
    /// Tells every listener; nobody listening is fine.
    pub fn tell(&self, event: Event) {
        let _ = self.sender.send(Arc::new(event));
    }

    pub fn listen(&self) -> broadcast::Receiver<Arc<Event>> {
        self.sender.subscribe()
    }

    /// Ends all streams, so that an orderly stop does not wait for them.
    pub fn close(&self) {
        self.closed.cancel();
    }

    /// Resolves when the streams are to end.
    pub async fn closed(self) {
        self.closed.cancelled_owned().await;
    }
}
