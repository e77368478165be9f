//! Drains what waits in the slot and tells how fast: for benches and for catching up in a script.

use std::time::{Duration, Instant};

use basalt_warehouse::{Lake, Lsn};
use serde::Serialize;

use crate::capture::{Capture, CaptureConfig};
use crate::error::Result;
use crate::status::Counters;

/// How a backlog was drained.
#[derive(Debug, Clone, Serialize)]
pub struct DrainReport {
    /// Everything committed before the call is in the lake; its position.
    pub lsn: Lsn,
    pub counters: Counters,
    /// From the start to visible in the lake.
    pub visible_after: Duration,
    /// From the start to durable in the lake (flushed and acknowledged).
    pub durable_after: Duration,
}

impl DrainReport {
    /// Row changes and copied rows made visible in a second.
    pub fn rows_per_second(&self) -> f64 {
        let rows = self.counters.rows + self.counters.copied_rows;
        rows as f64 / self.visible_after.as_secs_f64()
    }
}

/// Starts a capture, waits until everything committed before is visible, flushes and stops.
///
/// # Errors
/// As [`Capture::start`] and [`CaptureHandle::caught_up`](crate::CaptureHandle::caught_up).
pub async fn drain(config: CaptureConfig, lake: Lake, patience: Duration) -> Result<DrainReport> {
    let started = Instant::now();
    let capture = Capture::start(config, lake).await?;
    let lsn = capture.caught_up(patience).await?;
    let visible_after = started.elapsed();
    let counters = capture.status().counters;
    capture.stop().await?;
    Ok(DrainReport {
        lsn,
        counters,
        visible_after,
        durable_after: started.elapsed(),
    })
}
