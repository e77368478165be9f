//! Profiles (functions) and roles (data ranges).

use basalt_model::policy::{Rights, RightsChange};
use basalt_model::{Dictionary, Label, Principal};
use serde::{Deserialize, Serialize};
use sqlx::Row;
use sqlx::types::Json;

use super::{Named, invalid, saved_name, taken};
use crate::db::Db;
use crate::error::{Error, Result};

/// What its holders may do with each object and field.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Profile {
    #[serde(flatten)]
    pub named: Named,
    pub rights: Rights,
    pub built_in: bool,
    pub users: i64,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProfileInput {
    pub label: Label,
    pub rights: Rights,
}

/// How far its holders see; may change single rights too.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Role {
    #[serde(flatten)]
    pub named: Named,
    pub change: RightsChange,
    pub built_in: bool,
    pub users: i64,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleInput {
    pub label: Label,
    pub change: RightsChange,
}

/// All profiles, by name.
///
/// # Errors
/// The database failed.
pub async fn profiles(db: &Db) -> Result<Vec<Profile>> {
    let rows = sqlx::query(
        "select p.*, (select count(*) from crm.app_user u where u.profile = p.name and u.deleted_at is null) as users
         from sys.profile p order by p.name",
    )
    .fetch_all(db.pool())
    .await?;
    rows.iter()
        .map(|row| {
            let Json(rights) = row.try_get("rights")?;
            Ok(Profile {
                named: Named::read(row)?,
                rights,
                built_in: row.try_get("built_in")?,
                users: row.try_get("users")?,
            })
        })
        .collect()
}

/// Makes or changes the profile of this name.
///
/// # Errors
/// [`Error::Validation`] for an object or field that isn't there; [`Error::Conflict`] when nobody
/// could administer any more.
pub async fn save_profile(db: &Db, by: &Principal, name: &str, input: ProfileInput) -> Result<()> {
    let name = saved_name(name)?;
    let dictionary = db.dictionary();
    for (object, rights) in &input.rights.objects {
        let fields = rights.hidden.iter().chain(&rights.readonly);
        known_fields(&dictionary, object, fields)?;
    }
    let mut tx = db.begin(by).await?;
    sqlx::query(
        "insert into sys.profile (name, rights, label_en, label_zh) values ($1, $2, $3, $4)
         on conflict (name) do update set rights = excluded.rights, label_en = excluded.label_en, label_zh = excluded.label_zh",
    )
    .bind(&name)
    .bind(Json(&input.rights))
    .bind(&input.label.en)
    .bind(&input.label.zh)
    .execute(&mut *tx)
    .await?;
    somebody_administers(&mut tx).await?;
    tx.commit().await?;
    Ok(())
}

/// Removes a profile that nobody has.
///
/// # Errors
/// [`Error::Conflict`] for one in use or one that came with Basalt.
pub async fn remove_profile(db: &Db, by: &Principal, name: &str) -> Result<()> {
    remove(db, by, "profile", name).await
}

/// All roles, by name.
///
/// # Errors
/// The database failed.
pub async fn roles(db: &Db) -> Result<Vec<Role>> {
    let rows = sqlx::query(
        "select r.*, (select count(*) from crm.app_user u where u.role = r.name and u.deleted_at is null) as users
         from sys.role r order by r.name",
    )
    .fetch_all(db.pool())
    .await?;
    rows.iter()
        .map(|row| {
            let Json(change) = row.try_get("change")?;
            Ok(Role {
                named: Named::read(row)?,
                change,
                built_in: row.try_get("built_in")?,
                users: row.try_get("users")?,
            })
        })
        .collect()
}

