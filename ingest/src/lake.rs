//! Calls to the lake that wait until it can take them.

use std::time::Duration;

use basalt_warehouse::{Error as LakeError, Lake, TableName};
use tokio::sync::watch;

use crate::error::{Error, Result};
use crate::status::{Phase, StatusBoard};

const SHORTEST_DELAY: Duration = Duration::from_millis(20);
const LONGEST_DELAY: Duration = Duration::from_secs(5);

/// `true` when the same call can succeed later: memory or the local disk is full, or the object
/// store is away.
pub(crate) fn is_transient(error: &LakeError) -> bool {
    matches!(
        error,
        LakeError::HotTierFull { .. }
            | LakeError::Delta(_)
            | LakeError::ObjectStore(_)
            | LakeError::Spill(_)
    )
}

/// The table an error is about, when it concerns one table only.
pub(crate) fn table_of(error: &LakeError) -> Option<&TableName> {
    match error {
        LakeError::UnknownTable(table)
        | LakeError::Schema { table, .. }
        | LakeError::Change { table, .. }
        | LakeError::Stopped { table, .. } => Some(table),
        _ => None,
    }
}

/// Repeats a call until the lake takes it. Meanwhile the capture is paused and says why; nothing is
/// read, nothing is lost.
///
/// # Errors
/// What waiting does not cure, or [`Error::Stopped`] when the capture is to end meanwhile.
pub(crate) async fn patiently<T, F>(
    lake: &Lake,
    status: &StatusBoard,
    stopping: &mut watch::Receiver<bool>,
    mut call: impl FnMut() -> F,
) -> Result<T>
where
    F: Future<Output = Result<T, LakeError>>,
{
    let mut delay = SHORTEST_DELAY;
    let mut before = None;
    loop {
        let error = match call().await {
            Ok(done) => {
                if let Some(phase) = before {
                    status.set_phase(phase);
                }
                return Ok(done);
            }
            Err(error) if is_transient(&error) => error,
            Err(error) => return Err(error.into()),
        };
        before.get_or_insert_with(|| status.read().phase);
        status.set_phase(Phase::Paused(error.to_string()));
        let full = matches!(error, LakeError::HotTierFull { .. });
        if full && let Err(error) = lake.flush().await {
            if !is_transient(&error) && table_of(&error).is_none() {
                return Err(error.into());
            }
            status.set_phase(Phase::Paused(format!("changes can't be written: {error}")));
        }
        tokio::select! {
            () = tokio::time::sleep(delay) => {}
            () = stop_asked(stopping) => {
                return Err(Error::Stopped(" while it waited for the lake".into()));
            }
        }
        delay = (delay * 2).min(LONGEST_DELAY);
    }
}

/// Returns when the capture is to end.
pub(crate) async fn stop_asked(stopping: &mut watch::Receiver<bool>) {
    // An error means that the handle is gone, which is a wish to end too.
    let _ = stopping.wait_for(|stop| *stop).await;
}
