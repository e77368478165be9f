//! Websites that send events, and whom their visitors turn out to be.
//!
//! A browser is a stranger with a random name until it shows a token that Basalt made for a customer
//! (a page of the customer's account asks for one). From then on its events are the customer's, and
//! those it sent before become so.

use basalt_model::{Label, Principal, Problem};
use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use sqlx::{PgConnection, PgPool, QueryBuilder, Row, postgres::PgRow};
use url::Url;
use uuid::Uuid;

use super::event::Event;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::sql::push_readable;

/// A token is good for this long.
const GOOD_FOR: TimeDelta = TimeDelta::days(30);

/// A website that may send events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// Names the site in its pages; no secret.
    pub key: String,
    pub name: String,
    /// Where its pages may come from: `https://shop.example`.
    pub origins: Vec<String>,
    pub created_at: DateTime<Utc>,
}

/// A website to be added.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SiteInput {
    pub name: String,
    pub origins: Vec<String>,
}

/// Stands for a customer at a website.
#[derive(Debug, Clone)]
pub struct Identity {
    pub token: String,
    pub expires_at: DateTime<Utc>,
}

/// All websites, by name.
///
/// # Errors
/// The database failed.
pub async fn sites(pool: &PgPool) -> Result<Vec<Site>> {
    let rows = sqlx::query("select * from sys.behaviour_site order by name, key")
        .fetch_all(pool)
        .await?;
    rows.iter().map(read).collect()
}

/// The website with this key.
///
/// # Errors
/// The database failed.
pub async fn site(pool: &PgPool, key: &str) -> Result<Option<Site>> {
    let row = sqlx::query("select * from sys.behaviour_site where key = $1")
        .bind(key)
        .fetch_optional(pool)
        .await?;
    row.as_ref().map(read).transpose()
}

fn read(row: &PgRow) -> Result<Site> {
    Ok(Site {
        key: row.try_get("key")?,
        name: row.try_get("name")?,
        origins: row.try_get("origins")?,
        created_at: row.try_get("created_at")?,
    })
}

/// Adds a website.
///
/// # Errors
/// [`Error::Validation`] when it has no name, or an origin is none.
pub async fn add_site(pool: &PgPool, input: SiteInput) -> Result<Site> {
    let name = input.name.trim();
    if name.is_empty() || name.chars().count() > 100 {
        let problem = Problem::new("name", "has 1 to 100 characters", "应为 1 到 100 个字符");
        return Err(Error::field("name", problem));
    }
    let origins = input
        .origins
        .iter()
        .map(|origin| origin_of(origin))
        .collect::<Result<Vec<_>>>()?;
    if origins.is_empty() {
        return Err(Error::field("origins", Problem::required()));
    }
    let row = sqlx::query(
        "insert into sys.behaviour_site (key, name, origins) values ($1, $2, $3) returning *",
    )
    .bind(Uuid::new_v4().simple().to_string())
    .bind(name)
    .bind(origins)
    .fetch_one(pool)
    .await?;
    read(&row)
}

fn origin_of(text: &str) -> Result<String> {
    let origin = Url::parse(text.trim())
        .ok()
        .filter(|url| {
            matches!(url.scheme(), "https" | "http") && url.path() == "/" && url.query().is_none()
        })
        .map(|url| url.origin().ascii_serialization());
    origin.ok_or_else(|| {
        let problem = Problem::new(
            "origin",
            format!("{text:?} is no origin such as https://shop.example"),
            format!("“{text}”不是有效来源，例如 https://shop.example"),
        );
        Error::field("origins", problem)
    })
}

/// Removes a website: its events are refused from now on; what it sent stays.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn remove_site(pool: &PgPool, key: &str) -> Result<()> {
    let done = sqlx::query("delete from sys.behaviour_site where key = $1")
        .bind(key)
        .execute(pool)
        .await?;
    match done.rows_affected() {
        0 => Err(Error::NotFound),
        _ => Ok(()),
    }
}

/// Makes a token for a customer that the principal may read.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn identify(db: &Db, principal: &Principal, customer: i64) -> Result<Identity> {
    let dictionary = db.dictionary();
    let object = dictionary.object("customer").ok_or(Error::NotFound)?;
    let mut query = QueryBuilder::new("select t.id from crm.customer t where t.id = ");
    query.push_bind(customer).push(" and ");
    push_readable(&mut query, "t", &dictionary, principal, object);
    let found: Option<i64> = query.build_query_scalar().fetch_optional(db.pool()).await?;
    found.ok_or(Error::NotFound)?;
    let token = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
    let expires_at = Utc::now() + GOOD_FOR;
    sqlx::query(
        "insert into sys.behaviour_identity (token_hash, customer_id, expires_at) values ($1, $2, $3)",
    )
    .bind(Sha256::digest(&token).as_slice())
    .bind(customer)
    .bind(expires_at)
    .execute(db.pool())
    .await?;
    Ok(Identity { token, expires_at })
}

/// Notes that a browser belongs to the customer of a token, and gives the customer the events it sent before.
///
/// # Errors
/// [`Error::Request`] when the token isn't good (any more).
pub async fn show(db: &Db, visitor: &str, token: &str) -> Result<()> {
    let mut tx = db.begin(&Principal::system()).await?;
    let row = sqlx::query(
        "select customer_id, contact_id from sys.behaviour_identity where token_hash = $1 and expires_at > now()",
    )
    .bind(Sha256::digest(token).as_slice())
    .fetch_optional(&mut *tx)
    .await?;
    let Some(row) = row else {
        return Err(Error::Request {
            path: "identity".into(),
            message: Label::new(
                "This token is not good any more; ask for a new one.",
                "此令牌已失效，请重新获取。",
            ),
        });
    };
    let (customer, contact): (i64, Option<i64>) = (row.try_get(0)?, row.try_get(1)?);
    let news = sqlx::query(
        "insert into sys.behaviour_visitor (visitor, customer_id, contact_id) values ($1, $2, $3)
         on conflict (visitor) do update set customer_id = excluded.customer_id, contact_id = excluded.contact_id, since = now()
         where behaviour_visitor.customer_id <> excluded.customer_id",
    )
    .bind(visitor)
    .bind(customer)
    .bind(contact)
    .execute(&mut *tx)
    .await?;
    if news.rows_affected() > 0 {
        sqlx::query(
            "update crm.behaviour_event set customer_id = $2, contact_id = $3 where visitor = $1 and customer_id is null",
        )
        .bind(visitor)
        .bind(customer)
        .bind(contact)
        .execute(&mut *tx)
        .await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Gives events of visitors who are known to their customers.
pub(super) async fn recognise(connection: &mut PgConnection, events: &mut [Event]) -> Result<()> {
    let strangers: Vec<&str> = events
        .iter()
        .filter(|event| event.said.customer.is_none())
        .filter_map(|event| event.said.visitor.as_deref())
        .collect();
    if strangers.is_empty() {
        return Ok(());
    }
    let rows = sqlx::query(
        "select visitor, customer_id, contact_id from sys.behaviour_visitor where visitor = any($1)",
    )
    .bind(strangers)
    .fetch_all(connection)
    .await?;
    for row in rows {
        let visitor: &str = row.try_get(0)?;
        for event in events.iter_mut() {
            if event.said.customer.is_none() && event.said.visitor.as_deref() == Some(visitor) {
                event.said.customer = row.try_get(1)?;
                event.said.contact = row.try_get(2)?;
            }
        }
    }
    Ok(())
}
