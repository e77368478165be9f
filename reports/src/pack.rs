//! Packs on a schedule: what is sent, when, to whom.

use basalt_model::Principal;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::Row;
use sqlx::postgres::PgRow;

use crate::schedule::{self, Schedule};
use crate::{Error, Reports, Result};

/// A pack to be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Pack {
    pub id: i64,
    /// Name of the definition, such as `sales-overview`.
    pub definition: String,
    pub label: String,
    /// Minute, hour, day, month, weekday; absent for a pack that is only sent by hand.
    pub cron: Option<String>,
    pub time_zone: String,
    pub active: bool,
    pub next_due_at: Option<DateTime<Utc>>,
    pub recipients: Vec<Recipient>,
}

/// A user who gets a pack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, sqlx::FromRow)]
pub struct Recipient {
    pub user_id: i64,
    pub name: String,
}

/// A pack as it is to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackInput {
    pub definition: String,
    /// Unique; saving under the same label changes that pack.
    pub label: String,
    pub cron: Option<String>,
    pub time_zone: String,
    #[serde(default = "yes")]
    pub active: bool,
    /// Users who get it, each with figures within the own rights.
    pub recipients: Vec<i64>,
}

fn yes() -> bool {
    true
}

impl Reports {
    /// Creates a pack, or changes the one with this label. For administrators.
    pub async fn save_pack(&self, principal: &Principal, input: &PackInput) -> Result<Pack> {
        administrator(principal)?;
        self.definition(&input.definition)?;
        schedule::zone(&input.time_zone)?;
        let next_due_at = match &input.cron {
            Some(cron) => Some(Schedule::new(cron, &input.time_zone)?.next_after(Utc::now())?),
            None => None,
        };
        let mut tx = self.pool().begin().await?;
        let id: i64 = sqlx::query_scalar(
            "insert into sys.report_pack as pack (definition, label, cron, time_zone, active, next_due_at, created_by)
             values ($1, $2, $3, $4, $5, $6, $7)
             on conflict (label) do update set definition = excluded.definition, cron = excluded.cron,
                 time_zone = excluded.time_zone, active = excluded.active,
                 next_due_at = case when (pack.cron, pack.time_zone) is not distinct from (excluded.cron, excluded.time_zone)
                                    then pack.next_due_at else excluded.next_due_at end
             returning id",
        )
        .bind(&input.definition)
        .bind(&input.label)
        .bind(&input.cron)
        .bind(&input.time_zone)
        .bind(input.active)
        .bind(next_due_at)
        .bind(principal.actor())
        .fetch_one(&mut *tx)
        .await?;
        sqlx::query("delete from sys.report_recipient where pack_id = $1 and user_id <> all($2)")
            .bind(id)
            .bind(&input.recipients)
            .execute(&mut *tx)
            .await?;
        sqlx::query(
            "insert into sys.report_recipient (pack_id, user_id) select $1, unnest($2::bigint[]) on conflict do nothing",
        )
        .bind(id)
        .bind(&input.recipients)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        self.pack(principal, id).await
    }

    /// The packs: all of them for administrators, for others those they receive (without the other recipients).
    pub async fn packs(&self, principal: &Principal) -> Result<Vec<Pack>> {
        let ids: Vec<i64> = sqlx::query_scalar(
            "select id from sys.report_pack as pack
              where $1 or exists (select from sys.report_recipient as recipient
                                   where recipient.pack_id = pack.id and recipient.user_id = $2)
              order by label",
        )
        .bind(principal.is_admin())
        .bind(principal.user_id)
        .fetch_all(self.pool())
        .await?;
        let mut packs = Vec::with_capacity(ids.len());
        for id in ids {
            packs.push(self.pack(principal, id).await?);
        }
        Ok(packs)
    }

    /// One pack, seen as in [`packs`](Self::packs).
    pub async fn pack(&self, principal: &Principal, id: i64) -> Result<Pack> {
        let row = sqlx::query(
            "select id, definition, label, cron, time_zone, active, next_due_at from sys.report_pack where id = $1",
        )
        .bind(id)
        .fetch_optional(self.pool())
        .await?
        .ok_or(Error::NotFound)?;
        let recipients: Vec<Recipient> = sqlx::query_as(
            "select recipient.user_id, coalesce(reader.name, reader.login, recipient.user_id::text) as name
               from sys.report_recipient as recipient
               left join crm.app_user as reader on reader.id = recipient.user_id
              where recipient.pack_id = $1 and ($2 or recipient.user_id = $3)
              order by recipient.user_id",
        )
        .bind(id)
        .bind(principal.is_admin())
        .bind(principal.user_id)
        .fetch_all(self.pool())
        .await?;
        if recipients.is_empty() && !principal.is_admin() {
            return Err(Error::NotFound);
        }
        Ok(pack_of(&row, recipients))
    }
}

fn pack_of(row: &PgRow, recipients: Vec<Recipient>) -> Pack {
    Pack {
        id: row.get("id"),
        definition: row.get("definition"),
        label: row.get("label"),
        cron: row.get("cron"),
        time_zone: row.get("time_zone"),
        active: row.get("active"),
        next_due_at: row.get("next_due_at"),
        recipients,
    }
}

pub(crate) fn administrator(principal: &Principal) -> Result<()> {
    if principal.is_admin() {
        Ok(())
    } else {
        Err(Error::Forbidden)
    }
}
