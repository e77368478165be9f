//! Whom a rule or an approval step means: users, groups, departments, and people found from the record.

use basalt_model::{Object, Party};
use serde::{Deserialize, Serialize};
use sqlx::{PgConnection, QueryBuilder};

use crate::error::{Error, Result};
use crate::rights::groups;
use crate::sql::{crm, quoted};

/// Who is meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Recipient {
    /// `user:7`, `group:2`, `department:3`
    Party(Party),
    /// Everybody with this role.
    Role(String),
    /// The user in this field of the record: `owner`, …
    Field(String),
    /// The manager so many levels above the user in this field (1: the direct one).
    ManagerOf { field: String, levels: u8 },
}

impl Recipient {
    /// Refuses a field that holds no user.
    pub(crate) fn check(&self, object: &Object) -> Result<()> {
        let name = match self {
            Self::Party(_) | Self::Role(_) => return Ok(()),
            Self::Field(name) | Self::ManagerOf { field: name, .. } => name,
        };
        let holds_user = object
            .field(name)
            .is_some_and(|field| field.target() == Some("user"));
        if holds_user {
            Ok(())
        } else {
            Err(Error::request(
                "recipient",
                format!("{name:?} is no field with a user"),
                format!("“{name}”不是用户字段"),
            ))
        }
    }

    /// The enabled users that are meant now, each once.
    pub(crate) async fn users(
        &self,
        connection: &mut PgConnection,
        object: &Object,
        record: i64,
    ) -> Result<Vec<i64>> {
        let found = match self {
            Self::Party(party) => groups::users_of(connection, *party).await?,
            Self::Role(role) => {
                sqlx::query_scalar("select id from crm.app_user where role = $1 order by id")
                    .bind(role)
                    .fetch_all(&mut *connection)
                    .await?
            }
            Self::Field(field) => user_in(connection, object, record, field)
                .await?
                .into_iter()
                .collect(),
            Self::ManagerOf { field, levels } => {
                let mut user = user_in(connection, object, record, field).await?;
                for _ in 0..*levels {
                    user = match user {
                        Some(user) => {
                            sqlx::query_scalar("select manager_id from crm.app_user where id = $1")
                                .bind(user)
                                .fetch_optional(&mut *connection)
                                .await?
                                .flatten()
                        }
                        None => None,
                    };
                }
                user.into_iter().collect()
            }
        };
        Ok(sqlx::query_scalar(
            "select id from crm.app_user where id = any($1) and active and deleted_at is null order by array_position($1, id)",
        )
        .bind(found)
        .fetch_all(connection)
        .await?)
    }
}

async fn user_in(
    connection: &mut PgConnection,
    object: &Object,
    record: i64,
    field: &str,
) -> Result<Option<i64>> {
    let Some(field) = object.field(field) else {
        return Ok(None);
    };
    let mut query = QueryBuilder::new(format!(
        "select {} from {} where id = ",
        quoted(&field.column()),
        crm(&object.table)
    ));
    query.push_bind(record);
    Ok(query
        .build_query_scalar::<Option<i64>>()
        .fetch_optional(connection)
        .await?
        .flatten())
}

/// All users that a list of recipients means, each once.
pub(super) async fn all(
    connection: &mut PgConnection,
    recipients: &[Recipient],
    object: &Object,
    record: i64,
) -> Result<Vec<i64>> {
    let mut users = Vec::new();
    for recipient in recipients {
        for user in recipient.users(connection, object, record).await? {
            if !users.contains(&user) {
                users.push(user);
            }
        }
    }
    Ok(users)
}
