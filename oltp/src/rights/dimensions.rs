//! Data dimensions beside the department: region, product line, brand, …

use std::collections::BTreeMap;

use basalt_model::{Label, Party, Principal, SqlType};
use serde::{Deserialize, Serialize};
use sqlx::Row;
use sqlx::types::Json;

use super::{Named, invalid, known_object, known_party, saved_name, taken};
use crate::db::Db;
use crate::error::{Error, Result};

/// A dimension: which field carries it, and who is bound to which values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Dimension {
    pub id: i64,
    #[serde(flatten)]
    pub named: Named,
    /// Object → field.
    pub fields: BTreeMap<String, String>,
    /// Who sees which values only. Who isn't named, nor by a group or department, isn't bound.
    pub bound: BTreeMap<Party, Vec<String>>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DimensionInput {
    pub name: String,
    pub label: Label,
    pub fields: BTreeMap<String, String>,
    #[serde(default)]
    pub bound: BTreeMap<Party, Vec<String>>,
}

/// All dimensions, by name.
///
/// # Errors
/// The database failed.
pub async fn dimensions(db: &Db) -> Result<Vec<Dimension>> {
    let rows = sqlx::query(
        "select d.*, coalesce((select jsonb_object_agg(v.holder, v.allowed) from sys.data_dimension_value v where v.dimension_id = d.id), '{}') as bound
         from sys.data_dimension d order by d.name",
    )
    .fetch_all(db.pool())
    .await?;
    rows.iter()
        .map(|row| {
            let Json(fields) = row.try_get("fields")?;
            let Json(bound) = row.try_get("bound")?;
            Ok(Dimension {
                id: row.try_get("id")?,
                named: Named::read(row)?,
                fields,
                bound,
            })
        })
        .collect()
}

/// Makes a dimension, or changes the one with this id.
///
/// # Errors
/// [`Error::Validation`] for a field that can't carry a dimension or a holder that isn't there.
pub async fn save_dimension(
    db: &Db,
    by: &Principal,
    id: Option<i64>,
    input: DimensionInput,
) -> Result<i64> {
    let name = saved_name(&input.name)?;
    let dictionary = db.dictionary();
    for (object, field) in &input.fields {
        known_object(&dictionary, object, true)?;
        let fits = dictionary
            .object(object)
            .and_then(|object| object.field(field))
            .is_some_and(|field| matches!(field.sql_type(), SqlType::Text | SqlType::BigInt));
        if !fits {
            return Err(invalid(
                "fields",
                "unfit",
                format!("{object}.{field} is no choice, text or reference"),
                format!("{object}.{field} 不是选项、文本或引用字段"),
            ));
        }
    }
    let mut tx = db.begin(by).await?;
    let statement = match id {
        None => {
            "insert into sys.data_dimension (name, label_en, label_zh, fields) values ($2, $3, $4, $5) returning id, $1::bigint"
        }
        Some(_) => {
            "update sys.data_dimension set name = $2, label_en = $3, label_zh = $4, fields = $5 where id = $1 returning id, $1::bigint"
        }
    };
    let row = sqlx::query(statement)
        .bind(id)
        .bind(name)
        .bind(&input.label.en)
        .bind(&input.label.zh)
        .bind(Json(&input.fields))
        .fetch_optional(&mut *tx)
        .await
        .map_err(taken)?
        .ok_or(Error::NotFound)?;
    let id: i64 = row.try_get(0)?;
    sqlx::query("delete from sys.data_dimension_value where dimension_id = $1")
        .bind(id)
        .execute(&mut *tx)
        .await?;
    for (holder, allowed) in &input.bound {
        known_party(&mut tx, "bound", *holder).await?;
        sqlx::query(
            "insert into sys.data_dimension_value (dimension_id, holder, allowed) values ($1, $2, $3)",
        )
        .bind(id)
        .bind(holder.to_string())
        .bind(allowed)
        .execute(&mut *tx)
        .await?;
    }
    tx.commit().await?;
    Ok(id)
}

/// Removes a dimension; nobody is bound by it any more.
///
/// # Errors
/// [`Error::NotFound`] when there is none.
pub async fn remove_dimension(db: &Db, by: &Principal, id: i64) -> Result<()> {
    let mut tx = db.begin(by).await?;
    let gone = sqlx::query("delete from sys.data_dimension where id = $1")
        .bind(id)
        .execute(&mut *tx)
        .await?;
    if gone.rows_affected() == 0 {
        return Err(Error::NotFound);
    }
    tx.commit().await?;
    Ok(())
}
