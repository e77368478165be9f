//! Before the stream: which tables are followed, and which are copied.

use basalt_warehouse::{Lake, Lsn, TableName};
use sqlx::PgConnection;

use crate::capture::CaptureConfig;
use crate::catalog::{self, CapturedTable};
use crate::error::{Error, Result};
use crate::initial_copy::Request;
use crate::lake::table_of;
use crate::publication::{self, Slot};
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
) -> Result<Prepared> {
    let copied = config
        .tables
        .iter()
        .filter_map(|table| lake.table_lsn(table))
        .max();
    let slot =
        publication::check_slot(connection, &config.slot, copied.unwrap_or_default()).await?;
    if copied.is_some() {
        slot.clone().must_exist()?;
    }
    let held = publication::open(connection, &config.publication).await?;
    let mut good = Vec::new();
    for name in &config.tables {
        match admit(connection, name, lake, held.contains(name)).await {
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
        Slot::Missing { .. } => publication::create_slot(connection, &config.slot).await?,
    };
    status.update(|status| status.acknowledged = acknowledged);
    let mut tables = Tables::default();
    let mut to_copy = Vec::new();
    for Admitted { table, copy } in good {
        let name = table.name().clone();
        let after = lake.table_lsn(&name).unwrap_or_default();
        let mut followed = FollowedTable::new(table.clone(), after);
        status.table(&name, |progress| {
            progress.estimated_rows = table.estimated_rows;
            progress.done = copy.is_none();
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
    /// What the lake has of it can't simply be gone on with.
    pub copy: Option<Request>,
}

/// Looks at a table and makes it known to the lake. It is copied when the lake does not have it,
/// and copied again when changes are missing: it was out of the publication for a while, or got a
/// column whose older rows hold a default.
pub(crate) async fn admit(
    connection: &mut PgConnection,
    name: &TableName,
    lake: &Lake,
    published: bool,
) -> Result<Admitted> {
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
    lake.ensure_table(&table.def).await?;
    let after = lake.table_lsn(name);
    let copy = match after {
        Some(after) if !published || default_added => {
            let reason = if published {
                "a column with a default is new"
            } else {
                "it was not published for a while"
            };
            tracing::warn!(table = %name, %after, reason, "the table is copied again");
            // From here on its changes wait for the copy: on top of a gap they would mean nothing.
            let begun = Some(lake.begin_copy(name).await?);
            Some(Request {
                table: table.clone(),
                begun,
            })
        }
        Some(_) => None,
        None => Some(Request::new(table.clone())),
    };
    Ok(Admitted { table, copy })
}

/// Notes an error that concerns one table; passes the others on.
fn give_up(status: &StatusBoard, name: &TableName, error: Error) -> Result<()> {
    let is_of_table = match &error {
        Error::Table { .. } | Error::UnknownTable(_) | Error::MissingRight { .. } => true,
        Error::Lake(error) => table_of(error).is_some(),
        _ => false,
    };
    if !is_of_table {
        return Err(error);
    }
    tracing::error!(table = %name, %error, "the table is not captured");
    status.table(name, |table| table.error = Some(error.to_string()));
    Ok(())
}
