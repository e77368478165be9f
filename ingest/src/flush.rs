//! Writes the lake's hot changes when they are due, and keeps the lake in order, beside the stream.

use std::sync::Arc;
use std::time::Duration;

use basalt_warehouse::Lake;
use tokio::sync::{Notify, watch};
use tokio::time::{MissedTickBehavior, interval};

use crate::lake::stop_asked;
use crate::status::StatusBoard;

const LOOK: Duration = Duration::from_millis(500);
/// Between two pieces of upkeep.
const UPKEEP: Duration = Duration::from_secs(5);
/// Log the source keeps for us before a flush is worth it for that alone.
const KEPT_LOG: u64 = 1 << 30;

/// Runs until the capture is to end. A flush or a piece of upkeep under way is never cut off: what it
/// has committed must also be noted in memory.
pub(crate) async fn run(
    lake: Lake,
    status: StatusBoard,
    manifest_asked: Arc<Notify>,
    stopping: watch::Receiver<bool>,
) {
    tokio::join!(
        flush(lake.clone(), status, manifest_asked, stopping.clone()),
        upkeep(lake, stopping)
    );
}

/// Compaction, vacuum and the like, a piece at a time. The lake keeps what went wrong in its own status.
async fn upkeep(lake: Lake, mut stopping: watch::Receiver<bool>) {
    let mut turns = interval(UPKEEP);
    turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = turns.tick() => {}
            () = stop_asked(&mut stopping) => return,
        }
        if let Err(error) = lake.maintain().await {
            tracing::debug!(%error, "upkeep failed, as the lake's own status says");
        }
    }
}

async fn flush(
    lake: Lake,
    status: StatusBoard,
    manifest_asked: Arc<Notify>,
    mut stopping: watch::Receiver<bool>,
) {
    let mut looks = interval(LOOK);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut warned = false;
    loop {
        let asked = tokio::select! {
            _ = looks.tick() => false,
            () = manifest_asked.notified() => true,
            () = stop_asked(&mut stopping) => return,
        };
        let (received, acknowledged) = {
            let status = status.subscribe();
            let status = status.borrow();
            (status.received.0, status.acknowledged.0)
        };
        let flushed = if asked {
            lake.checkpoint().await.map(|()| None)
        } else if received.saturating_sub(acknowledged) > KEPT_LOG {
            lake.flush().await.map(Some)
        } else {
            lake.flush_if_due().await
        };
        match flushed {
            Ok(report) => {
                if let Some(report) = report {
                    tracing::debug!(rows = report.rows, commits = report.commits, "flushed");
                }
                if std::mem::take(&mut warned) {
                    status.warn(None);
                }
            }
            Err(error) => {
                warned = true;
                status.warn(Some(format!(
                    "changes can't be written to the lake: {error}"
                )));
            }
        }
    }
}
