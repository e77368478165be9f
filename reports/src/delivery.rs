//! Delivers packs: plans a delivery for every recipient, renders it with that recipient's rights, archives
//! it, mails what was archived, and tries again when the mail server does not take it.
//!
//! A delivery is `planned`, then `rendered` (archived, nothing of it changes any more), then `sent`, or `failed` with the reason.
//! A worker claims it for a while; should the worker die, the next one goes on where it stopped. Should it die between the mail
//! server's yes and the note of it, the same mail goes out again under the same Message-ID.

use std::time::Duration;

use basalt_model::{Locale, Principal, Via};
use basalt_oltp::auth::Auth;
use basalt_query::ReadAt;
use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use sqlx::Row;
use sqlx::postgres::PgRow;
use tracing::{info, warn};

use crate::pack::administrator;
use crate::schedule::{self, Schedule};
use crate::{Error, Format, Rendered, Reports, Result, html, mail};

/// Attempts before a delivery is given up.
const MOST_ATTEMPTS: i32 = 6;
/// How long a claimed delivery belongs to its worker.
const CLAIM: Duration = Duration::from_secs(600);

/// A delivery as it stands.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Delivery {
    pub id: i64,
    pub pack_id: i64,
    pub pack: String,
    pub user_id: i64,
    pub recipient: Option<String>,
    pub address: Option<String>,
    pub locale: Option<String>,
    pub subject: Option<String>,
    pub due_at: DateTime<Utc>,
    pub state: DeliveryState,
    pub attempts: i32,
    pub next_attempt_at: Option<DateTime<Utc>>,
    /// Why the last attempt failed.
    pub error: Option<String>,
    pub rendered_at: Option<DateTime<Utc>>,
    pub sent_at: Option<DateTime<Utc>>,
    /// The change log position that the figures show.
    pub lsn: Option<String>,
    pub files: Vec<ArchivedFile>,
}

/// How far a delivery is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    Planned,
    Rendered,
    Sent,
    Failed,
}

/// A file of the archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ArchivedFile {
    pub format: Format,
    pub file_name: String,
    pub bytes: i64,
    pub sha256: String,
}

impl Reports {
    /// Plans what has become due and delivers all that is open, failed attempts included. Several workers may call it at once.
    pub async fn deliver_due(&self, now: DateTime<Utc>) -> Result<Vec<Delivery>> {
        self.plan_due(now).await?;
        let mut done = Vec::new();
        while let Some(id) = self.claim(now, None).await? {
            self.attempt(id, now).await?;
            done.push(self.delivery(&Principal::system(), id).await?);
        }
        Ok(done)
    }

    /// Delivers a pack to all its recipients now, apart from its schedule. For administrators.
    pub async fn deliver(&self, principal: &Principal, pack_id: i64) -> Result<Vec<Delivery>> {
        administrator(principal)?;
        self.pack(principal, pack_id).await?;
        let now = Utc::now();
        let mut tx = self.pool().begin().await?;
        let planned = self.plan(&mut tx, pack_id, now, now).await?;
        tx.commit().await?;
        if planned.is_empty() {
            return Err(Error::Request("the pack has no recipients".to_owned()));
        }
        let mut done = Vec::with_capacity(planned.len());
        for id in planned {
            // A worker may have been faster; what it did is told all the same.
            if self.claim(now, Some(id)).await?.is_some() {
                self.attempt(id, now).await?;
            }
            done.push(self.delivery(principal, id).await?);
        }
        Ok(done)
    }

    /// The latest deliveries: all for administrators, the own ones for others.
    pub async fn deliveries(&self, principal: &Principal, limit: u32) -> Result<Vec<Delivery>> {
        let ids: Vec<i64> = sqlx::query_scalar(
            "select id from sys.report_delivery where $1 or user_id = $2 order by due_at desc, id desc limit $3",
        )
        .bind(principal.is_admin())
        .bind(principal.user_id)
        .bind(i64::from(limit))
        .fetch_all(self.pool())
        .await?;
        let mut deliveries = Vec::with_capacity(ids.len());
        for id in ids {
            deliveries.push(self.delivery(principal, id).await?);
        }
        Ok(deliveries)
    }

