//! Webhooks: events sent to an address, signed with a time, tried again until the receiver is back.

use basalt_model::Principal;
use chrono::{DateTime, Utc};
use hmac::{Hmac, Mac};
use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use sha2::Sha256;
use sqlx::{PgConnection, Row};
use url::Url;

use super::check::{taken, wrong};
use super::events::Event;
use super::{letter, note_interest};
use crate::db::Db;
use crate::error::{Error, Result};
use crate::jobs::{self, Job, JobContext, Order};
use crate::outbound::Outgoing;

/// The kinds of events of a record.
const KINDS: [&str; 3] = ["created", "changed", "deleted"];

/// Where events go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Webhook {
    pub id: i64,
    pub name: String,
    pub url: String,
    pub object: String,
    pub kinds: Vec<String>,
    /// By whose rights the records are shown.
    pub owner_id: i64,
    pub active: bool,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookInput {
    pub name: String,
    pub url: String,
    /// Signs what is sent; absent: stays as it is.
    #[serde(default)]
    pub secret: Option<String>,
    pub object: String,
    /// `created`, `changed`, `deleted`
    pub kinds: Vec<String>,
    #[serde(default = "yes")]
    pub active: bool,
}

fn yes() -> bool {
    true
}

/// Something that was or is to be sent.
#[derive(Debug, Clone, Serialize)]
pub struct Delivery {
    pub id: i64,
    pub webhook_id: Option<i64>,
    pub event: String,
    pub payload: Json,
    /// `waiting`, `delivered`, `given_up`
    pub state: String,
    pub attempts: i32,
    pub created_at: DateTime<Utc>,
    pub finished_at: Option<DateTime<Utc>>,
    /// Status of the last answer.
    pub answer: Option<i32>,
    pub error: Option<String>,
}

/// All webhooks, by name; without their secrets.
///
/// # Errors
/// The database failed.
pub async fn webhooks(db: &Db) -> Result<Vec<Webhook>> {
    let rows = sqlx::query("select * from sys.webhook order by name")
        .fetch_all(db.pool())
        .await?;
    rows.iter()
        .map(|row| {
            Ok(Webhook {
                id: row.try_get("id")?,
                name: row.try_get("name")?,
                url: row.try_get("url")?,
                object: row.try_get("object")?,
                kinds: row.try_get("kinds")?,
                owner_id: row.try_get("owner_id")?,
                active: row.try_get("active")?,
            })
        })
        .collect()
}

/// Makes a webhook, or changes the one with this id; it then shows what its maker may see.
///
/// # Errors
/// [`Error::Request`] with what makes no sense.
pub async fn save_webhook(
    db: &Db,
    by: &Principal,
    id: Option<i64>,
    input: WebhookInput,
) -> Result<i64> {
    let dictionary = db.dictionary();
    if dictionary.object(&input.object).is_none() {
        return Err(wrong("object", "is not there", "不存在"));
    }
    if input.kinds.is_empty()
        || !input
            .kinds
            .iter()
            .all(|kind| KINDS.contains(&kind.as_str()))
    {
        return Err(wrong(
            "kinds",
            "are some of created, changed, deleted",
            "须为 created、changed、deleted 中的若干项",
        ));
    }
    if id.is_none() && input.secret.is_none() {
        return Err(wrong("secret", "is needed", "不能为空"));
    }
    check_target(
        &input.url,
        input.secret.as_deref().unwrap_or("0123456789abcdef"),
    )?;
    let mut tx = db.begin(by).await?;
    let statement = match id {
        None => {
            "insert into sys.webhook (name, url, secret, object, kinds, owner_id, active)
             values ($2, $3, $4, $5, $6, $7, $8) returning id, $1::bigint"
        }
        Some(_) => {
            "update sys.webhook set name = $2, url = $3, secret = coalesce($4, secret), object = $5, kinds = $6, owner_id = $7, active = $8
             where id = $1 returning id, $1::bigint"
        }
    };
    let row = sqlx::query(statement)
        .bind(id)
        .bind(input.name.trim())
        .bind(&input.url)
        .bind(&input.secret)
        .bind(&input.object)
        .bind(&input.kinds)
        .bind(by.user_id)
        .bind(input.active)
        .fetch_optional(&mut *tx)
        .await
        .map_err(taken)?
        .ok_or(Error::NotFound)?;
    let id = row.try_get(0)?;
    note_interest(&mut tx, &dictionary).await?;
    tx.commit().await?;
    Ok(id)
}

/// Removes a webhook and what it sent.
///
/// # Errors
/// [`Error::NotFound`] when there is none.
pub async fn remove_webhook(db: &Db, by: &Principal, id: i64) -> Result<()> {
    let mut tx = db.begin(by).await?;
    let gone = sqlx::query("delete from sys.webhook where id = $1")
        .bind(id)
        .execute(&mut *tx)
        .await?;
    if gone.rows_affected() == 0 {
        return Err(Error::NotFound);
    }
    note_interest(&mut tx, &db.dictionary()).await?;
    tx.commit().await?;
    Ok(())
}

