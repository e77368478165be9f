//! Lists that people saved, for themselves or for all. A view is only a question: it is asked
//! with the rights of whoever opens it.

use basalt_model::condition::resolve;
use basalt_model::{Condition, Principal, Problem};
use serde::{Deserialize, Serialize};
use sqlx::types::Json;
use sqlx::{Row, postgres::PgRow};

use super::{Sort, Store};
use crate::error::{Error, Result};

/// What a saved list shows.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ViewDefinition {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<Condition>,
    /// Columns in order; empty: the standard ones.
    #[serde(default)]
    pub fields: Vec<String>,
    /// As in lists: a leading `-` sorts downwards.
    #[serde(default)]
    pub sort: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub q: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
}

/// A saved list.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ListView {
    pub id: i64,
    pub name: String,
    pub owner_id: i64,
    /// Everyone who may read the object sees it.
    pub shared: bool,
    /// Whether the caller may change it.
    pub own: bool,
    pub definition: ViewDefinition,
}

impl Store {
    /// The caller's lists and those shared with all. Of shared ones that speak of fields hidden from
    /// the caller nothing is told.
    ///
    /// # Errors
    /// [`Error::Forbidden`] when the object isn't readable.
    pub async fn views(&self, principal: &Principal, object: &str) -> Result<Vec<ListView>> {
        self.may_list(principal, object)?;
        let rows = sqlx::query(
            "select id, name, owner_id, shared, definition from sys.list_view
             where object = $1 and (owner_id = $2 or shared) order by name, id limit 1000",
        )
        .bind(object)
        .bind(principal.user_id)
        .fetch_all(self.db().pool())
        .await?;
        let mut views = Vec::with_capacity(rows.len());
        for row in &rows {
            let view = view(row, principal)?;
            if self.fits(principal, object, &view.definition).is_ok() {
                views.push(view);
            }
        }
        Ok(views)
    }

    /// Saves a list. Sharing one with all is for administrators and those who may export the object.
    ///
    /// # Errors
    /// [`Error::Request`] when filter, fields or sort make no sense; [`Error::Validation`] for the name.
    pub async fn save_view(
        &self,
        principal: &Principal,
        object: &str,
        id: Option<i64>,
        name: &str,
        shared: bool,
        definition: &ViewDefinition,
    ) -> Result<ListView> {
        self.may_list(principal, object)?;
        let name = name.trim();
        if !(1..=80).contains(&name.chars().count()) || name.contains('\0') {
            return Err(Error::field(
                "name",
                Problem::new("name", "has 1 to 80 characters", "须为 1 到 80 个字符"),
            ));
        }
        self.fits(principal, object, definition)?;
        let row = match id {
            None => {
                sqlx::query(
                    "insert into sys.list_view (object, owner_id, name, shared, definition) values ($1, $2, $3, $4, $5)
                     returning id, name, owner_id, shared, definition",
                )
                .bind(object)
                .bind(principal.user_id)
                .bind(name)
                .bind(shared)
                .bind(Json(definition))
                .fetch_one(self.db().pool())
                .await
            }
            Some(id) => {
                self.own_view(principal, object, id).await?;
                sqlx::query(
                    "update sys.list_view set name = $2, shared = $3, definition = $4, changed_at = now() where id = $1
                     returning id, name, owner_id, shared, definition",
                )
                .bind(id)
                .bind(name)
                .bind(shared)
                .bind(Json(definition))
                .fetch_one(self.db().pool())
                .await
            }
        };
        let row = row.map_err(|error| {
            let taken = error
                .as_database_error()
                .is_some_and(sqlx::error::DatabaseError::is_unique_violation);
            if taken {
                Error::field(
                    "name",
                    Problem::new(
                        "unique",
                        "is taken by another of your lists",
                        "已有同名视图",
                    ),
                )
            } else {
                error.into()
            }
        })?;
        view(&row, principal)
    }

    /// Removes a saved list of one's own; administrators remove any shared one.
    ///
    /// # Errors
    /// [`Error::NotFound`] for another's private list, [`Error::Forbidden`] for another's shared one.
    pub async fn delete_view(&self, principal: &Principal, object: &str, id: i64) -> Result<()> {
        self.own_view(principal, object, id).await?;
        sqlx::query("delete from sys.list_view where id = $1")
            .bind(id)
            .execute(self.db().pool())
            .await?;
        Ok(())
    }

    async fn own_view(&self, principal: &Principal, object: &str, id: i64) -> Result<()> {
        let there: Option<(i64, bool)> = sqlx::query_as(
            "select owner_id, shared from sys.list_view where id = $1 and object = $2",
        )
        .bind(id)
        .bind(object)
        .fetch_optional(self.db().pool())
        .await?;
        match there {
            Some((owner, _)) if owner == principal.user_id => Ok(()),
            Some((_, true)) if principal.is_admin() => Ok(()),
            Some((_, true)) => Err(Error::Forbidden),
            _ => Err(Error::NotFound),
        }
    }

    fn may_list(&self, principal: &Principal, object: &str) -> Result<()> {
        if principal.can(object, basalt_model::Action::Read) {
            Ok(())
        } else {
            Err(Error::Forbidden)
        }
    }

    /// Whether the principal could ask this.
    fn fits(&self, principal: &Principal, object: &str, view: &ViewDefinition) -> Result<()> {
        let dictionary = self.db().dictionary();
        let found = dictionary.object(object).ok_or(Error::NotFound)?;
        if let Some(filter) = &view.filter {
            filter.check_for(&dictionary, object, principal)?;
        }
        for path in &view.fields {
            resolve(&dictionary, found, path, Some(principal))?;
        }
        for sort in &view.sort {
            resolve(
                &dictionary,
                found,
                &Sort::parse(sort).field,
                Some(principal),
            )?;
        }
        if view.fields.len() > 100 || view.sort.len() > 5 {
            return Err(Error::request(
                "definition",
                "names more than 100 columns or 5 sorts",
                "列数超过 100 或排序超过 5",
            ));
        }
        Ok(())
    }
}

fn view(row: &PgRow, principal: &Principal) -> Result<ListView> {
    let owner_id: i64 = row.try_get(2)?;
    let Json(definition): Json<ViewDefinition> = row.try_get(4)?;
    Ok(ListView {
        id: row.try_get(0)?,
        name: row.try_get(1)?,
        owner_id,
        shared: row.try_get(3)?,
        own: owner_id == principal.user_id,
        definition,
    })
}