    /// One delivery, if it is the principal's own or the principal is an administrator.
    pub async fn delivery(&self, principal: &Principal, id: i64) -> Result<Delivery> {
        let row = sqlx::query(
            "select delivery.*, pack.label as pack from sys.report_delivery as delivery
               join sys.report_pack as pack on pack.id = delivery.pack_id
              where delivery.id = $1 and ($2 or delivery.user_id = $3)",
        )
        .bind(id)
        .bind(principal.is_admin())
        .bind(principal.user_id)
        .fetch_optional(self.pool())
        .await?
        .ok_or(Error::NotFound)?;
        let files = sqlx::query("select format, file_name, bytes, sha256 from sys.report_file where delivery_id = $1 order by format")
            .bind(id)
            .fetch_all(self.pool())
            .await?;
        delivery_of(&row, &files)
    }

    /// A file as it was sent.
    pub async fn open(
        &self,
        principal: &Principal,
        delivery_id: i64,
        format: Format,
    ) -> Result<Rendered> {
        self.delivery(principal, delivery_id).await?;
        self.archived(delivery_id, format).await
    }

    async fn archived(&self, delivery_id: i64, format: Format) -> Result<Rendered> {
        let row = sqlx::query("select file_name, path, sha256 from sys.report_file where delivery_id = $1 and format = $2")
            .bind(delivery_id)
            .bind(format.extension())
            .fetch_optional(self.pool())
            .await?
            .ok_or(Error::NotFound)?;
        let bytes = self.archive().open(row.get("path"), row.get("sha256"))?;
        Ok(Rendered {
            bytes,
            file_name: row.get("file_name"),
            media_type: format.media_type(),
        })
    }

    /// Plans the deliveries of every pack that is due, and moves its schedule on. Times that were missed (nobody ran) are
    /// made up for once, not one by one.
    async fn plan_due(&self, now: DateTime<Utc>) -> Result<()> {
        let mut tx = self.pool().begin().await?;
        let due = sqlx::query(
            "select id, cron, time_zone, next_due_at from sys.report_pack
              where active and cron is not null and next_due_at <= $1 for update skip locked",
        )
        .bind(now)
        .fetch_all(&mut *tx)
        .await?;
        for pack in due {
            let pack_id: i64 = pack.get("id");
            self.plan(&mut tx, pack_id, pack.get("next_due_at"), now)
                .await?;
            let next = Schedule::new(pack.get("cron"), pack.get("time_zone"))?.next_after(now)?;
            sqlx::query("update sys.report_pack set next_due_at = $2 where id = $1")
                .bind(pack_id)
                .bind(next)
                .execute(&mut *tx)
                .await?;
        }
        tx.commit().await?;
        Ok(())
    }