/// What a webhook sent, the youngest first, at most 200.
///
/// # Errors
/// The database failed.
pub async fn deliveries(db: &Db, webhook: i64) -> Result<Vec<Delivery>> {
    let rows = sqlx::query(
        "select * from sys.webhook_delivery where webhook_id = $1 order by id desc limit 200",
    )
    .bind(webhook)
    .fetch_all(db.pool())
    .await?;
    rows.iter()
        .map(|row| {
            Ok(Delivery {
                id: row.try_get("id")?,
                webhook_id: row.try_get("webhook_id")?,
                event: row.try_get("event")?,
                payload: row.try_get("payload")?,
                state: row.try_get("state")?,
                attempts: row.try_get("attempts")?,
                created_at: row.try_get("created_at")?,
                finished_at: row.try_get("finished_at")?,
                answer: row.try_get("answer")?,
                error: row.try_get("error")?,
            })
        })
        .collect()
}

pub(super) fn check_target(url: &str, secret: &str) -> Result<()> {
    let fine = Url::parse(url).is_ok_and(|url| {
        matches!(url.scheme(), "https" | "http")
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
    });
    if !fine {
        return Err(wrong("url", "is no address of the web", "不是有效的网址"));
    }
    if !(16..=200).contains(&secret.len()) {
        return Err(wrong(
            "secret",
            "must have 16 to 200 characters",
            "须为16到200个字符",
        ));
    }
    Ok(())
}

/// Notes what an event sends to whom.
pub(super) async fn expect(connection: &mut PgConnection, event: &Event) -> Result<()> {
    let kind = match event.changes.get("deleted_at") {
        _ if event.created => "created",
        Some(change) if !change.get(1).is_none_or(Json::is_null) => "deleted",
        _ => "changed",
    };
    let changed: Vec<&String> = event.changes.keys().collect();
    let payload = json!({
        "event": format!("{}.{kind}", event.object), "object": event.object, "id": event.record,
        "by": event.actor, "changed": if event.created { Vec::new() } else { changed },
    });
    let waiting: Vec<i64> = sqlx::query_scalar(
        "insert into sys.webhook_delivery (webhook_id, url, secret, event, payload)
         select id, url, secret, $3, $4 from sys.webhook where active and object = $1 and $2 = any(kinds) order by id
         returning id",
    )
    .bind(&event.object)
    .bind(kind)
    .bind(format!("{}.{kind}", event.object))
    .bind(payload)
    .fetch_all(&mut *connection)
    .await?;
    for delivery in waiting {
        jobs::enqueue(connection, &DeliverWebhook { delivery }, Order::default()).await?;
    }
    Ok(())
}

/// Where one thing is posted, and by whose rights it is shown.
pub(super) struct Target<'a> {
    pub webhook: Option<i64>,
    pub url: &'a str,
    pub secret: &'a str,
    pub owner: i64,
}

/// Posts a record; `None` when the owner may not read it.
pub(super) async fn post(
    db: &Db,
    connection: &mut PgConnection,
    target: &Target<'_>,
    event: &str,
    (object, record): (&str, i64),
    changed: &[String],
) -> Result<Option<i64>> {
    let Some(owner) = letter::reader(connection, db, target.owner).await? else {
        return Ok(None);
    };
    let Some(seen) = letter::seen(connection, db, &owner, object, record).await? else {
        return Ok(None);
    };
    let payload = json!({ "event": event, "object": object, "id": record, "changed": changed, "record": seen });
    let delivery: i64 = sqlx::query_scalar(
        "insert into sys.webhook_delivery (webhook_id, url, secret, event, payload) values ($1, $2, $3, $4, $5) returning id",
    )
    .bind(target.webhook)
    .bind(target.url)
    .bind(target.secret)
    .bind(event)
    .bind(payload)
    .fetch_one(&mut *connection)
    .await?;
    jobs::enqueue(connection, &DeliverWebhook { delivery }, Order::default()).await?;
    Ok(Some(delivery))
}

/// Sends one delivery.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DeliverWebhook {
    delivery: i64,
}

impl Job for DeliverWebhook {
    const NAME: &'static str = "deliver_webhook";
    /// Over three days, with the queue's growing pauses.
    const ATTEMPTS: i32 = 14;

