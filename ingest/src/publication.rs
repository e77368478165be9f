//! What the source must offer: logical WAL, a publication of exactly the named tables, one slot.

use std::collections::BTreeSet;
use std::time::Duration;

use basalt_warehouse::{Lsn, TableName};
use sqlx::{AssertSqlSafe, PgConnection, Row as _};

use crate::error::{Error, Malformed, Result};
use crate::source::within;
use crate::sql;

/// A new slot waits for every transaction that was writing when it was asked for.
pub(crate) const SLOT_PATIENCE: Duration = Duration::from_secs(120);

/// Checks what can't be put right from here; the errors say how an administrator does it.
pub(crate) async fn check_server(connection: &mut PgConnection) -> Result<()> {
    let row = sqlx::query(
        "select current_setting('wal_level') as wal_level, quote_ident(current_user) as role,
                coalesce((select rolreplication or rolsuper
                            from pg_roles where rolname = current_user), false) as may_replicate",
    )
    .fetch_one(connection)
    .await?;
    let wal_level: String = row.get("wal_level");
    if wal_level != "logical" {
        return Err(Error::WalLevel { found: wal_level });
    }
    if !row.get::<bool, _>("may_replicate") {
        return Err(Error::NoReplicationRight {
            role: row.get("role"),
        });
    }
    Ok(())
}

/// The tables the publication holds; creates it when it isn't there.
///
/// # Errors
/// [`Error::MissingRight`] with the statement an owner has to run.
pub(crate) async fn open(
    connection: &mut PgConnection,
    publication: &str,
) -> Result<BTreeSet<TableName>> {
    let found: Option<bool> =
        sqlx::query_scalar("select puballtables from pg_publication where pubname = $1")
            .bind(publication)
            .fetch_optional(&mut *connection)
            .await?;
    match found {
        Some(true) => Err(Error::Publication {
            publication: publication.to_owned(),
            reason: "is FOR ALL TABLES, which would publish secrets too; choose another name"
                .into(),
        }),
        Some(false) => held(connection, publication).await,
        None => {
            let name = sql::identifier(publication);
            let statement =
                format!("CREATE PUBLICATION {name} WITH (publish_via_partition_root = true)");
            run(connection, "create a publication", statement).await?;
            Ok(BTreeSet::new())
        }
    }
}

/// The tables of the publication.
async fn held(connection: &mut PgConnection, publication: &str) -> Result<BTreeSet<TableName>> {
    let rows = sqlx::query(
        "select n.nspname::text as schema, c.relname::text as name
           from pg_publication p
           join pg_publication_rel r on r.prpubid = p.oid
           join pg_class c on c.oid = r.prrelid
           join pg_namespace n on n.oid = c.relnamespace
          where p.pubname = $1",
    )
    .bind(publication)
    .fetch_all(connection)
    .await?;
    Ok(rows
        .iter()
        .map(|row| TableName::new(row.get::<String, _>("schema"), row.get::<String, _>("name")))
        .collect())
}

/// Adds tables to the publication; those it holds already are left alone.
pub(crate) async fn add(
    connection: &mut PgConnection,
    publication: &str,
    tables: &[TableName],
) -> Result<()> {
    let held = held(connection, publication).await?;
    let missing: Vec<_> = tables
        .iter()
        .filter(|table| !held.contains(*table))
        .cloned()
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let name = sql::identifier(publication);
    let statement = format!(
        "ALTER PUBLICATION {name} ADD TABLE {}",
        sql::tables(&missing)
    );
    run(connection, "publish tables", statement).await
}

/// Takes a table out of the publication. That the table is out is also how a later start knows
/// that the lake has missed changes of it.
pub(crate) async fn remove(
    connection: &mut PgConnection,
    publication: &str,
    table: &TableName,
) -> Result<()> {
    if !held(connection, publication).await?.contains(table) {
        return Ok(());
    }
    let name = sql::identifier(publication);
    let statement = format!("ALTER PUBLICATION {name} DROP TABLE {}", sql::table(table));
    run(connection, "change the publication", statement).await
}

