//! What a user may do, and which profile, role, group, department or rule it comes from.

use basalt_model::policy::{Explained, Limit};
use basalt_model::{Party, Reason, RowAccess, RowRule, Via};
use serde::Serialize;

use super::load;
use crate::db::Db;
use crate::error::{Error, Result};

/// All of a user's rights.
#[derive(Debug, Clone, Serialize)]
pub struct UserRights {
    pub user_id: i64,
    pub name: String,
    pub enabled: bool,
    pub administrator: bool,
    pub profile: String,
    /// Names under which things may be shared with the user: itself, groups, departments.
    pub parties: Vec<Party>,
    pub subordinates: Vec<i64>,
    /// Managers whom the user assists.
    pub assists: Vec<i64>,
    pub limits: Vec<DimensionLimit>,
    pub objects: Vec<ObjectRights>,
}

/// A data dimension that binds the user.
#[derive(Debug, Clone, Serialize)]
pub struct DimensionLimit {
    pub dimension: String,
    pub values: Vec<String>,
}

/// Function rights of an object and the ways by which its rows are seen.
#[derive(Debug, Clone, Serialize)]
pub struct ObjectRights {
    #[serde(flatten)]
    pub rights: Explained,
    pub reads: Vec<Reason>,
    pub writes: Vec<Reason>,
}

/// The rights of a user as of now, each with where it comes from.
///
/// # Errors
/// [`Error::NotFound`] when there is no such user.
pub async fn user_rights(db: &Db, user_id: i64) -> Result<UserRights> {
    let dictionary = db.dictionary();
    let mut connection = db.pool().acquire().await?;
    let loaded = load(&mut connection, &dictionary, user_id, Via::Api)
        .await?
        .ok_or(Error::NotFound)?;
    let principal = &loaded.principal;
    let explained = loaded.base.explain(
        &loaded.profile,
        &loaded.layers,
        dictionary.objects().iter().map(|o| o.name.as_str()),
    );
    let objects = dictionary
        .objects()
        .iter()
        .zip(explained)
        .map(|(object, rights)| {
            let ways = |access| {
                principal
                    .reasons(&dictionary, object, access)
                    .into_iter()
                    .filter(|(_, rule)| *rule != RowRule::Nothing)
                    .map(|(reason, _)| reason)
                    .collect()
            };
            ObjectRights {
                rights,
                reads: ways(RowAccess::Read),
                writes: ways(RowAccess::Write),
            }
        })
        .collect();
    let sight = &principal.sight;
    Ok(UserRights {
        user_id,
        name: principal.name.clone(),
        enabled: loaded.enabled,
        administrator: principal.is_admin(),
        profile: loaded.profile.clone(),
        parties: sight.parties(user_id),
        subordinates: sight.subordinates.clone(),
        assists: sight.assists.iter().map(|m| m.user_id).collect(),
        limits: sight
            .limits
            .iter()
            .map(
                |Limit {
                     dimension, values, ..
                 }| DimensionLimit {
                    dimension: dimension.clone(),
                    values: values.clone(),
                },
            )
            .collect(),
        objects,
    })
}
