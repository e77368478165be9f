//! Shares of single records: the team (users with a role in it) and others.

use basalt_model::{Action, Party, Principal, RowAccess, ShareAccess};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::{PgConnection, QueryBuilder, Row};

use super::{known_object, known_party, sharing::access};
use crate::db::Db;
use crate::error::{Error, Result};
use crate::sql::{crm, push_row_rule};

/// Somebody who may see a record besides those whose range it is in.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Share {
    pub id: i64,
    pub grantee: Party,
    /// Name of the user, department or group.
    pub name: Option<String>,
    pub access: ShareAccess,
    /// What a member of the team does there.
    pub team_role: Option<String>,
    pub created_at: DateTime<Utc>,
    pub created_by: Option<i64>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShareInput {
    pub grantee: Party,
    pub access: ShareAccess,
    #[serde(default)]
    pub team_role: Option<String>,
}

/// The shares of a record that the principal reads.
///
/// # Errors
/// [`Error::NotFound`] when the record isn't readable.
pub async fn shares(db: &Db, principal: &Principal, object: &str, id: i64) -> Result<Vec<Share>> {
    let mut connection = db.pool().acquire().await?;
    if !within(&mut connection, db, principal, object, id, RowAccess::Read).await? {
        return Err(Error::NotFound);
    }
    let rows = sqlx::query(
        "select s.id, s.grantee, s.access, s.team_role, s.created_at, s.created_by, coalesce(u.name, d.name, g.name) as name
         from crm.record_share s
         cross join lateral (select split_part(s.grantee, ':', 1) as kind, split_part(s.grantee, ':', 2)::bigint as id) p
         left join crm.app_user u on p.kind = 'user' and u.id = p.id
         left join crm.department d on p.kind = 'department' and d.id = p.id
         left join sys.user_group g on p.kind = 'group' and g.id = p.id
         where s.object = $1 and s.record_id = $2 order by s.id",
    )
    .bind(object)
    .bind(id)
    .fetch_all(&mut *connection)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(Share {
                id: row.try_get("id")?,
                grantee: row
                    .try_get::<String, _>("grantee")?
                    .parse()
                    .map_err(Error::Stored)?,
                name: row.try_get("name")?,
                access: access(row.try_get("access")?),
                team_role: row.try_get("team_role")?,
                created_at: row.try_get("created_at")?,
                created_by: row.try_get("created_by")?,
            })
        })
        .collect()
}

/// Shares a record, or changes the share there is; returns its id and the position of the change.
///
/// # Errors
/// [`Error::NotFound`] when the record isn't readable, [`Error::Forbidden`] when it isn't within
/// one's own range or the right to share is missing.
pub async fn share(
    db: &Db,
    principal: &Principal,
    object: &str,
    id: i64,
    input: ShareInput,
) -> Result<(i64, String)> {
    let mut tx = db.begin(principal).await?;
    may_share(&mut tx, db, principal, object, id).await?;
    known_object(&db.dictionary(), object, true)?;
    known_party(&mut tx, "grantee", input.grantee).await?;
    let role = input.team_role.as_deref().map(str::trim);
    if role.is_some() && !matches!(input.grantee, Party::User(_)) {
        return Err(super::invalid(
            "team_role",
            "user",
            "goes with a user only",
            "只能用于用户",
        ));
    }
    if role.is_some_and(|role| role.is_empty() || role.chars().count() > 60) {
        return Err(super::invalid(
            "team_role",
            "length",
            "must have 1 to 60 characters",
            "须为1到60个字符",
        ));
    }
    let share: i64 = sqlx::query_scalar(
        "insert into crm.record_share (object, record_id, grantee, access, team_role) values ($1, $2, $3, $4, $5)
         on conflict (object, record_id, grantee) do update set access = excluded.access, team_role = excluded.team_role
         returning id",
    )
    .bind(object)
    .bind(id)
    .bind(input.grantee.to_string())
    .bind(input.access.tag())
    .bind(role)
    .fetch_one(&mut *tx)
    .await?;
    Ok((share, tx.commit().await?))
}

/// Ends a share; returns the position of the change.
///
/// # Errors
/// As [`share`].
pub async fn remove_share(
    db: &Db,
    principal: &Principal,
    object: &str,
    id: i64,
    share: i64,
) -> Result<String> {
    let mut tx = db.begin(principal).await?;
    may_share(&mut tx, db, principal, object, id).await?;
    let gone = sqlx::query(
        "delete from crm.record_share where id = $1 and object = $2 and record_id = $3",
    )
    .bind(share)
    .bind(object)
    .bind(id)
    .execute(&mut *tx)
    .await?;
    if gone.rows_affected() == 0 {
        return Err(Error::NotFound);
    }
    tx.commit().await
}

async fn may_share(
    connection: &mut PgConnection,
    db: &Db,
    principal: &Principal,
    object: &str,
    id: i64,
) -> Result<()> {
    if !within(connection, db, principal, object, id, RowAccess::Read).await? {
        return Err(Error::NotFound);
    }
    if principal.can(object, Action::Share)
        && within(connection, db, principal, object, id, RowAccess::Full).await?
    {
        Ok(())
    } else {
        Err(Error::Forbidden)
    }
}

/// Whether the record is there, not recycled, and the principal may deal with it in this way.
pub(crate) async fn within(
    connection: &mut PgConnection,
    db: &Db,
    principal: &Principal,
    object: &str,
    id: i64,
    access: RowAccess,
) -> Result<bool> {
    let dictionary = db.dictionary();
    let Some(object) = dictionary.object(object) else {
        return Ok(false);
    };
    let mut query = QueryBuilder::new(format!(
        "select exists (select from {} t where t.deleted_at is null and t.id = ",
        crm(&object.table)
    ));
    query.push_bind(id).push(" and ");
    push_row_rule(
        &mut query,
        "t",
        &principal.rule_for(&dictionary, object, access),
    );
    query.push(")");
    Ok(query.build_query_scalar().fetch_one(connection).await?)
}
