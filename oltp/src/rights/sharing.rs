//! Sharing beyond range and team: rules by owner and by condition, the organisation's defaults, assistants.

use basalt_model::{Condition, Party, Principal, ShareAccess};
use serde::{Deserialize, Serialize};
use sqlx::Row;
use sqlx::types::Json;

use super::{invalid, known_object, known_party, saved_name, taken};
use crate::db::Db;
use crate::error::{Error, Result};

/// A rule that shares records.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SharingRuleEntry {
    pub id: i64,
    pub name: String,
    pub object: String,
    /// Records of these owners …
    pub owners: Option<Party>,
    /// … or records that meet this condition.
    pub condition: Option<Condition>,
    pub grantee: Party,
    pub access: ShareAccess,
    pub active: bool,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SharingInput {
    pub name: String,
    pub object: String,
    #[serde(default)]
    pub owners: Option<Party>,
    #[serde(default)]
    pub condition: Option<Condition>,
    pub grantee: Party,
    pub access: ShareAccess,
    #[serde(default = "yes")]
    pub active: bool,
}

fn yes() -> bool {
    true
}

/// What everybody may do with every record of an object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Default {
    pub object: String,
    pub access: ShareAccess,
}

/// Who reads what whom reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Assistant {
    pub manager_id: i64,
    pub manager: String,
    pub assistant_id: i64,
    pub assistant: String,
}

/// All sharing rules, by name.
///
/// # Errors
/// The database failed.
pub async fn sharing_rules(db: &Db) -> Result<Vec<SharingRuleEntry>> {
    let rows = sqlx::query("select * from sys.sharing_rule order by name")
        .fetch_all(db.pool())
        .await?;
    rows.iter()
        .map(|row| {
            let party = |text: String| text.parse::<Party>().map_err(Error::Stored);
            Ok(SharingRuleEntry {
                id: row.try_get("id")?,
                name: row.try_get("name")?,
                object: row.try_get("object")?,
                owners: row
                    .try_get::<Option<String>, _>("owners")?
                    .map(party)
                    .transpose()?,
                condition: row
                    .try_get::<Option<Json<Condition>>, _>("condition")?
                    .map(|Json(condition)| condition),
                grantee: party(row.try_get("grantee")?)?,
                access: access(row.try_get("access")?),
                active: row.try_get("active")?,
            })
        })
        .collect()
}

/// Makes a sharing rule, or changes the one with this id.
///
/// # Errors
/// [`Error::Validation`] when object, owners, grantee or condition make no sense.
pub async fn save_sharing_rule(
    db: &Db,
    by: &Principal,
    id: Option<i64>,
    input: SharingInput,
) -> Result<i64> {
    let name = saved_name(&input.name)?;
    let dictionary = db.dictionary();
    known_object(&dictionary, &input.object, true)?;
    if input.owners.is_some() == input.condition.is_some() {
        return Err(invalid(
            "owners",
            "either",
            "a rule has either owners or a condition",
            "须设置负责人范围或条件之一",
        ));
    }
    if let Some(condition) = &input.condition {
        let checked = condition.check(&dictionary, &input.object)?;
        if !checked.joins().is_empty() {
            return Err(invalid(
                "condition",
                "reach",
                "may test fields of the record itself only",
                "只能使用记录自身的字段",
            ));
        }
    }
    let mut tx = db.begin(by).await?;
    known_party(&mut tx, "grantee", input.grantee).await?;
    if let Some(owners) = input.owners {
        known_party(&mut tx, "owners", owners).await?;
    }
    let statement = match id {
        None => {
            "insert into sys.sharing_rule (name, object, owners, condition, grantee, access, active)
             values ($2, $3, $4, $5, $6, $7, $8) returning id, $1::bigint"
        }
        Some(_) => {
            "update sys.sharing_rule set name = $2, object = $3, owners = $4, condition = $5, grantee = $6, access = $7, active = $8
             where id = $1 returning id, $1::bigint"
        }
    };
    let row = sqlx::query(statement)
        .bind(id)
        .bind(name)
        .bind(&input.object)
        .bind(input.owners.map(|owners| owners.to_string()))
        .bind(input.condition.as_ref().map(Json))
        .bind(input.grantee.to_string())
        .bind(input.access.tag())
        .bind(input.active)
        .fetch_optional(&mut *tx)
        .await
        .map_err(taken)?
        .ok_or(Error::NotFound)?;
    let id = row.try_get(0)?;
    tx.commit().await?;
    Ok(id)
}

