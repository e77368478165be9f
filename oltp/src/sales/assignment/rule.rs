//! The rules of assignment as administrators keep them.

use basalt_model::{Condition, Dictionary, Object, Principal, Problem, Trait};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use sqlx::postgres::PgRow;
use sqlx::types::Json;
use sqlx::{PgConnection, Row};

use crate::db::Db;
use crate::error::{Error, Result};

/// Who gets a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "to", rename_all = "snake_case", deny_unknown_fields)]
pub enum Assign {
    User {
        user: i64,
    },
    /// One after the other, in this order.
    RoundRobin {
        users: Vec<i64>,
    },
    /// Whoever has the fewest.
    LeastLoaded {
        users: Vec<i64>,
    },
    /// Nobody yet: the members of a public pool claim it.
    Pool {
        pool: i64,
    },
}

impl Assign {
    pub(super) fn users(&self) -> &[i64] {
        match self {
            Self::User { user } => std::slice::from_ref(user),
            Self::RoundRobin { users } | Self::LeastLoaded { users } => users,
            Self::Pool { .. } => &[],
        }
    }
}

/// A rule to be made or changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AssignmentRuleInput {
    /// `lead` or `customer`
    pub object: String,
    pub name: String,
    /// Rules are asked in this order.
    pub position: i32,
    /// Without one it holds for every record.
    #[serde(default)]
    pub condition: Option<Condition>,
    pub assign: Assign,
    #[serde(default = "yes")]
    pub active: bool,
}

fn yes() -> bool {
    true
}

/// A rule as stored.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AssignmentRule {
    pub id: i64,
    #[serde(flatten)]
    pub rule: AssignmentRuleInput,
    /// Of a round robin: who was given the last record.
    pub last_user: Option<i64>,
    pub changed_at: Option<DateTime<Utc>>,
}

/// A changed rule to be tried on the records of the past.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trial {
    /// The rule it stands for; a new one otherwise.
    #[serde(default)]
    pub id: Option<i64>,
    pub rule: AssignmentRuleInput,
    /// Records created since this day.
    pub since: NaiveDate,
}

/// All rules, in their order.
///
/// # Errors
/// The database failed.
pub async fn rules(db: &Db) -> Result<Vec<AssignmentRule>> {
    let rows = sqlx::query("select * from sys.assignment_rule order by object, position, id")
        .fetch_all(db.pool())
        .await?;
    rows.iter().map(read).collect()
}

pub(super) fn read(row: &PgRow) -> Result<AssignmentRule> {
    let Json(assign) = row.try_get("assign")?;
    Ok(AssignmentRule {
        id: row.try_get("id")?,
        rule: AssignmentRuleInput {
            object: row.try_get("object")?,
            name: row.try_get("name")?,
            position: row.try_get("position")?,
            condition: row
                .try_get::<Option<Json<Condition>>, _>("condition")?
                .map(|Json(condition)| condition),
            assign,
            active: row.try_get("active")?,
        },
        last_user: row.try_get("last_user_id")?,
        changed_at: row.try_get("changed_at")?,
    })
}

/// Makes a rule, or changes the one with this id.
///
/// # Errors
/// [`Error::Validation`] or [`Error::Request`] with the place that makes no sense.
pub async fn save_rule(
    db: &Db,
    by: &Principal,
    id: Option<i64>,
    input: &AssignmentRuleInput,
) -> Result<i64> {
    let dictionary = db.dictionary();
    let mut tx = db.begin(by).await?;
    check(&mut tx, &dictionary, input).await?;
    let statement = match id {
        None => {
            "insert into sys.assignment_rule (object, name, position, condition, assign, active, changed_by)
             values ($2, $3, $4, $5, $6, $7, nullif($8, 0)) returning id, $1::bigint"
        }
        Some(_) => {
            "update sys.assignment_rule set object = $2, name = $3, position = $4, condition = $5, assign = $6, active = $7,
                    changed_by = nullif($8, 0), changed_at = now() where id = $1 returning id, $1::bigint"
        }
    };
    let row = sqlx::query(statement)
        .bind(id)
        .bind(&input.object)
        .bind(input.name.trim())
        .bind(input.position)
        .bind(input.condition.as_ref().map(Json))
        .bind(Json(&input.assign))
        .bind(input.active)
        .bind(by.user_id)
        .fetch_optional(&mut *tx)
        .await
        .map_err(|error| {
            let taken = error
                .as_database_error()
                .is_some_and(sqlx::error::DatabaseError::is_unique_violation);
            if taken {
                let problem = Problem::new("unique", "is the name of another rule", "已有同名规则");
                Error::field("name", problem)
            } else {
                error.into()
            }
        })?
        .ok_or(Error::NotFound)?;
    tx.commit().await?;
    Ok(row.try_get(0)?)
}

/// Removes a rule; what it decided stays in the history.
///
/// # Errors
/// [`Error::NotFound`] when there is none.
pub async fn remove_rule(db: &Db, by: &Principal, id: i64) -> Result<()> {
    let mut tx = db.begin(by).await?;
    let done = sqlx::query("delete from sys.assignment_rule where id = $1")
        .bind(id)
        .execute(&mut *tx)
        .await?;
    if done.rows_affected() == 0 {
        return Err(Error::NotFound);
    }
    tx.commit().await?;
    Ok(())
}

/// Refuses a rule that makes no sense.
pub(super) async fn check(
    connection: &mut PgConnection,
    dictionary: &Dictionary,
    input: &AssignmentRuleInput,
) -> Result<()> {
    let refuse = |field: &str, code, en: &str, zh: &str| {
        Err(Error::field(field, Problem::new(code, en, zh)))
    };
    if !pooled(dictionary, &input.object) {
        return refuse(
            "object",
            "unknown",
            "must be lead or customer",
            "须为 lead 或 customer",
        );
    }
    if !(1..=120).contains(&input.name.trim().chars().count()) {
        return refuse(
            "name",
            "length",
            "must have 1 to 120 characters",
            "须为1到120个字符",
        );
    }
    if let Some(condition) = &input.condition {
        condition.check(dictionary, &input.object)?;
    }
    if let Assign::Pool { pool } = input.assign {
        let there: bool = sqlx::query_scalar(
            "select exists (select from crm.pool where id = $1 and object = $2 and deleted_at is null)",
        )
        .bind(pool)
        .bind(&input.object)
        .fetch_one(connection)
        .await?;
        if !there {
            return refuse(
                "assign.pool",
                "not_found",
                "is no pool for such records",
                "不是该类记录的公海",
            );
        }
        return Ok(());
    }
    let users = input.assign.users();
    let active: i64 = sqlx::query_scalar(
        "select count(*) from crm.app_user where id = any($1) and active and deleted_at is null",
    )
    .bind(users)
    .fetch_one(connection)
    .await?;
    let mut distinct = users.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    if users.is_empty()
        || distinct.len() != users.len()
        || usize::try_from(active) != Ok(users.len())
    {
        return refuse(
            "assign.users",
            "not_found",
            "must name active users, each once",
            "须为有效用户，且不重复",
        );
    }
    Ok(())
}

fn pooled(dictionary: &Dictionary, object: &str) -> bool {
    dictionary
        .object(object)
        .is_some_and(|object: &Object| object.has(Trait::Pooled))
}
