//! Groups of users, departments and groups: who is in them, without circles.

use basalt_model::{Label, Party, Principal};
use serde::{Deserialize, Serialize};
use sqlx::{PgConnection, Row};

use super::{Named, known_party, none_left, saved_name};
use crate::db::Db;
use crate::error::{Error, Result};

/// What a group is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Sharing and rights.
    #[default]
    Public,
    /// Approvers and recipients of workflow.
    Process,
}

/// A group with its direct members.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Group {
    pub id: i64,
    #[serde(flatten)]
    pub named: Named,
    pub purpose: Purpose,
    pub members: Vec<Party>,
    /// Users in it, each once, through departments and groups too.
    pub users: usize,
}

/// A group to be made or changed.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupInput {
    pub name: String,
    pub label: Label,
    #[serde(default)]
    pub purpose: Purpose,
    #[serde(default)]
    pub members: Vec<Party>,
}

/// All groups, by name.
///
/// # Errors
/// The database failed.
pub async fn list(db: &Db) -> Result<Vec<Group>> {
    let mut connection = db.pool().acquire().await?;
    let rows = sqlx::query(
        "select g.id, g.name, g.label_en, g.label_zh, g.purpose,
                array(select m.member_kind || ':' || m.member_id from sys.group_member m where m.group_id = g.id order by m.id) as members
         from sys.user_group g order by g.name",
    )
    .fetch_all(&mut *connection)
    .await?;
    let mut groups = Vec::with_capacity(rows.len());
    for row in rows {
        let id = row.try_get("id")?;
        let members: Vec<String> = row.try_get("members")?;
        groups.push(Group {
            id,
            named: Named::read(&row)?,
            purpose: match row.try_get::<&str, _>("purpose")? {
                "process" => Purpose::Process,
                _ => Purpose::Public,
            },
            members: members
                .iter()
                .map(|member| member.parse().map_err(Error::Stored))
                .collect::<Result<_>>()?,
            users: users_of(&mut connection, Party::Group(id)).await?.len(),
        });
    }
    Ok(groups)
}

/// Makes a group, or changes the one with this id.
///
/// # Errors
/// [`Error::Validation`] for a name that is taken, a member that isn't there, or one that would
/// make the group a member of itself.
pub async fn save(db: &Db, by: &Principal, id: Option<i64>, input: GroupInput) -> Result<i64> {
    let name = saved_name(&input.name)?;
    let mut tx = db.begin(by).await?;
    // Two changes at once could close a circle that neither sees.
    sqlx::query("lock table sys.group_member in share row exclusive mode")
        .execute(&mut *tx)
        .await?;
    let purpose = match input.purpose {
        Purpose::Public => "public",
        Purpose::Process => "process",
    };
    let statement = match id {
        None => {
            "insert into sys.user_group (name, label_en, label_zh, purpose) values ($2, $3, $4, $5)
             returning id, $1::bigint"
        }
        Some(_) => {
            "update sys.user_group set name = $2, label_en = $3, label_zh = $4, purpose = $5
             where id = $1 returning id, $1::bigint"
        }
    };
    let row = sqlx::query(statement)
        .bind(id)
        .bind(name)
        .bind(&input.label.en)
        .bind(&input.label.zh)
        .bind(purpose)
        .fetch_optional(&mut *tx)
        .await
        .map_err(super::taken)?
        .ok_or(Error::NotFound)?;
    let id: i64 = row.try_get(0)?;
    sqlx::query("delete from sys.group_member where group_id = $1 and member_kind || ':' || member_id <> all($2)")
        .bind(id)
        .bind(input.members.iter().map(Party::to_string).collect::<Vec<_>>())
        .execute(&mut *tx)
        .await?;
    for member in &input.members {
        known_party(&mut tx, "members", *member).await?;
        let (kind, member) = match member {
            Party::User(id) => ("user", id),
            Party::Department(id) => ("department", id),
            Party::Group(id) => ("group", id),
        };
        sqlx::query("insert into sys.group_member (group_id, member_kind, member_id) values ($1, $2, $3) on conflict do nothing")
            .bind(id)
            .bind(kind)
            .bind(member)
            .execute(&mut *tx)
            .await?;
    }
    if circular(&mut tx, id).await? {
        return Err(super::invalid(
            "members",
            "circle",
            "make the group a member of itself",
            "会使该组成为自己的成员",
        ));
    }
    tx.commit().await?;
    Ok(id)
}