/// Makes or changes the role of this name.
///
/// # Errors
/// [`Error::Validation`] for an object or field that isn't there.
pub async fn save_role(db: &Db, by: &Principal, name: &str, input: RoleInput) -> Result<()> {
    let name = saved_name(name)?;
    checked_change(&db.dictionary(), &input.change)?;
    let mut tx = db.begin(by).await?;
    sqlx::query(
        "insert into sys.role (name, change, label_en, label_zh) values ($1, $2, $3, $4)
         on conflict (name) do update set change = excluded.change, label_en = excluded.label_en, label_zh = excluded.label_zh",
    )
    .bind(&name)
    .bind(Json(&input.change))
    .bind(&input.label.en)
    .bind(&input.label.zh)
    .execute(&mut *tx)
    .await
    .map_err(taken)?;
    tx.commit().await?;
    Ok(())
}

/// Removes a role that nobody has.
///
/// # Errors
/// [`Error::Conflict`] for one in use or one that came with Basalt.
pub async fn remove_role(db: &Db, by: &Principal, name: &str) -> Result<()> {
    remove(db, by, "role", name).await
}

async fn remove(db: &Db, by: &Principal, kind: &'static str, name: &str) -> Result<()> {
    let (look, delete) = if kind == "role" {
        (
            "select built_in, (select count(*) from crm.app_user u where u.role = r.name) from sys.role r where name = $1 for update",
            "delete from sys.role where name = $1",
        )
    } else {
        (
            "select built_in, (select count(*) from crm.app_user u where u.profile = p.name) from sys.profile p where name = $1 for update",
            "delete from sys.profile where name = $1",
        )
    };
    let mut tx = db.begin(by).await?;
    let found: Option<(bool, i64)> = sqlx::query_as(look)
        .bind(name)
        .fetch_optional(&mut *tx)
        .await?;
    match found {
        None => return Err(Error::NotFound),
        Some((true, _)) => {
            return Err(Error::conflict(
                "built_in",
                format!("The {kind} {name} came with Basalt and stays; it can be changed."),
                format!("“{name}”为系统内置，不能删除，但可以修改。"),
            ));
        }
        Some((_, users)) if users > 0 => {
            return Err(Error::conflict(
                "in_use",
                format!("{users} users have the {kind} {name}. Give them another first."),
                format!("有 {users} 个用户正在使用“{name}”，请先更换。"),
            ));
        }
        Some(_) => {}
    }
    sqlx::query(delete).bind(name).execute(&mut *tx).await?;
    tx.commit().await?;
    Ok(())
}

/// Every object and field of a change is there.
pub(super) fn checked_change(dictionary: &Dictionary, change: &RightsChange) -> Result<()> {
    for (object, change) in &change.objects {
        known_fields(dictionary, object, change.fields.keys())?;
    }
    Ok(())
}

fn known_fields<'f>(
    dictionary: &Dictionary,
    object: &str,
    fields: impl Iterator<Item = &'f String>,
) -> Result<()> {
    super::known_object(dictionary, object, false)?;
    let Some(known) = dictionary.object(object) else {
        return Err(Error::NotFound);
    };
    for field in fields {
        let Some(found) = known.field(field) else {
            return Err(invalid(
                "fields",
                "unknown",
                format!("{object} has no field {field:?}"),
                format!("{object}没有字段“{field}”"),
            ));
        };
        if found.system && matches!(field.as_str(), "id" | "version") {
            return Err(invalid(
                "fields",
                "needed",
                format!("{field} can't be restricted: every record is known by it"),
                format!("不能限制字段“{field}”"),
            ));
        }
    }
    Ok(())
}

/// At least one enabled user is an administrator, when there are users at all.
pub(super) async fn somebody_administers(connection: &mut sqlx::PgConnection) -> Result<()> {
    let fine: bool = sqlx::query_scalar(
        "select exists (select from crm.app_user u join sys.profile p on p.name = u.profile
                        where u.active and u.deleted_at is null and (p.rights ->> 'admin')::boolean)
             or not exists (select from crm.app_user u where u.active and u.deleted_at is null)",
    )
    .fetch_one(connection)
    .await?;
    if fine {
        Ok(())
    } else {
        Err(Error::conflict(
            "last_administrator",
            "Nobody could administer Basalt any more. Make somebody else an administrator first.",
            "操作后将没有管理员，请先指定其他管理员。",
        ))
    }
}
