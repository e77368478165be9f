//! Steering a run: how far it is, pausing, going on, stopping, and sending again what is in doubt.

use std::collections::BTreeMap;

use basalt_model::{Action, Principal};
use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::Row as _;

use super::plan::SkipReason;
use crate::Outreach;
use crate::error::{Error, Result};
use crate::ledger::{MessageEvent, MessageState};

/// Whether a run is being sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RunStatus {
    Running,
    Paused,
    Stopped,
    Finished,
}

impl RunStatus {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Stopped => "stopped",
            Self::Finished => "finished",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Running, Self::Paused, Self::Stopped, Self::Finished]
            .into_iter()
            .find(|status| status.as_str() == text)
    }
}

/// How far a run is. The states add up to the audience.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RunProgress {
    pub run_id: i64,
    pub campaign_id: i64,
    pub status: RunStatus,
    pub created_at: DateTime<Utc>,
    pub finished_at: Option<DateTime<Utc>>,
    pub states: BTreeMap<MessageState, u64>,
    /// Why messages were skipped or failed, most frequent first.
    pub reasons: Vec<(String, u64)>,
}

impl RunProgress {
    pub fn in_state(&self, state: MessageState) -> u64 {
        self.states.get(&state).copied().unwrap_or(0)
    }

    /// Everybody of the audience.
    pub fn audience(&self) -> u64 {
        self.states.values().sum()
    }

    /// Messages that a sender still has to do something about.
    pub fn open(&self) -> u64 {
        self.states
            .iter()
            .filter(|(state, _)| !state.is_settled())
            .map(|(_, count)| count)
            .sum()
    }
}

impl Outreach {
    pub async fn progress(&self, principal: &Principal, run_id: i64) -> Result<RunProgress> {
        let row = sqlx::query(
            "select campaign_id, status, created_at, finished_at from crm.send_run where id = $1",
        )
        .bind(run_id)
        .fetch_optional(self.pool())
        .await?
        .ok_or(Error::NotFound {
            what: "send run",
            id: run_id,
        })?;
        let campaign_id: i64 = row.try_get("campaign_id")?;
        self.readable(principal, "campaign", campaign_id).await?;
        let status: String = row.try_get("status")?;
        let mut progress = RunProgress {
            run_id,
            campaign_id,
            status: RunStatus::parse(&status).ok_or(Error::RunState {
                status,
                verb: "shown",
            })?,
            created_at: row.try_get("created_at")?,
            finished_at: row.try_get("finished_at")?,
            states: BTreeMap::new(),
            reasons: Vec::new(),
        };
        let counts = sqlx::query(
            "select state, case when state in ('skipped', 'failed') then coalesce(nullif(code, ''), reason) end as cause,
                    count(*) as messages
             from crm.message where run_id = $1 group by 1, 2 order by 3 desc",
        )
        .bind(run_id)
        .fetch_all(self.pool())
        .await?;
        for row in counts {
            let state: String = row.try_get("state")?;
            let count = row.try_get::<i64, _>("messages")?.unsigned_abs();
            if let Some(state) = MessageState::parse(&state) {
                *progress.states.entry(state).or_default() += count;
            }
            if let Some(cause) = row.try_get::<Option<String>, _>("cause")? {
                progress.reasons.push((cause, count));
            }
        }
        Ok(progress)
    }

    /// Nothing more is claimed until the run goes on; what is on the wire is finished.
    pub async fn pause(&self, principal: &Principal, run_id: i64) -> Result<()> {
        self.move_run(
            principal,
            run_id,
            &[RunStatus::Running],
            RunStatus::Paused,
            "paused",
        )
        .await
    }

    pub async fn resume(&self, principal: &Principal, run_id: i64) -> Result<()> {
        self.move_run(
            principal,
            run_id,
            &[RunStatus::Paused],
            RunStatus::Running,
            "resumed",
        )
        .await?;
        self.wake_senders();
        Ok(())
    }

    /// Ends the run: what is not on the wire is skipped.
    pub async fn stop(&self, principal: &Principal, run_id: i64) -> Result<()> {
        let open = [RunStatus::Running, RunStatus::Paused];
        self.move_run(principal, run_id, &open, RunStatus::Stopped, "stopped")
            .await
    }

    /// Sends again what may have arrived already. Nobody gets such a message without this decision.
    /// It keeps its Message-ID, so that a mailbox that has it can tell. Returns how many.
    pub async fn resend_unknown(&self, principal: &Principal, run_id: i64) -> Result<u64> {
        self.may_steer(principal, run_id).await?;
        let mut tx = self.db().begin(principal).await?;
        let again = sqlx::query(
            "update crm.message set state = 'planned', reason = null, code = null, next_attempt_at = null
             where run_id = $1 and state = any($2)",
        )
        .bind(run_id)
        .bind(MessageEvent::Resend.origins())
        .execute(&mut *tx)
        .await?
        .rows_affected();
        if again > 0 {
            sqlx::query(
                "update crm.send_run set status = 'running', finished_at = null
                 where id = $1 and status = 'finished'",
            )
            .bind(run_id)
            .execute(&mut *tx)
            .await?;
        }
        tx.commit().await?;
        self.wake_senders();
        Ok(again)
    }

    async fn move_run(
        &self,
        principal: &Principal,
        run_id: i64,
        from: &[RunStatus],
        to: RunStatus,
        verb: &'static str,
    ) -> Result<()> {
        let campaign_id = self.may_steer(principal, run_id).await?;
        let mut tx = self.db().begin(principal).await?;
        let status: String =
            sqlx::query_scalar("select status from crm.send_run where id = $1 for update")
                .bind(run_id)
                .fetch_one(&mut *tx)
                .await?;
        if !from.iter().any(|allowed| allowed.as_str() == status) {
            return Err(Error::RunState { status, verb });
        }
        sqlx::query(
            "update crm.send_run set status = $2,
                    finished_at = case when $2 = 'stopped' then now() end where id = $1",
        )
        .bind(run_id)
        .bind(to.as_str())
        .execute(&mut *tx)
        .await?;
        if to == RunStatus::Stopped {
            sqlx::query(
                "update crm.message set state = 'skipped', reason = $3, next_attempt_at = null
                 where run_id = $1 and state = any($2) and state <> 'unknown'",
            )
            .bind(run_id)
            .bind(MessageEvent::Skip.origins())
            .bind(SkipReason::Stopped.as_str())
            .execute(&mut *tx)
            .await?;
            sqlx::query(
                "update crm.campaign set status = 'stopped', finished_at = now()
                 where id = $1 and status = 'running'",
            )
            .bind(campaign_id)
            .execute(&mut *tx)
            .await?;
        }
        tx.commit().await?;
        tracing::info!(run_id, status = to.as_str(), "send run moved");
        Ok(())
    }

    async fn may_steer(&self, principal: &Principal, run_id: i64) -> Result<i64> {
        let campaign_id: i64 =
            sqlx::query_scalar("select campaign_id from crm.send_run where id = $1")
                .bind(run_id)
                .fetch_optional(self.pool())
                .await?
                .ok_or(Error::NotFound {
                    what: "send run",
                    id: run_id,
                })?;
        self.readable(principal, "campaign", campaign_id).await?;
        if principal.can("campaign", Action::Update) {
            Ok(campaign_id)
        } else {
            Err(Error::Forbidden("steer send runs"))
        }
    }
}
