//! Writes the lake's hot changes when they are due, beside the stream.

use std::time::Duration;

use basalt_warehouse::Lake;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};

use crate::lake::stop_asked;
use crate::status::StatusBoard;

const LOOK: Duration = Duration::from_millis(500);
/// Log the source keeps for us before a flush is worth it for that alone.
const KEPT_LOG: u64 = 1 << 30;

/// Runs until the capture is to end. A flush under way is never cut off: what it has committed
/// must also be noted in memory.
pub(crate) async fn run(lake: Lake, status: StatusBoard, mut stopping: watch::Receiver<bool>) {
    let mut looks = interval(LOOK);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut warned = false;
    loop {
        tokio::select! {
            _ = looks.tick() => {}
            () = stop_asked(&mut stopping) => return,
        }
        let (received, acknowledged) = {
            let status = status.subscribe();
            let status = status.borrow();
            (status.received.0, status.acknowledged.0)
        };
        let flushed = if received.saturating_sub(acknowledged) > KEPT_LOG {
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
