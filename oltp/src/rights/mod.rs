//! Administration of access: profiles, roles, groups, layers of rights, sharing rules, defaults,
//! data dimensions, assistants; shares of single records; and the explanation of it all.
//!
//! What is changed here takes effect on the next call: the rights of a user are cached by a number
//! that every change counts up ([`version`]).

mod dimensions;
mod explain;
pub mod groups;
mod layers;
mod load;
mod profiles;
mod review;
mod shares;
mod sharing;
mod users;

use basalt_model::{Dictionary, Label, Party, Problem};
use serde::{Deserialize, Serialize};
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Row};

use crate::db::Db;
use crate::error::{Error, Result};

pub use dimensions::{Dimension, DimensionInput, dimensions, remove_dimension, save_dimension};
pub use explain::{UserRights, user_rights};
pub use layers::{LayerEntry, layers, remove_layer, save_layer};
pub(crate) use load::load;
pub use profiles::{
    Profile, ProfileInput, Role, RoleInput, profiles, remove_profile, remove_role, roles,
    save_profile, save_role,
};
pub use review::{FieldReader, Reader, readers_of_field, readers_of_record};
pub(crate) use shares::within;
pub use shares::{Share, ShareInput, remove_share, share, shares};
pub use sharing::{
    Assistant, Default as ObjectDefault, SharingInput, SharingRuleEntry, add_assistant, assistants,
    defaults, remove_assistant, remove_sharing_rule, save_sharing_rule, set_default, sharing_rules,
};
pub(crate) use users::check_user;

/// A name for programs and its labels for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    pub name: String,
    pub label: Label,
}

impl Named {
    fn read(row: &PgRow) -> Result<Self> {
        Ok(Self {
            name: row.try_get("name")?,
            label: Label {
                en: row.try_get("label_en")?,
                zh: row.try_get("label_zh")?,
            },
        })
    }
}

/// Changes whenever anything that decides on rights has changed.
///
/// # Errors
/// The database failed.
pub async fn version(db: &Db) -> Result<i64> {
    Ok(sqlx::query_scalar("select version from sys.access_state")
        .fetch_one(db.pool())
        .await?)
}

/// The users that a party stands for now, each once.
///
/// # Errors
/// The database failed.
pub async fn users_of(db: &Db, party: Party) -> Result<Vec<i64>> {
    let mut connection = db.pool().acquire().await?;
    groups::users_of(&mut connection, party).await
}

fn invalid(field: &str, code: &'static str, en: impl Into<String>, zh: impl Into<String>) -> Error {
    Error::field(field, Problem::new(code, en, zh))
}

/// A name of 1 to 60 characters without control characters, trimmed.
fn saved_name(name: &str) -> Result<String> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > 60 || name.chars().any(char::is_control) {
        return Err(invalid(
            "name",
            "length",
            "must have 1 to 60 characters",
            "须为1到60个字符",
        ));
    }
    Ok(name.to_owned())
}

fn taken(error: sqlx::Error) -> Error {
    let unique = error
        .as_database_error()
        .is_some_and(sqlx::error::DatabaseError::is_unique_violation);
    if unique {
        invalid("name", "unique", "is taken", "已被使用")
    } else {
        error.into()
    }
}

/// The object's dictionary name, known and (when `owned`) with rights of its own.
fn known_object(dictionary: &Dictionary, name: &str, owned: bool) -> Result<()> {
    let Some(object) = dictionary.object(name) else {
        return Err(invalid(
            "object",
            "unknown",
            format!("there is no object {name:?}"),
            format!("没有对象“{name}”"),
        ));
    };
    use basalt_model::RightsFrom;
    match &object.rights {
        RightsFrom::Own | RightsFrom::AnyParent(_) => Ok(()),
        _ if !owned => Ok(()),
        RightsFrom::Public => Err(invalid(
            "object",
            "public",
            format!(
                "{name}: everyone who may read it at all reads every record; nothing is to be shared"
            ),
            format!("{name}：有读取权限者可查看全部记录，无需共享"),
        )),
        RightsFrom::Parent { object: parent, .. } => Err(invalid(
            "object",
            "inherited",
            format!("{name} is seen as the {parent} it belongs to is; share that"),
            format!("{name}的权限来自所属的{parent}，请共享{parent}"),
        )),
    }
}

/// The user, department or group is there.
async fn known_party(connection: &mut PgConnection, field: &str, party: Party) -> Result<()> {
    let (statement, id) = match party {
        Party::User(id) => (
            "select exists (select from crm.app_user where id = $1 and deleted_at is null)",
            id,
        ),
        Party::Department(id) => (
            "select exists (select from crm.department where id = $1 and deleted_at is null)",
            id,
        ),
        Party::Group(id) => (
            "select exists (select from sys.user_group where id = $1)",
            id,
        ),
    };
    let there: bool = sqlx::query_scalar(statement)
        .bind(id)
        .fetch_one(connection)
        .await?;
    if there {
        Ok(())
    } else {
        Err(invalid(
            field,
            "not_found",
            format!("{party} is not there"),
            format!("{party} 不存在"),
        ))
    }
}

/// No sharing rule names the party.
async fn none_left(connection: &mut PgConnection, party: Party) -> Result<()> {
    let rules: Vec<String> = sqlx::query_scalar(
        "select name from sys.sharing_rule where grantee = $1 or owners = $1 order by name limit 5",
    )
    .bind(party.to_string())
    .fetch_all(connection)
    .await?;
    if rules.is_empty() {
        return Ok(());
    }
    let names = rules.join(", ");
    Err(Error::conflict(
        "in_use",
        format!("Sharing rules name it: {names}. Change or remove those first."),
        format!("以下共享规则正在使用：{names}。请先修改或删除。"),
    ))
}
