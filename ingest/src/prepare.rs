//! Before the stream: which tables are followed, and which are copied.

use basalt_warehouse::{Error as LakeError, Lake, Lsn, TableName};
use sqlx::PgConnection;

use crate::acknowledged;
use crate::capture::CaptureConfig;
use crate::catalog::{self, CapturedTable};
use crate::error::{Error, Result};
use crate::initial_copy::Request;
use crate::partitions;
use crate::publication::{self, Slot};
use crate::source::SourceIdentity;
use crate::status::StatusBoard;
use crate::tables::{FollowedTable, Tables};

/// What a stream begins with.
pub(crate) struct Prepared {
    pub tables: Tables,
    pub to_copy: Vec<Request>,
    /// What the slot stands at.
    pub acknowledged: Lsn,
}

/// Brings catalog, publication, slot and lake together: the tables to follow, and those to copy.
pub(crate) async fn prepare(
    connection: &mut PgConnection,
    config: &CaptureConfig,
    lake: &Lake,
    status: &StatusBoard,
    identity: &SourceIdentity,
) -> Result<Prepared> {
    let found = publication::check_slot(connection, &config.slot).await?;
    let noted = acknowledged::noted(lake, &config.slot, identity).await?;
    let slot = found.trusted(noted.unwrap_or(Lsn(u64::MAX)));
    if let Slot::Lost { what, .. } = &slot {
        // Noted before there is a new slot: whatever happens from here on, nobody forgets it.
        for name in &config.tables {
            if lake.table_lsn(name).is_some() {
                let reason = format!(
                    "replication slot {} {what}: changes are missing",
                    config.slot
                );
                lake.mark_stale(name, &reason).await?;
            }
        }
    }
    let held = publication::open(connection, &config.publication).await?;
    let mut good = Vec::new();
    for name in &config.tables {
        let retained = config.retained.contains(name);
        match admit(connection, name, lake, held.contains(name), retained).await {
            Ok(admitted) => good.push(admitted),
            Err(error) => give_up(status, name, error)?,
        }
    }
    let names: Vec<_> = good
        .iter()
        .map(|admitted| admitted.table.name().clone())
        .collect();
    publication::add(connection, &config.publication, &names).await?;
    for extra in held.iter().filter(|table| !names.contains(table)) {
        publication::remove(connection, &config.publication, extra).await?;
    }
    let acknowledged = match slot {
        Slot::Usable { confirmed } => confirmed,
        Slot::Lost { remains, .. } => {
            if remains {
                publication::drop_slot(connection, &config.slot).await?;
            }
            publication::create_slot(connection, &config.slot).await?
        }
    };
    acknowledged::note(lake, &config.slot, identity, acknowledged).await?;
    status.update(|status| status.acknowledged = acknowledged);
    let mut tables = Tables::default();
    let mut to_copy = Vec::new();
    for Admitted {
        table,
        seen_at,
        copy,
    } in good
    {
        let name = table.name().clone();
        let after = lake.table_lsn(&name).unwrap_or_default();
        let mut followed = FollowedTable::new(table.clone(), after);
        followed.seen_at = seen_at;
        let stale = lake.stale(&name);
        status.table(&name, |progress| {
            progress.estimated_rows = table.estimated_rows;
            progress.done = copy.is_none();
            progress.stale = stale;
        });
        if let Some(request) = copy {
            followed.copying_since = Some(Lsn::ZERO);
            to_copy.push(request);
        }
        tables.add(followed);
    }
    Ok(Prepared {
        tables,
        to_copy,
        acknowledged,
    })
}

/// A table the lake can take.
pub(crate) struct Admitted {
    pub table: CapturedTable,
    /// Where the source was when the table was looked at.
    pub seen_at: Lsn,
    /// What the lake has of it can't simply be gone on with.
    pub copy: Option<Request>,
}

/// Looks at a table and makes it known to the lake. It is copied when the lake does not have it,
/// and copied again when changes are missing, or its columns have become others.
pub(crate) async fn admit(
    connection: &mut PgConnection,
    name: &TableName,
    lake: &Lake,
    published: bool,
    retained: bool,
) -> Result<Admitted> {
    let seen_at = catalog::position(connection).await?;
    let table = catalog::describe(connection, name).await?;
    let known = lake
        .snapshot()
        .current(name)
        .map(|provider| provider.schema());
    let is_new = |column: &str| {
        known
            .as_ref()
            .is_some_and(|known| known.field_with_name(column).is_err())
    };
    let default_added = table
        .def
        .columns
        .iter()
        .any(|column| table.with_default.contains(&column.source_id) && is_new(&column.name));
    let has_content = lake.table_lsn(name).is_some();
    let mut reason = if !has_content {
        None
    } else if let Some(stale) = lake.stale(name) {
        Some(stale)
    } else if !published {
        Some("it was not published for a while".to_owned())
    } else if default_added {
        Some("a column with a default is new".to_owned())
    } else {
        None
    };
    let leaves = if table.kind == b'p' {
        Some(partitions::leaves(connection, table.oid).await?)
    } else {
        None
    };
    if has_content
        && reason.is_none()
        && let Some(leaves) = &leaves
        && let Some(before) = partitions::noted(lake, name).await?
    {
        reason = partitions::difference(&before, leaves, retained);
    }
    if reason.is_none() {
        match lake.ensure_table(&table.def).await {
            Ok(()) => {}
            Err(LakeError::Schema { detail, .. }) if has_content => reason = Some(detail),
            Err(error @ LakeError::Schema { .. }) if !lake.knows(name) => {
                return Err(error.into());
            }
            // Made by a copy that never came to its end.
            Err(LakeError::Schema { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let copy = match &reason {
        Some(reason) => {
            tracing::warn!(table = %name, reason, "the table is copied again");
            lake.mark_stale(name, reason).await?;
            if let Some(leaves) = &leaves {
                partitions::note(lake, name, leaves).await?;
            }
            // From here on its changes wait for the copy: on top of a gap they would mean nothing.
            let begun = Some(lake.begin_copy_as(&table.def).await?);
            Some(Request {
                table: table.clone(),
                begun,
            })
        }
        None => {
            if let Some(leaves) = &leaves {
                partitions::note(lake, name, leaves).await?;
            }
            (!has_content).then(|| Request::new(table.clone()))
        }
    };
    Ok(Admitted {
        table,
        seen_at,
        copy,
    })
}

/// Notes an error that concerns one table; passes the others on.
fn give_up(status: &StatusBoard, name: &TableName, error: Error) -> Result<()> {
    if !error.is_of_table() {
        return Err(error);
    }
    tracing::error!(table = %name, %error, "the table is not captured");
    status.table(name, |table| table.error = Some(error.to_string()));
    Ok(())
}
