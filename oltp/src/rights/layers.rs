//! Changes of rights for a group, a department or a single user.

use basalt_model::policy::RightsChange;
use basalt_model::{Party, Principal};
use serde::Serialize;
use sqlx::Row;
use sqlx::types::Json;

use super::{known_party, profiles::checked_change};
use crate::db::Db;
use crate::error::{Error, Result};

/// What a group, department or user changes about the rights of profile and role.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LayerEntry {
    pub holder: Party,
    pub change: RightsChange,
}

/// All layers.
///
/// # Errors
/// The database failed.
pub async fn layers(db: &Db) -> Result<Vec<LayerEntry>> {
    let rows = sqlx::query(
        "select holder_kind || ':' || holder_id as holder, change from sys.rights_layer order by holder_kind, holder_id",
    )
    .fetch_all(db.pool())
    .await?;
    rows.iter()
        .map(|row| {
            let Json(change) = row.try_get("change")?;
            let holder: String = row.try_get("holder")?;
            Ok(LayerEntry {
                holder: holder.parse().map_err(Error::Stored)?,
                change,
            })
        })
        .collect()
}

/// Sets what the holder changes.
///
/// # Errors
/// [`Error::Validation`] for a holder, object or field that isn't there.
pub async fn save_layer(
    db: &Db,
    by: &Principal,
    holder: Party,
    change: RightsChange,
) -> Result<()> {
    checked_change(&db.dictionary(), &change)?;
    let (kind, id) = parts(holder);
    let mut tx = db.begin(by).await?;
    known_party(&mut tx, "holder", holder).await?;
    sqlx::query(
        "insert into sys.rights_layer (holder_kind, holder_id, change) values ($1, $2, $3)
         on conflict (holder_kind, holder_id) do update set change = excluded.change",
    )
    .bind(kind)
    .bind(id)
    .bind(Json(&change))
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(())
}

/// Removes the holder's changes.
///
/// # Errors
/// [`Error::NotFound`] when there are none.
pub async fn remove_layer(db: &Db, by: &Principal, holder: Party) -> Result<()> {
    let (kind, id) = parts(holder);
    let mut tx = db.begin(by).await?;
    let gone =
        sqlx::query("delete from sys.rights_layer where holder_kind = $1 and holder_id = $2")
            .bind(kind)
            .bind(id)
            .execute(&mut *tx)
            .await?;
    if gone.rows_affected() == 0 {
        return Err(Error::NotFound);
    }
    tx.commit().await?;
    Ok(())
}

fn parts(holder: Party) -> (&'static str, i64) {
    match holder {
        Party::User(id) => ("user", id),
        Party::Department(id) => ("department", id),
        Party::Group(id) => ("group", id),
    }
}