/// Removes a group; what was shared with it ends.
///
/// # Errors
/// [`Error::NotFound`] when there is none; [`Error::Conflict`] while rules or rights name it.
pub async fn remove(db: &Db, by: &Principal, id: i64) -> Result<()> {
    let mut tx = db.begin(by).await?;
    none_left(&mut tx, Party::Group(id)).await?;
    let party = Party::Group(id).to_string();
    for statement in [
        "delete from crm.record_share where grantee = $1",
        "delete from sys.group_member where 'group:' || member_id = $1 and member_kind = 'group'",
        "delete from sys.rights_layer where 'group:' || holder_id = $1 and holder_kind = 'group'",
        "delete from sys.data_dimension_value where holder = $1",
    ] {
        sqlx::query(statement)
            .bind(&party)
            .execute(&mut *tx)
            .await?;
    }
    let gone = sqlx::query("delete from sys.user_group where id = $1")
        .bind(id)
        .execute(&mut *tx)
        .await?;
    if gone.rows_affected() == 0 {
        return Err(Error::NotFound);
    }
    tx.commit().await?;
    Ok(())
}

/// The groups a user is in, through departments and groups too.
pub(crate) async fn of_user(
    connection: &mut PgConnection,
    user_id: i64,
    department_path: &[i64],
) -> Result<Vec<i64>> {
    Ok(sqlx::query_scalar(
        "with recursive g(id) as (
            select m.group_id from sys.group_member m
            where (m.member_kind = 'user' and m.member_id = $1) or (m.member_kind = 'department' and m.member_id = any($2))
            union
            select m.group_id from sys.group_member m join g on m.member_kind = 'group' and m.member_id = g.id
         ) select id from g order by id",
    )
    .bind(user_id)
    .bind(department_path)
    .fetch_all(connection)
    .await?)
}

/// The enabled and disabled users that a party stands for, each once.
pub(crate) async fn users_of(connection: &mut PgConnection, party: Party) -> Result<Vec<i64>> {
    let (kind, id) = match party {
        Party::User(id) => return Ok(vec![id]),
        Party::Department(id) => ("department", id),
        Party::Group(id) => ("group", id),
    };
    Ok(sqlx::query_scalar(
        "with recursive member(kind, id) as (
            select $1::text, $2::bigint
            union
            select m.member_kind, m.member_id from sys.group_member m join member n on n.kind = 'group' and m.group_id = n.id
         ),
         department(id) as (
            select id from member where kind = 'department'
            union
            select d.id from crm.department d join department n on d.parent_id = n.id
         )
         select u.id from crm.app_user u
         where u.deleted_at is null
           and (u.id in (select id from member where kind = 'user') or u.department_id in (select id from department))
         order by u.id",
    )
    .bind(kind)
    .bind(id)
    .fetch_all(connection)
    .await?)
}

async fn circular(connection: &mut PgConnection, id: i64) -> Result<bool> {
    Ok(sqlx::query_scalar(
        "with recursive inner_group(id) as (
            select member_id from sys.group_member where group_id = $1 and member_kind = 'group'
            union
            select m.member_id from sys.group_member m join inner_group g on m.group_id = g.id and m.member_kind = 'group'
         ) select exists (select from inner_group where id = $1)",
    )
    .bind(id)
    .fetch_one(connection)
    .await?)
}
