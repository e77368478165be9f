//! Leads from forms on web sites: public, so bounded and deduplicated.

use basalt_model::{FieldKind, Principal, PrincipalKind, Problem, Via};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};
use sqlx::Row;

use crate::db::Db;
use crate::error::{Error, FieldError, Result};
use crate::record::{JsonMap, Store};

/// Posts that one address may send in a minute.
const A_MINUTE: i64 = 10;
/// Posts of all addresses to one form in a minute.
const A_MINUTE_IN_ALL: i64 = 300;

/// A form as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WebForm {
    pub id: i64,
    /// Names it in its address.
    pub key: String,
    pub name: String,
    pub active: bool,
    pub dedupe_minutes: i32,
    /// Where its leads go when no rule of assignment decides.
    pub pool: Option<i64>,
    pub changed_at: DateTime<Utc>,
}

/// A form to be made or changed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebFormInput {
    pub key: String,
    pub name: String,
    #[serde(default = "yes")]
    pub active: bool,
    #[serde(default = "a_day")]
    pub dedupe_minutes: i32,
    #[serde(default)]
    pub pool: Option<i64>,
}

fn yes() -> bool {
    true
}

fn a_day() -> i32 {
    1440
}

/// What somebody entered.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Post {
    /// The company, or the person's own name.
    pub name: String,
    pub contact_name: Option<String>,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub website: Option<String>,
    pub city: Option<String>,
    pub message: Option<String>,
    /// Number or name of the campaign that led here.
    pub campaign: Option<String>,
    /// People don't see this field; programs that fill in everything give themselves away.
    pub leave_empty: Option<String>,
}

/// What became of a post.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Captured {
    Lead {
        id: i64,
        version: i32,
    },
    /// The same was sent a moment ago, or by a program: nothing was made.
    Nothing,
    /// Too many posts: try again later.
    TooMany,
}

/// All forms.
///
/// # Errors
/// The database failed.
pub async fn forms(db: &Db) -> Result<Vec<WebForm>> {
    let rows = sqlx::query("select * from sys.web_form order by name")
        .fetch_all(db.pool())
        .await?;
    rows.iter()
        .map(|row| {
            Ok(WebForm {
                id: row.try_get("id")?,
                key: row.try_get("key")?,
                name: row.try_get("name")?,
                active: row.try_get("active")?,
                dedupe_minutes: row.try_get("dedupe_minutes")?,
                pool: row.try_get("pool_id")?,
                changed_at: row.try_get("changed_at")?,
            })
        })
        .collect()
}

/// Makes a form, or changes the one with this id.
///
/// # Errors
/// [`Error::Validation`] for a key that is no plain word or taken, a window out of range, or an unknown pool.
pub async fn save_form(
    db: &Db,
    by: &Principal,
    id: Option<i64>,
    input: &WebFormInput,
) -> Result<i64> {
    let mut errors = Vec::new();
    let plain = (1..=40).contains(&input.key.len())
        && input
            .key
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if !plain {
        let problem = Problem::new(
            "key",
            "must be 1 to 40 small letters, digits or hyphens",
            "须为1到40个小写字母、数字或连字符",
        );
        errors.push(FieldError::new("key", problem));
    }
    if !(1..=120).contains(&input.name.trim().chars().count()) {
        let problem = Problem::new(
            "length",
            "must have 1 to 120 characters",
            "须为1到120个字符",
        );
        errors.push(FieldError::new("name", problem));
    }
    if !(0..=525_600).contains(&input.dedupe_minutes) {
        let problem = Problem::new("range", "must be 0 to 525,600", "须在 0 到 525600 之间");
        errors.push(FieldError::new("dedupe_minutes", problem));
    }
    let mut tx = db.begin(by).await?;
    if let Some(pool) = input.pool {
        let there: bool = sqlx::query_scalar(
            "select exists (select from crm.pool where id = $1 and object = 'lead' and deleted_at is null)",
        )
        .bind(pool)
        .fetch_one(&mut *tx)
        .await?;
        if !there {
            let problem = Problem::new("not_found", "is no pool for leads", "不是线索公海");
            errors.push(FieldError::new("pool", problem));
        }
    }
    if !errors.is_empty() {
        return Err(Error::Validation(errors));
    }
    let statement = match id {
        None => {
            "insert into sys.web_form (key, name, active, dedupe_minutes, pool_id, changed_by)
             values ($2, $3, $4, $5, $6, nullif($7, 0)) returning id, $1::bigint"
        }
        Some(_) => {
            "update sys.web_form set key = $2, name = $3, active = $4, dedupe_minutes = $5, pool_id = $6,
                    changed_by = nullif($7, 0), changed_at = now() where id = $1 returning id, $1::bigint"
        }
    };
    let row = sqlx::query(statement)
        .bind(id)
        .bind(&input.key)
        .bind(input.name.trim())
        .bind(input.active)
        .bind(input.dedupe_minutes)
        .bind(input.pool)
        .bind(by.user_id)
        .fetch_optional(&mut *tx)
        .await
        .map_err(|error| {
            let taken = error
                .as_database_error()
                .is_some_and(sqlx::error::DatabaseError::is_unique_violation);
            if taken {
                let problem =
                    Problem::new("unique", "is the key of another form", "已有相同标识的表单");
                Error::field("key", problem)
            } else {
                error.into()
            }
        })?
        .ok_or(Error::NotFound)?;
    tx.commit().await?;
    Ok(row.try_get(0)?)
}

