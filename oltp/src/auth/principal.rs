//! From a user to a [`Principal`]: the user's row, the tree of departments below theirs, and the rights of their profile.

use std::sync::Arc;

use basalt_model::{Locale, Principal, PrincipalKind, Rights, Via};
use sqlx::{Row, types::Json};

use super::{Auth, AuthError, Result};

/// Where a user stands in the organisation.
#[derive(Clone, Debug)]
pub struct Place {
    pub profile: Option<String>,
    pub department: Option<(i64, String)>,
}

impl Auth {
    /// The user as of now. Disabled users are [`AuthError::Disabled`]; a user without a known profile may do nothing.
    pub async fn principal_of(&self, user_id: i64, via: Via) -> Result<Principal> {
        let row = sqlx::query(
            "with recursive tree(id) as (
                select d.id from crm.department d join crm.app_user u on u.department_id = d.id where u.id = $1
                union
                select d.id from crm.department d join tree t on d.parent_id = t.id
             )
             select u.id, u.login, u.name, u.locale, u.department_id, p.rights,
                    coalesce(u.active, false) and u.deleted_at is null as enabled,
                    array(select id from tree order by id) as department_tree
             from crm.app_user u left join sys.profile p on p.name = u.profile
             where u.id = $1",
        )
        .bind(user_id)
        .fetch_optional(self.pool())
        .await?
        .ok_or(AuthError::NoSuchUser)?;
        if !row.get::<bool, _>("enabled") {
            return Err(AuthError::Disabled);
        }
        let rights = row
            .try_get::<Option<Json<Rights>>, _>("rights")?
            .map(|Json(rights)| rights)
            .unwrap_or_default();
        Ok(Principal {
            kind: PrincipalKind::User,
            user_id,
            login: row.get("login"),
            name: row.get::<Option<String>, _>("name").unwrap_or_default(),
            locale: row
                .get::<Option<&str>, _>("locale")
                .and_then(|l| l.parse().ok())
                .unwrap_or(Locale::En),
            department_id: row.get("department_id"),
            department_tree: row.get("department_tree"),
            rights: Arc::new(rights),
            scopes: None,
            via,
        })
    }

    /// Profile and department of a user, for people to read.
    pub async fn place_of(&self, user_id: i64) -> Result<Place> {
        let row = sqlx::query(
            "select u.profile, d.id as department_id, d.name as department from crm.app_user u
             left join crm.department d on d.id = u.department_id where u.id = $1",
        )
        .bind(user_id)
        .fetch_optional(self.pool())
        .await?
        .ok_or(AuthError::NoSuchUser)?;
        let department = row
            .get::<Option<i64>, _>("department_id")
            .zip(row.get::<Option<String>, _>("department"));
        Ok(Place {
            profile: row.get("profile"),
            department,
        })
    }

    /// The id of an enabled user by login name, for command-line work.
    pub async fn user_id_of(&self, login: &str) -> Result<i64> {
        let row = sqlx::query(
            "select id from crm.app_user where login = $1 and active and deleted_at is null",
        )
        .bind(login)
        .fetch_optional(self.pool())
        .await?;
        Ok(row.ok_or(AuthError::NoSuchUser)?.get("id"))
    }

    /// Names of all profiles.
    pub async fn profiles(&self) -> Result<Vec<String>> {
        Ok(
            sqlx::query_scalar("select name from sys.profile order by name")
                .fetch_all(self.pool())
                .await?,
        )
    }

    /// Whether no enabled user has a password yet.
    pub async fn has_nobody(&self) -> Result<bool> {
        let someone: bool = sqlx::query_scalar("select exists (select from sys.user_secret s join crm.app_user u on u.id = s.user_id where u.active and u.deleted_at is null)").fetch_one(self.pool()).await?;
        Ok(!someone)
    }
}