    async fn plan(
        &self,
        connection: &mut sqlx::PgConnection,
        pack_id: i64,
        due_at: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<Vec<i64>> {
        let planned = sqlx::query_scalar(
            "insert into sys.report_delivery (pack_id, user_id, due_at, next_attempt_at, message_ref)
             select pack_id, user_id, $2, $3, '<' || gen_random_uuid()::text || '@' || $4::text || '>'
               from sys.report_recipient where pack_id = $1 order by user_id
                 on conflict (pack_id, user_id, due_at) do nothing
             returning id",
        )
        .bind(pack_id)
        .bind(due_at)
        .bind(now)
        .bind(self.mail_domain())
        .fetch_all(connection)
        .await?;
        Ok(planned)
    }

    /// Takes the next open delivery, or the one asked for, for this worker.
    async fn claim(&self, now: DateTime<Utc>, only: Option<i64>) -> Result<Option<i64>> {
        let claimed = sqlx::query_scalar(
            "update sys.report_delivery set attempts = attempts + 1, claimed_until = $1 + $2 * interval '1 second'
              where id = (select id from sys.report_delivery
                           where state in ('planned', 'rendered') and next_attempt_at <= $1
                             and (claimed_until is null or claimed_until <= $1) and ($3::bigint is null or id = $3)
                           order by due_at, id limit 1 for update skip locked)
             returning id",
        )
        .bind(now)
        .bind(CLAIM.as_secs_f64())
        .bind(only)
        .fetch_optional(self.pool())
        .await?;
        Ok(claimed)
    }

    /// One attempt at a claimed delivery. Its failure is noted with the delivery; only a failing database is an error here.
    async fn attempt(&self, id: i64, now: DateTime<Utc>) -> Result<()> {
        match self.advance(id).await {
            Ok(()) => info!(delivery = id, "report sent"),
            Err(error) => {
                let attempts: i32 =
                    sqlx::query_scalar("select attempts from sys.report_delivery where id = $1")
                        .bind(id)
                        .fetch_one(self.pool())
                        .await?;
                let given_up = attempts >= MOST_ATTEMPTS || is_permanent(&error);
                warn!(delivery = id, attempts, given_up, error = %error, "report not delivered");
                sqlx::query(
                    "update sys.report_delivery
                        set state = case when $2 then 'failed' else state end, error = $3, next_attempt_at = $4, claimed_until = null
                      where id = $1",
                )
                .bind(id)
                .bind(given_up)
                .bind(error.to_string())
                .bind(now + wait_after(attempts))
                .execute(self.pool())
                .await?;
            }
        }
        Ok(())
    }

    async fn advance(&self, id: i64) -> Result<()> {
        let row = sqlx::query(
            "select delivery.user_id, delivery.due_at, delivery.state, pack.definition, pack.time_zone
               from sys.report_delivery as delivery join sys.report_pack as pack on pack.id = delivery.pack_id where delivery.id = $1",
        )
        .bind(id)
        .fetch_one(self.pool())
        .await?;
        if row.get::<&str, _>("state") == "planned" {
            self.render_delivery(
                id,
                row.get("user_id"),
                row.get("definition"),
                row.get("time_zone"),
                row.get("due_at"),
            )
            .await?;
        }
        self.mail_delivery(id).await
    }

    /// Renders all formats from one snapshot with the recipient's rights, and archives them.
    async fn render_delivery(
        &self,
        id: i64,
        user_id: i64,
        definition: &str,
        time_zone: &str,
        due_at: DateTime<Utc>,
    ) -> Result<()> {
        let unreachable = |reason: String| Error::Mail {
            reason,
            permanent: true,
        };
        let principal = Auth::new(self.db().clone())
            .principal_of(user_id, Via::Job)
            .await
            .map_err(|error| {
                unreachable(format!("the recipient: {}", error.message(Locale::En)))
            })?;
        let address: Option<String> =
            sqlx::query_scalar("select email from crm.app_user where id = $1")
                .bind(user_id)
                .fetch_optional(self.pool())
                .await?
                .flatten();
        let Some(address) = address.filter(|address| !address.is_empty()) else {
            return Err(unreachable(format!(
                "user {} has no mail address",
                principal.login
            )));
        };
        let report = self
            .fill(
                &principal,
                definition,
                schedule::zone(time_zone)?,
                ReadAt::Fresh,
            )
            .await?;
        let subject = format!("{} · {}", report.title, report.as_of.format("%Y-%m-%d"));
        let plain_text = html::plain(&report);
        let lsn = report.lsn.clone();
        let mut files = Vec::new();
        for format in Format::ALL {
            let rendered = self.write(&report, format).await?;
            let kept = self.archive().keep(id, due_at, format, &rendered.bytes)?;
            files.push((format, rendered.file_name, kept));
        }
        let mut tx = self.pool().begin().await?;
        for (format, file_name, kept) in files {
            sqlx::query("insert into sys.report_file (delivery_id, format, file_name, path, bytes, sha256) values ($1, $2, $3, $4, $5, $6)")
                .bind(id)
                .bind(format.extension())
                .bind(file_name)
                .bind(kept.path)
                .bind(kept.bytes)
                .bind(kept.sha256)
                .execute(&mut *tx)
                .await?;
        }
        sqlx::query(
            "update sys.report_delivery set state = 'rendered', rendered_at = now(), recipient = $2, address = $3, locale = $4,
                    subject = $5, plain_text = $6, lsn = $7 where id = $1",
        )
        .bind(id)
        .bind(&principal.name)
        .bind(&address)
        .bind(principal.locale.tag())
        .bind(subject)
        .bind(plain_text)
        .bind(lsn)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Mails the archived files, byte for byte.
    async fn mail_delivery(&self, id: i64) -> Result<()> {
        let row = sqlx::query("select recipient, address, subject, plain_text, message_ref from sys.report_delivery where id = $1")
            .bind(id)
            .fetch_one(self.pool())
            .await?;
        let body = self.archived(id, Format::Html).await?;
        let html = String::from_utf8(body.bytes)
            .map_err(|error| Error::Render(format!("the archived mail is not text: {error}")))?;
        let letter = mail::Letter {
            to_name: row.get("recipient"),
            to_address: row.get("address"),
            subject: row.get("subject"),
            message_id: row.get("message_ref"),
            plain: row.get("plain_text"),
            html,
            attachments: vec![
                self.archived(id, Format::Pdf).await?,
                self.archived(id, Format::Xlsx).await?,
            ],
        };
        mail::send(self.smtp(), letter).await?;
        sqlx::query("update sys.report_delivery set state = 'sent', sent_at = now(), error = null, claimed_until = null where id = $1")
            .bind(id)
            .execute(self.pool())
            .await?;
        Ok(())
    }
}

/// 1, 5, 25 minutes, then two hours.
fn wait_after(attempts: i32) -> TimeDelta {
    let minutes = 5_i64.pow(attempts.clamp(1, 4).unsigned_abs() - 1);
    TimeDelta::minutes(minutes.min(120))
}

/// Whether another attempt can't end otherwise.
fn is_permanent(error: &Error) -> bool {
    matches!(
        error,
        Error::Mail {
            permanent: true,
            ..
        } | Error::UnknownPack(_)
            | Error::Definition(_)
    )
}

fn delivery_of(row: &PgRow, files: &[PgRow]) -> Result<Delivery> {
    let state = match row.get::<&str, _>("state") {
        "planned" => DeliveryState::Planned,
        "rendered" => DeliveryState::Rendered,
        "sent" => DeliveryState::Sent,
        _ => DeliveryState::Failed,
    };
    let open = matches!(state, DeliveryState::Planned | DeliveryState::Rendered);
    Ok(Delivery {
        id: row.get("id"),
        pack_id: row.get("pack_id"),
        pack: row.get("pack"),
        user_id: row.get("user_id"),
        recipient: row.get("recipient"),
        address: row.get("address"),
        locale: row.get("locale"),
        subject: row.get("subject"),
        due_at: row.get("due_at"),
        state,
        attempts: row.get("attempts"),
        next_attempt_at: open.then(|| row.get("next_attempt_at")),
        error: row.get("error"),
        rendered_at: row.get("rendered_at"),
        sent_at: row.get("sent_at"),
        lsn: row.get("lsn"),
        files: files
            .iter()
            .map(|file| {
                Ok(ArchivedFile {
                    format: file.get::<&str, _>("format").parse()?,
                    file_name: file.get("file_name"),
                    bytes: file.get("bytes"),
                    sha256: file.get("sha256"),
                })
            })
            .collect::<Result<_>>()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_stay_bounded() {
        let minutes: Vec<i64> = (1..=6)
            .map(|attempts| wait_after(attempts).num_minutes())
            .collect();
        assert_eq!(minutes, [1, 5, 25, 120, 120, 120]);
    }
}