/// Removes a form; its leads stay.
///
/// # Errors
/// [`Error::NotFound`] when there is none.
pub async fn remove_form(db: &Db, by: &Principal, id: i64) -> Result<()> {
    let mut tx = db.begin(by).await?;
    let done = sqlx::query("delete from sys.web_form where id = $1")
        .bind(id)
        .execute(&mut *tx)
        .await?;
    if done.rows_affected() == 0 {
        return Err(Error::NotFound);
    }
    tx.commit().await?;
    Ok(())
}

/// Makes a lead of a post to the form with this key. `address` is whence it came; only its digest is kept.
///
/// # Errors
/// [`Error::NotFound`] for an unknown or switched-off form; [`Error::Validation`] when what was entered
/// doesn't fit, or there is no way to reach whoever entered it.
pub async fn capture(db: &Db, key: &str, address: &str, post: &Post) -> Result<Captured> {
    let principal = Principal {
        kind: PrincipalKind::Job,
        login: "web_form".to_owned(),
        name: "Web form".to_owned(),
        ..Principal::system()
    }
    .through(Via::Api);
    let mut tx = db.begin(&principal).await?;
    let form = sqlx::query(
        "select id, dedupe_minutes, pool_id from sys.web_form where key = $1 and active",
    )
    .bind(key)
    .fetch_optional(&mut *tx)
    .await?
    .ok_or(Error::NotFound)?;
    let (id, minutes): (i64, i32) = (form.try_get(0)?, form.try_get(1)?);
    let ip_hash = digest(&[address]);
    // One after the other from one address, and to one form: what is counted holds.
    sqlx::query("select pg_advisory_xact_lock(hashtextextended('basalt.web_form.' || $1, 0))")
        .bind(id)
        .execute(&mut *tx)
        .await?;
    let (of_address, of_form): (i64, i64) = sqlx::query_as(
        "select count(*) filter (where ip_hash = $1), count(*) filter (where form_id = $2)
         from sys.web_form_post where at > now() - interval '1 minute' and (ip_hash = $1 or form_id = $2)",
    )
    .bind(&ip_hash)
    .bind(id)
    .fetch_one(&mut *tx)
    .await?;
    if of_address >= A_MINUTE || of_form >= A_MINUTE_IN_ALL {
        return Ok(Captured::TooMany);
    }
    check(db, post)?;
    let part = |text: &Option<String>| text.as_deref().map(folded).unwrap_or_default();
    let same = digest(&[
        &folded(&post.name),
        &part(&post.contact_name),
        &part(&post.email),
        &part(&post.phone),
        &part(&post.message),
        &part(&post.campaign),
    ]);
    let again: bool = sqlx::query_scalar(
        "select exists (select from sys.web_form_post where form_id = $1 and digest = $2 and lead_id is not null
                        and at > now() - make_interval(mins => $3))",
    )
    .bind(id)
    .bind(&same)
    .bind(minutes)
    .fetch_one(&mut *tx)
    .await?;
    let program = post
        .leave_empty
        .as_deref()
        .is_some_and(|text| !text.trim().is_empty());
    let made = if again || program {
        None
    } else {
        let lead = lead_of(&mut tx, post).await?;
        let made = Store::new(db.clone())
            .create_in(&mut tx, &principal, "lead", lead)
            .await?;
        // Where no rule decided, it is the form's pool.
        sqlx::query(
            "update crm.lead set pool_id = $2 where id = $1 and $2 is not null and owner_id is null and pool_id is null",
        )
        .bind(made.id)
        .bind(form.try_get::<Option<i64>, _>(2)?)
        .execute(&mut *tx)
        .await?;
        Some(made)
    };
    sqlx::query(
        "insert into sys.web_form_post (form_id, ip_hash, digest, lead_id) values ($1, $2, $3, $4)",
    )
    .bind(id)
    .bind(&ip_hash)
    .bind(&same)
    .bind(made.as_ref().map(|made| made.id))
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(made.map_or(Captured::Nothing, |made| Captured::Lead {
        id: made.id,
        version: made.version,
    }))
}

