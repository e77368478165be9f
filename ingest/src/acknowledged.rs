//! A note of how far the source was told that it may forget, kept with the lake.
//!
//! It is written before the source is told. A slot that stands further was not moved by us: it was
//! dropped and made anew, or advanced by hand, and changes are missing that nothing else would show.

use basalt_warehouse::{Lake, Lsn};

use crate::error::Result;
use crate::source::SourceIdentity;

fn name(slot: &str) -> String {
    format!("acknowledged/{slot}")
}

/// What was noted last for this server and slot.
pub(crate) async fn noted(
    lake: &Lake,
    slot: &str,
    identity: &SourceIdentity,
) -> Result<Option<Lsn>> {
    let note = lake.note(&name(slot)).await?;
    let prefix = prefix(identity);
    Ok(note.and_then(|note| note.strip_prefix(&prefix)?.trim().parse().ok()))
}

/// Notes a position that is about to be acknowledged.
pub(crate) async fn note(
    lake: &Lake,
    slot: &str,
    identity: &SourceIdentity,
    at: Lsn,
) -> Result<(), basalt_warehouse::Error> {
    lake.set_note(&name(slot), &format!("{}{at}", prefix(identity)))
        .await
}

fn prefix(identity: &SourceIdentity) -> String {
    format!("{}/{} ", identity.system_identifier, identity.timeline)
}
