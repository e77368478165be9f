//! From a user to a [`Principal`], cached until anything that decides on rights changes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use basalt_model::{Principal, Via};
use sqlx::Row;

use super::{Auth, AuthError, Result};
use crate::rights;

/// Cached principals; beyond this many the cache starts anew.
const KEPT: usize = 10_000;

/// A principal as of a version of the access rights.
type AsOf = (i64, Arc<Principal>);

/// Principals by user.
#[derive(Clone, Default)]
pub(super) struct Known(Arc<Mutex<HashMap<i64, AsOf>>>);

impl Known {
    fn get(&self, user_id: i64, version: i64) -> Option<Arc<Principal>> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known
            .get(&user_id)
            .filter(|(as_of, _)| *as_of == version)
            .map(|(_, principal)| Arc::clone(principal))
    }

    fn put(&self, user_id: i64, version: i64, principal: Arc<Principal>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= KEPT {
            known.clear();
        }
        known.insert(user_id, (version, principal));
    }
}

/// Where a user stands in the organisation.
#[derive(Clone, Debug)]
pub struct Place {
    pub profile: Option<String>,
    pub department: Option<(i64, String)>,
}

impl Auth {
    /// The user as of now. Disabled users are [`AuthError::Disabled`]; a user without a known profile may do nothing.
    pub async fn principal_of(&self, user_id: i64, via: Via) -> Result<Principal> {
        let version = rights::version(&self.db).await?;
        self.principal_at(user_id, via, version).await
    }

    /// As [`principal_of`](Self::principal_of), for a version that was read just now.
    pub(super) async fn principal_at(
        &self,
        user_id: i64,
        via: Via,
        version: i64,
    ) -> Result<Principal> {
        if let Some(known) = self.known.get(user_id, version) {
            return Ok((*known).clone().through(via));
        }
        let mut connection = self.pool().acquire().await?;
        let loaded = rights::load(&mut connection, &self.db.dictionary(), user_id, via)
            .await?
            .ok_or(AuthError::NoSuchUser)?;
        if !loaded.enabled {
            return Err(AuthError::Disabled);
        }
        // What was read is at least as new as the version, which was read before.
        self.known
            .put(user_id, version, Arc::new(loaded.principal.clone()));
        Ok(loaded.principal)
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