fn check(db: &Db, post: &Post) -> Result<()> {
    let dictionary = db.dictionary();
    let Some(object) = dictionary.object("lead") else {
        return Err(Error::NotFound);
    };
    let mut errors = Vec::new();
    let given = [
        ("name", Some(&post.name)),
        ("contact_name", post.contact_name.as_ref()),
        ("email", post.email.as_ref()),
        ("phone", post.phone.as_ref()),
        ("website", post.website.as_ref()),
        ("city", post.city.as_ref()),
    ];
    for (name, value) in given {
        let (Some(field), Some(value)) = (object.field(name), value) else {
            continue;
        };
        if let Err(problem) = field.read_json(&json!(value)) {
            errors.push(FieldError::new(name, problem));
        }
        debug_assert!(!matches!(field.kind, FieldKind::Reference { .. }));
    }
    if post.name.trim().is_empty() {
        errors.push(FieldError::new("name", Problem::required()));
    }
    let reachable = [&post.email, &post.phone]
        .into_iter()
        .flatten()
        .any(|text| !text.trim().is_empty());
    if !reachable {
        let problem = Problem::new(
            "required",
            "or phone is needed, so that we can answer",
            "或电话至少填写一项，以便我们联系您",
        );
        errors.push(FieldError::new("email", problem));
    }
    for (name, value, most) in [
        ("message", &post.message, 5000),
        ("campaign", &post.campaign, 120),
    ] {
        if value
            .as_ref()
            .is_some_and(|text| text.chars().count() > most)
        {
            let problem = Problem::new(
                "length",
                format!("has more than {most} characters"),
                format!("超过 {most} 个字符"),
            );
            errors.push(FieldError::new(name, problem));
        }
    }
    if errors.is_empty() {
        Ok(())
    } else {
        Err(Error::Validation(errors))
    }
}

async fn lead_of(connection: &mut sqlx::PgConnection, post: &Post) -> Result<JsonMap> {
    let mut lead = JsonMap::new();
    lead.insert("name".to_owned(), json!(post.name.trim()));
    for (name, value) in [
        ("contact_name", &post.contact_name),
        ("email", &post.email),
        ("phone", &post.phone),
        ("website", &post.website),
        ("city", &post.city),
        ("description", &post.message),
    ] {
        let value = value
            .as_deref()
            .map(str::trim)
            .filter(|text| !text.is_empty());
        if let Some(value) = value {
            lead.insert(name.to_owned(), json!(value));
        }
    }
    let source: Option<i64> =
        sqlx::query_scalar("select id from crm.source where code = 'web' and deleted_at is null")
            .fetch_optional(&mut *connection)
            .await?;
    if let Some(source) = source {
        lead.insert("source".to_owned(), json!(source));
    }
    let code = post
        .campaign
        .as_deref()
        .map(str::trim)
        .filter(|code| !code.is_empty());
    if let Some(code) = code {
        lead.insert("campaign_code".to_owned(), json!(code));
        let campaign: Option<i64> = sqlx::query_scalar(
            "select id from crm.campaign where deleted_at is null and (id::text = $1 or name = $1) order by id::text = $1 desc, id desc limit 1",
        )
        .bind(code)
        .fetch_optional(connection)
        .await?;
        if let Some(campaign) = campaign {
            lead.insert("campaign".to_owned(), json!(campaign));
        }
    }
    Ok(lead)
}

fn folded(text: &str) -> String {
    text.split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .to_lowercase()
}

fn digest(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.len().to_be_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