async fn run(connection: &mut PgConnection, what: &str, statement: String) -> Result<()> {
    // The statement has no values, and its names are quoted.
    sqlx::raw_sql(AssertSqlSafe(statement.clone()))
        .execute(connection)
        .await
        .map_err(|error| {
            match error
                .as_database_error()
                .and_then(sqlx::error::DatabaseError::code)
                .as_deref()
            {
                Some("42501") => Error::MissingRight {
                    what: what.to_owned(),
                    fix: format!("{statement};  as the owner of the tables"),
                },
                _ => Error::Database(error),
            }
        })?;
    Ok(())
}

/// Is the slot there?
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Slot {
    Usable {
        /// Up to here the source has been told that it may forget.
        confirmed: Lsn,
    },
    /// It is not there, or can't be trusted: what it stood for can't be had any more.
    Lost {
        what: &'static str,
        /// It is still there and must be dropped before another takes its name.
        remains: bool,
    },
}

impl Slot {
    /// A slot that stands beyond what we have ever acknowledged is another one of the same name, or
    /// was moved by somebody: changes in between are gone.
    pub fn trusted(self, acknowledged: Lsn) -> Self {
        match self {
            Self::Usable { confirmed } if confirmed > acknowledged => Self::Lost {
                what: "was made anew or moved by somebody else",
                remains: true,
            },
            other => other,
        }
    }
}

/// Looks at the slot.
///
/// # Errors
/// [`Error::ForeignSlot`].
pub(crate) async fn check_slot(connection: &mut PgConnection, slot: &str) -> Result<Slot> {
    let row = sqlx::query(
        "select coalesce(plugin::text, 'physical') as plugin, coalesce(wal_status, '') as wal_status,
                coalesce(database::text, '') as database,
                coalesce(database = current_database(), false) as here,
                confirmed_flush_lsn::text as confirmed
           from pg_replication_slots where slot_name = $1",
    )
    .bind(slot)
    .fetch_optional(&mut *connection)
    .await?;
    let Some(row) = row else {
        return Ok(Slot::Lost {
            what: "does not exist any more",
            remains: false,
        });
    };
    let foreign = |found: String| {
        Err(Error::ForeignSlot {
            slot: slot.to_owned(),
            found,
        })
    };
    let plugin: String = row.get("plugin");
    if plugin != "pgoutput" {
        return foreign(format!("plugin {plugin}"));
    }
    if !row.get::<bool, _>("here") {
        return foreign(format!("database {}", row.get::<String, _>("database")));
    }
    if row.get::<String, _>("wal_status") == "lost" {
        return Ok(Slot::Lost {
            what: "was invalidated by the server (max_slot_wal_keep_size)",
            remains: true,
        });
    }
    // None while another session is still creating the slot.
    let confirmed = row.get::<Option<String>, _>("confirmed");
    Ok(Slot::Usable {
        confirmed: confirmed.map_or(Ok(Lsn::ZERO), |text| position(&text))?,
    })
}

/// A position as Postgres writes it.
fn position(text: &str) -> Result<Lsn> {
    text.parse()
        .map_err(|_| Malformed::new(format!("{text} as a position")).into())
}

/// Drops a slot that the server gave up, or that can't be trusted.
pub(crate) async fn drop_slot(connection: &mut PgConnection, slot: &str) -> Result<()> {
    sqlx::query("select pg_drop_replication_slot($1)")
        .bind(slot)
        .execute(connection)
        .await?;
    tracing::warn!(slot, "dropped a replication slot that was lost");
    Ok(())
}

/// Creates the slot; it begins with what is committed from now on, at the position returned.
pub(crate) async fn create_slot(connection: &mut PgConnection, slot: &str) -> Result<Lsn> {
    let create = sqlx::query_scalar::<_, String>(
        "select lsn::text from pg_create_logical_replication_slot($1, 'pgoutput')",
    )
    .bind(slot)
    .fetch_one(connection);
    let what = "creating the replication slot (it waits for transactions that are still writing)";
    let at = within(what, SLOT_PATIENCE, create)
        .await?
        .map_err(|error| {
            match error
                .as_database_error()
                .and_then(sqlx::error::DatabaseError::code)
                .as_deref()
            {
                Some("53400") => Error::NoFreeSlot(error.to_string()),
                _ => Error::Database(error),
            }
        })?;
    tracing::info!(slot, at, "created the replication slot");
    position(&at)
}
