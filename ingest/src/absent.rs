//! Tables that leave the publication behind our back: dropped, made anew, or taken out by hand. The
//! stream says nothing of them, so they are looked for from time to time.

use std::collections::BTreeMap;

use basalt_warehouse::TableName;
use sqlx::{PgConnection, Row};

use crate::error::{Error, Result};
use crate::initial_copy::Outcome;
use crate::publication;
use crate::source::{PATIENCE, within};
use crate::stream::Stream;

/// What became of a table that is followed.
#[derive(Debug, PartialEq, Eq)]
enum Found {
    Published,
    TakenOut,
    MadeAnew,
    Dropped,
}

/// Which tables the publication holds, by name, with their object ids.
async fn published(
    connection: &mut PgConnection,
    publication: &str,
) -> Result<BTreeMap<TableName, i64>> {
    let rows = sqlx::query(
        "select n.nspname::text, c.relname::text, c.oid::int8
           from pg_publication p
           join pg_publication_rel r on r.prpubid = p.oid
           join pg_class c on c.oid = r.prrelid
           join pg_namespace n on n.oid = c.relnamespace
          where p.pubname = $1",
    )
    .bind(publication)
    .fetch_all(connection)
    .await?;
    let name = |row: &sqlx::postgres::PgRow| {
        TableName::new(row.get::<String, _>(0), row.get::<String, _>(1))
    };
    Ok(rows.iter().map(|row| (name(row), row.get(2))).collect())
}

/// The object id of a table that is there.
async fn object_id(connection: &mut PgConnection, table: &TableName) -> Result<Option<i64>> {
    let id = sqlx::query_scalar(
        "select c.oid::int8 from pg_class c join pg_namespace n on n.oid = c.relnamespace
          where n.nspname = $1 and c.relname = $2",
    )
    .bind(&table.schema)
    .bind(&table.name)
    .fetch_optional(connection)
    .await?;
    Ok(id)
}

impl Stream {
    /// Looks for tables that are no longer published, beside the stream.
    pub(crate) fn look_at_publication(&mut self) {
        let mut followed = Vec::new();
        for place in self.tables.followed() {
            let table = self.tables.get(place);
            if table.copying_since.is_none() {
                followed.push((table.name().clone(), i64::from(table.captured.oid)));
            }
        }
        let (pool, publication) = (self.pool.clone(), self.publication.clone());
        let outcomes = self.progress.outcomes.0.clone();
        self.progress.copies.spawn(async move {
            let look = async {
                let mut connection = pool.acquire().await?;
                published(&mut connection, &publication).await
            };
            let found = match within("looking at the publication", PATIENCE, look).await {
                Ok(Ok(found)) => found,
                Ok(Err(error)) | Err(error) => {
                    tracing::warn!(%error, "the publication can't be looked at");
                    return;
                }
            };
            for (table, oid) in followed {
                if found.get(&table) != Some(&oid) {
                    let _ = outcomes.send(Outcome::Absent { table }).await;
                }
            }
        });
    }

    /// A table was not published when somebody looked.
    pub(crate) async fn absent(&mut self, table: &TableName) -> Result<()> {
        let Some(place) = self.tables.place(table) else {
            return Ok(());
        };
        let followed = self.tables.get(place);
        if followed.failed || followed.copying_since.is_some() {
            return Ok(());
        }
        let oid = i64::from(followed.captured.oid);
        // Looked at again: what was found is old by now. Published first and copied then, nothing is missed.
        let mend = async {
            let mut connection = self.pool.acquire().await?;
            let found = match object_id(&mut connection, table).await? {
                None => Found::Dropped,
                Some(now) if now != oid => Found::MadeAnew,
                Some(_) => {
                    let held = published(&mut connection, &self.publication).await?;
                    if held.contains_key(table) {
                        Found::Published
                    } else {
                        Found::TakenOut
                    }
                }
            };
            if matches!(found, Found::TakenOut | Found::MadeAnew) {
                let list = std::slice::from_ref(table);
                publication::add(&mut connection, &self.publication, list).await?;
            }
            Ok::<_, Error>(found)
        };
        let why = match within("looking at a table", PATIENCE, mend).await? {
            Ok(Found::Published) => return Ok(()),
            Ok(Found::Dropped) => {
                let reason = "it was dropped in the source; the lake keeps what it had".to_owned();
                return self.fail(place, reason).await;
            }
            Ok(Found::TakenOut) => format!(
                "it was taken out of publication {} by hand: changes are missing",
                self.publication
            ),
            Ok(Found::MadeAnew) => "it was dropped and created again".to_owned(),
            Err(error @ Error::MissingRight { .. }) => {
                return self.fail(place, error.to_string()).await;
            }
            Err(error) => return Err(error),
        };
        Box::pin(self.recopy(place, why)).await
    }
}