/// Removes a sharing rule; what only it shared is hidden again.
///
/// # Errors
/// [`Error::NotFound`] when there is none.
pub async fn remove_sharing_rule(db: &Db, by: &Principal, id: i64) -> Result<()> {
    delete(db, by, "delete from sys.sharing_rule where id = $1", &[id]).await
}

/// The objects that aren't private, with what everybody may do.
///
/// # Errors
/// The database failed.
pub async fn defaults(db: &Db) -> Result<Vec<Default>> {
    let rows: Vec<(String, String)> =
        sqlx::query_as("select object, access from sys.object_default order by object")
            .fetch_all(db.pool())
            .await?;
    Ok(rows
        .into_iter()
        .map(|(object, given)| Default {
            object,
            access: access(&given),
        })
        .collect())
}

/// Sets what everybody may do with every record of an object; `None`: private again.
///
/// # Errors
/// [`Error::Validation`] for an object without rights of its own.
pub async fn set_default(
    db: &Db,
    by: &Principal,
    object: &str,
    access: Option<ShareAccess>,
) -> Result<()> {
    known_object(&db.dictionary(), object, true)?;
    let mut tx = db.begin(by).await?;
    match access {
        Some(access) => {
            sqlx::query(
                "insert into sys.object_default (object, access) values ($1, $2)
                 on conflict (object) do update set access = excluded.access",
            )
            .bind(object)
            .bind(access.tag())
            .execute(&mut *tx)
            .await?;
        }
        None => {
            sqlx::query("delete from sys.object_default where object = $1")
                .bind(object)
                .execute(&mut *tx)
                .await?;
        }
    }
    tx.commit().await?;
    Ok(())
}

/// All assistants.
///
/// # Errors
/// The database failed.
pub async fn assistants(db: &Db) -> Result<Vec<Assistant>> {
    let rows: Vec<(i64, String, i64, String)> = sqlx::query_as(
        "select m.id, m.name, a.id, a.name from sys.assistant s
         join crm.app_user m on m.id = s.manager_id join crm.app_user a on a.id = s.assistant_id order by m.name, a.name",
    )
    .fetch_all(db.pool())
    .await?;
    Ok(rows
        .into_iter()
        .map(|(manager_id, manager, assistant_id, assistant)| Assistant {
            manager_id,
            manager,
            assistant_id,
            assistant,
        })
        .collect())
}

/// Makes one user the assistant of another, whose data it reads from then on.
///
/// # Errors
/// [`Error::Validation`] for users that aren't there, or for the same one twice.
pub async fn add_assistant(db: &Db, by: &Principal, manager: i64, assistant: i64) -> Result<()> {
    if manager == assistant {
        return Err(invalid(
            "assistant_id",
            "same",
            "is the manager",
            "不能与管理者相同",
        ));
    }
    let mut tx = db.begin(by).await?;
    known_party(&mut tx, "manager_id", Party::User(manager)).await?;
    known_party(&mut tx, "assistant_id", Party::User(assistant)).await?;
    sqlx::query("insert into sys.assistant (manager_id, assistant_id) values ($1, $2) on conflict do nothing")
        .bind(manager)
        .bind(assistant)
        .execute(&mut *tx)
        .await?;
    tx.commit().await?;
    Ok(())
}

/// Ends an assistance.
///
/// # Errors
/// [`Error::NotFound`] when there is none.
pub async fn remove_assistant(db: &Db, by: &Principal, manager: i64, assistant: i64) -> Result<()> {
    delete(
        db,
        by,
        "delete from sys.assistant where manager_id = $1 and assistant_id = $2",
        &[manager, assistant],
    )
    .await
}

async fn delete(db: &Db, by: &Principal, statement: &'static str, keys: &[i64]) -> Result<()> {
    let mut tx = db.begin(by).await?;
    let mut query = sqlx::query(statement);
    for key in keys {
        query = query.bind(key);
    }
    if query.execute(&mut *tx).await?.rows_affected() == 0 {
        return Err(Error::NotFound);
    }
    tx.commit().await?;
    Ok(())
}

pub(super) fn access(tag: &str) -> ShareAccess {
    match tag {
        "write" => ShareAccess::Write,
        _ => ShareAccess::Read,
    }
}