    async fn run(self, context: JobContext) -> Result<()> {
        let row = sqlx::query(
            "update sys.webhook_delivery set attempts = attempts + 1 where id = $1 and state = 'waiting'
             returning webhook_id, url, secret, event, payload, attempts",
        )
        .bind(self.delivery)
        .fetch_optional(context.db.pool())
        .await?;
        let Some(row) = row else { return Ok(()) };
        let (payload, attempts): (Json, i32) = (row.try_get("payload")?, row.try_get("attempts")?);
        let Some(payload) = self
            .shown(&context, row.try_get("webhook_id")?, payload)
            .await?
        else {
            return self
                .finish(
                    &context,
                    "given_up",
                    None,
                    Some("the owner may not read the record"),
                )
                .await;
        };
        let (url, secret): (String, String) = (row.try_get("url")?, row.try_get("secret")?);
        let event: String = row.try_get("event")?;
        let sent = self.send(&context, &url, &secret, &event, &payload).await;
        let (answer, error) = match sent {
            Ok(status) if (200..300).contains(&status) => {
                return self.finish(&context, "delivered", Some(status), None).await;
            }
            Ok(status) => (Some(status), format!("the receiver answers {status}")),
            Err(error) => (None, error),
        };
        let last = attempts >= Self::ATTEMPTS;
        let state = if last { "given_up" } else { "waiting" };
        self.finish(&context, state, answer, Some(&error)).await?;
        if last {
            return Ok(());
        }
        Err(Error::conflict("webhook", error.clone(), error))
    }
}

impl DeliverWebhook {
    /// The payload with the record as the webhook's owner may see it now; `None` when it may not.
    async fn shown(
        &self,
        context: &JobContext,
        webhook: Option<i64>,
        mut payload: Json,
    ) -> Result<Option<Json>> {
        let (Some(webhook), Some(object), Some(record)) = (
            webhook,
            payload["object"].as_str().map(str::to_owned),
            payload["id"].as_i64(),
        ) else {
            return Ok(Some(payload));
        };
        let mut connection = context.db.pool().acquire().await?;
        let owner: i64 = sqlx::query_scalar("select owner_id from sys.webhook where id = $1")
            .bind(webhook)
            .fetch_one(&mut *connection)
            .await?;
        let Some(owner) = letter::reader(&mut connection, &context.db, owner).await? else {
            return Ok(None);
        };
        let deleted = payload["event"]
            .as_str()
            .is_some_and(|event| event.ends_with(".deleted"));
        if deleted {
            // The record can't be read any more; its number says enough, to those who read all.
            return Ok(owner.is_admin().then_some(payload));
        }
        let Some(seen) =
            letter::seen(&mut connection, &context.db, &owner, &object, record).await?
        else {
            return Ok(None);
        };
        let dictionary = context.db.dictionary();
        if let (Some(object), Some(changed)) = (
            dictionary.object(&object),
            payload["changed"].as_array_mut(),
        ) {
            let hidden = owner.hidden_columns(object);
            changed.retain(|column| {
                column
                    .as_str()
                    .is_none_or(|column| !hidden.contains(column))
            });
        }
        payload["record"] = Json::Object(seen);
        Ok(Some(payload))
    }

    async fn send(
        &self,
        context: &JobContext,
        url: &str,
        secret: &str,
        event: &str,
        payload: &Json,
    ) -> std::result::Result<u16, String> {
        let body = payload.to_string();
        let now = Utc::now().timestamp();
        let header = |text: &str| HeaderValue::from_str(text).map_err(|error| error.to_string());
        let name = HeaderName::from_static;
        let headers = HeaderMap::from_iter([
            (CONTENT_TYPE, HeaderValue::from_static("application/json")),
            (name("basalt-event"), header(event)?),
            // The same at every attempt, so that a receiver can tell what it had already.
            (name("basalt-delivery"), header(&self.delivery.to_string())?),
            (
                name("basalt-signature"),
                header(&signature(secret, now, &body))?,
            ),
        ]);
        let request = Outgoing {
            method: Method::POST,
            url: Url::parse(url).map_err(|error| error.to_string())?,
            headers,
            body: body.into_bytes(),
        };
        let answer = context.outbound.send(request).await;
        answer
            .map(|answer| answer.status.as_u16())
            .map_err(|error| error.to_string())
    }

    async fn finish(
        &self,
        context: &JobContext,
        state: &str,
        answer: Option<u16>,
        error: Option<&str>,
    ) -> Result<()> {
        sqlx::query(
            "update sys.webhook_delivery set state = $2, answer = $3, error = $4,
                    finished_at = case when $2 = 'waiting' then null else now() end where id = $1",
        )
        .bind(self.delivery)
        .bind(state)
        .bind(answer.map(i32::from))
        .bind(error)
        .execute(context.db.pool())
        .await?;
        Ok(())
    }
}

/// The value of the header `Basalt-Signature`: `t=<unix seconds>,v1=<hex>`, where the second part is
/// the HMAC-SHA-256 of `<unix seconds>.<body>` under the secret. A receiver refuses old times.
pub fn signature(secret: &str, at: i64, body: &str) -> String {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(format!("{at}.{body}").as_bytes());
    let hex: String = mac
        .finalize()
        .into_bytes()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("t={at},v1={hex}")
}
