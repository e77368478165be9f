//! How forms are laid out: sections of fields, for a profile and a type of record.

use basalt_model::{Condition, Dictionary, Label, Object, Principal, Problem};
use serde::{Deserialize, Serialize};
use sqlx::types::Json;
use sqlx::{PgConnection, Row};

use crate::db::Db;
use crate::error::{Error, Result};

/// A part of a form.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Section {
    pub label: Label,
    pub fields: Vec<String>,
}

/// A form.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layout {
    #[serde(default)]
    pub id: i64,
    pub object: String,
    /// `None`: for everyone whose profile has none of its own.
    #[serde(default)]
    pub profile: Option<String>,
    /// The records it is for; `None`: all.
    #[serde(default)]
    pub shown_for: Option<Condition>,
    pub sections: Vec<Section>,
}

/// Saves a layout in place of the one for the same object, profile and records.
///
/// # Errors
/// [`Error::Forbidden`] for anyone but administrators; [`Error::Validation`] when it names what isn't there.
pub async fn save(db: &Db, principal: &Principal, layout: &Layout) -> Result<Layout> {
    super::administers(principal)?;
    let dictionary = db.dictionary();
    let object = dictionary.object(&layout.object).ok_or(Error::NotFound)?;
    check(&dictionary, object, layout)?;
    let mut tx = db.begin(principal).await?;
    if let Some(profile) = &layout.profile {
        let there: bool =
            sqlx::query_scalar("select exists (select from sys.profile where name = $1)")
                .bind(profile)
                .fetch_one(&mut *tx)
                .await?;
        if !there {
            return Err(Error::field(
                "profile",
                Problem::new("not_found", "is no profile", "职能不存在"),
            ));
        }
    }
    let id: i64 = sqlx::query_scalar(
        "insert into sys.layout (object, profile, shown_for, sections, changed_by) values ($1, $2, $3, $4, nullif($5, 0))
         on conflict (object, coalesce(profile, ''), coalesce(shown_for::text, ''))
         do update set sections = excluded.sections, changed_at = now(), changed_by = excluded.changed_by
         returning id",
    )
    .bind(&layout.object)
    .bind(&layout.profile)
    .bind(layout.shown_for.as_ref().map(Json))
    .bind(Json(&layout.sections))
    .bind(principal.user_id)
    .fetch_one(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(Layout {
        id,
        ..layout.clone()
    })
}

/// Removes a layout.
///
/// # Errors
/// [`Error::Forbidden`] for anyone but administrators; [`Error::NotFound`].
pub async fn delete(db: &Db, principal: &Principal, id: i64) -> Result<()> {
    super::administers(principal)?;
    let mut tx = db.begin(principal).await?;
    let done = sqlx::query("delete from sys.layout where id = $1")
        .bind(id)
        .execute(&mut *tx)
        .await?;
    if done.rows_affected() == 0 {
        return Err(Error::NotFound);
    }
    tx.commit().await?;
    Ok(())
}

/// The layouts that the principal's forms follow: those of the profile, else the general ones; those for
/// certain records first. Fields that are hidden from the principal are left out.
///
/// # Errors
/// The database.
pub async fn of_principal(db: &Db, principal: &Principal) -> Result<Vec<Layout>> {
    let mut connection = db.pool().acquire().await?;
    let profile: Option<String> =
        sqlx::query_scalar("select profile from crm.app_user where id = $1")
            .bind(principal.user_id)
            .fetch_optional(&mut *connection)
            .await?
            .flatten();
    let all = read(&mut connection, profile.as_deref()).await?;
    let dictionary = db.dictionary();
    let mut layouts: Vec<Layout> = Vec::new();
    for mut layout in all {
        // Own ones come first; a general one counts only without an own one for the same records.
        let replaced = layouts
            .iter()
            .any(|there| there.object == layout.object && there.shown_for == layout.shown_for);
        let Some(object) = dictionary.object(&layout.object).filter(|_| !replaced) else {
            continue;
        };
        if let Some(when) = &layout.shown_for
            && when
                .check_for(&dictionary, &object.name, principal)
                .is_err()
        {
            continue;
        }
        for section in &mut layout.sections {
            section.fields.retain(|name| {
                object.field(name).is_some() && !principal.is_hidden(&object.name, name)
            });
        }
        layout.sections.retain(|section| !section.fields.is_empty());
        layouts.push(layout);
    }
    Ok(layouts)
}

async fn read(connection: &mut PgConnection, profile: Option<&str>) -> Result<Vec<Layout>> {
    let rows = sqlx::query(
        "select id, object, profile, shown_for, sections from sys.layout where profile is null or profile = $1
         order by object, profile nulls last, shown_for is null, id",
    )
    .bind(profile)
    .fetch_all(connection)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(Layout {
                id: row.try_get(0)?,
                object: row.try_get(1)?,
                profile: row.try_get(2)?,
                shown_for: row
                    .try_get::<Option<Json<Condition>>, _>(3)?
                    .map(|Json(when)| when),
                sections: row.try_get::<Json<Vec<Section>>, _>(4)?.0,
            })
        })
        .collect()
}

fn check(dictionary: &Dictionary, object: &Object, layout: &Layout) -> Result<()> {
    if let Some(when) = &layout.shown_for {
        when.check(dictionary, &object.name)?;
    }
    let mut seen: Vec<&str> = Vec::new();
    for (at, section) in layout.sections.iter().enumerate() {
        for name in &section.fields {
            let place = format!("sections[{at}].fields");
            if object.field(name).is_none() {
                return Err(Error::field(
                    place,
                    Problem::new(
                        "unknown",
                        format!("name no field: {name}"),
                        format!("没有字段“{name}”"),
                    ),
                ));
            }
            if seen.contains(&name.as_str()) {
                return Err(Error::field(
                    place,
                    Problem::new(
                        "twice",
                        format!("name {name} twice"),
                        format!("字段“{name}”重复"),
                    ),
                ));
            }
            seen.push(name);
        }
    }
    // A form on which a demanded field is missing could never be saved.
    let missing = object.fields.iter().find(|field| {
        field.required
            && !field.readonly
            && field.default.is_none()
            && !seen.contains(&field.name.as_str())
    });
    match missing {
        None => Ok(()),
        Some(field) => Err(Error::field(
            "sections",
            Problem::new(
                "required",
                format!("leave out the required field {}", field.name),
                format!("缺少必填字段“{}”", field.label.zh),
            ),
        )),
    }
}
