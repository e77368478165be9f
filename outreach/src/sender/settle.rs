//! Settling: what became of claimed messages is written to the ledger, many at a time.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::smtp::Delivery;
use crate::config::RetryPolicy;
use crate::error::Result;
use crate::ledger::{MessageEvent, MessageState, transition};

/// What became of one claimed message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Outcome {
    pub id: i64,
    pub attempt: i32,
    pub event: MessageEvent,
    pub subject: Option<String>,
    pub code: Option<String>,
    pub reason: Option<String>,
    pub at: DateTime<Utc>,
    pub next_attempt_at: Option<DateTime<Utc>>,
}

/// The ledger's column takes this much.
const LONGEST_REASON: usize = 900;

impl Outcome {
    /// The outcome of handing over; a deferral without tries left is a failure.
    pub(super) fn of(
        id: i64,
        attempt: i32,
        subject: String,
        delivery: Delivery,
        retry: &RetryPolicy,
    ) -> Self {
        let at = Utc::now();
        let mut outcome = Self {
            id,
            attempt,
            event: MessageEvent::Accept,
            subject: Some(subject),
            code: None,
            reason: None,
            at,
            next_attempt_at: None,
        };
        match delivery {
            Delivery::Accepted { .. } => outcome.code = Some("250".into()),
            Delivery::Refused { code, reply } => {
                outcome.event = MessageEvent::Fail;
                outcome.code = Some(code.to_string());
                outcome.reason = Some(shortened(&reply));
            }
            Delivery::Deferred { code, reply } => {
                outcome.code = Some(code.to_string());
                outcome.reason = Some(shortened(&reply));
                match retry.wait_after(attempt.unsigned_abs()) {
                    Some(wait) => {
                        outcome.event = MessageEvent::Defer;
                        outcome.next_attempt_at = Some(at + wait);
                    }
                    None => outcome.event = MessageEvent::Fail,
                }
            }
            Delivery::Unreachable { problem } => {
                outcome.event = MessageEvent::Release;
                outcome.reason = Some(shortened(&problem));
                outcome.subject = None;
            }
            Delivery::InDoubt { problem } => {
                outcome.event = MessageEvent::Lose;
                outcome.reason = Some(shortened(&format!(
                    "the line broke while the server had the message: {problem}"
                )));
            }
        }
        outcome
    }

    /// A message that could not be made.
    pub(super) fn unmakeable(id: i64, attempt: i32, problem: &str) -> Self {
        Self {
            id,
            attempt,
            event: MessageEvent::Fail,
            subject: None,
            code: Some("content".into()),
            reason: Some(shortened(problem)),
            at: Utc::now(),
            next_attempt_at: None,
        }
    }

    fn state(&self) -> MessageState {
        // Every event of an outcome is one that can happen to a claimed message.
        transition(MessageState::Claimed, self.event).unwrap_or(MessageState::Unknown)
    }
}

fn shortened(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_control())
        .take(LONGEST_REASON)
        .collect()
}

/// Writes outcomes; with `finished_claim` the claim is closed in the same breath.
pub(super) async fn settle(
    connection: &mut PgConnection,
    outcomes: &[Outcome],
    finished_claim: Option<i64>,
) -> Result<()> {
    if !outcomes.is_empty() {
        let ids: Vec<i64> = outcomes.iter().map(|outcome| outcome.id).collect();
        let attempts: Vec<i32> = outcomes.iter().map(|outcome| outcome.attempt).collect();
        let states: Vec<&str> = outcomes
            .iter()
            .map(|outcome| outcome.state().as_str())
            .collect();
        let subjects: Vec<Option<&str>> = outcomes
            .iter()
            .map(|outcome| outcome.subject.as_deref())
            .collect();
        let codes: Vec<Option<&str>> = outcomes
            .iter()
            .map(|outcome| outcome.code.as_deref())
            .collect();
        let reasons: Vec<Option<&str>> = outcomes
            .iter()
            .map(|outcome| outcome.reason.as_deref())
            .collect();
        let next: Vec<Option<DateTime<Utc>>> = outcomes
            .iter()
            .map(|outcome| outcome.next_attempt_at)
            .collect();
        let sent: Vec<Option<DateTime<Utc>>> = outcomes
            .iter()
            .map(|outcome| (outcome.event == MessageEvent::Accept).then_some(outcome.at))
            .collect();
        let given_back: Vec<bool> = outcomes
            .iter()
            .map(|outcome| outcome.event == MessageEvent::Release)
            .collect();
        // The number of the claim fences off results that come after the message went another way.
        sqlx::query(
            "update crm.message m
             set state = o.state, code = o.code, reason = o.reason, next_attempt_at = o.next_attempt_at,
                 subject = coalesce(o.subject, m.subject), sent_at = coalesce(o.sent_at, m.sent_at),
                 attempts = m.attempts - case when o.given_back then 1 else 0 end
             from unnest($1::bigint[], $2::int[], $3::text[], $4::text[], $5::text[], $6::text[],
                         $7::timestamptz[], $8::timestamptz[], $9::bool[])
                  as o(id, attempt, state, subject, code, reason, next_attempt_at, sent_at, given_back)
             where m.id = o.id and m.attempts = o.attempt and m.state in ('claimed', 'unknown')",
        )
        .bind(&ids)
        .bind(&attempts)
        .bind(&states)
        .bind(&subjects)
        .bind(&codes)
        .bind(&reasons)
        .bind(&next)
        .bind(&sent)
        .bind(&given_back)
        .execute(&mut *connection)
        .await?;
    }
    if let Some(claim) = finished_claim {
        sqlx::query("delete from sys.send_claim where id = $1")
            .bind(claim)
            .execute(connection)
            .await?;
    }
    Ok(())
}

/// Ends runs that have nothing left to send, and campaigns whose runs have all ended.
pub(super) async fn finish_runs(connection: &mut PgConnection) -> Result<u64> {
    let finished: Vec<i64> = sqlx::query_scalar(
        "update crm.send_run r set status = 'finished', finished_at = now()
         where r.status = 'running' and exists (select from sys.send_plan p where p.run_id = r.id)
           and not exists (select from crm.message m
                           where m.run_id = r.id and m.state in ('planned', 'claimed', 'deferred'))
         returning r.campaign_id",
    )
    .fetch_all(&mut *connection)
    .await?;
    if !finished.is_empty() {
        sqlx::query(
            "update crm.campaign c set status = 'finished', finished_at = now()
             where c.id = any($1) and c.status = 'running'
               and not exists (select from crm.send_run r
                               where r.campaign_id = c.id and r.status in ('running', 'paused'))",
        )
        .bind(&finished)
        .execute(connection)
        .await?;
    }
    Ok(finished.len() as u64)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const RETRY: RetryPolicy = RetryPolicy {
        first: Duration::from_secs(60),
        longest: Duration::from_secs(600),
        attempts: 3,
    };

    fn outcome(attempt: i32, delivery: Delivery) -> Outcome {
        Outcome::of(1, attempt, "subject".into(), delivery, &RETRY)
    }

    #[test]
    fn every_answer_of_a_server_has_its_state() {
        let reply = || "x".to_owned();
        let cases = [
            (
                Delivery::Accepted { reply: reply() },
                MessageState::Accepted,
            ),
            (
                Delivery::Deferred {
                    code: 451,
                    reply: reply(),
                },
                MessageState::Deferred,
            ),
            (
                Delivery::Refused {
                    code: 550,
                    reply: reply(),
                },
                MessageState::Failed,
            ),
            (
                Delivery::Unreachable { problem: reply() },
                MessageState::Planned,
            ),
            (
                Delivery::InDoubt { problem: reply() },
                MessageState::Unknown,
            ),
        ];
        for (delivery, state) in cases {
            assert_eq!(outcome(1, delivery.clone()).state(), state, "{delivery:?}");
        }
    }

    #[test]
    fn deferrals_wait_longer_and_end_in_failure() {
        let deferred = |attempt| {
            outcome(
                attempt,
                Delivery::Deferred {
                    code: 451,
                    reply: "later".into(),
                },
            )
        };
        let wait =
            |outcome: &Outcome| (outcome.next_attempt_at.unwrap() - outcome.at).num_seconds();
        assert_eq!(wait(&deferred(1)), 60);
        assert_eq!(wait(&deferred(2)), 120);
        assert_eq!(deferred(3).state(), MessageState::Failed);
        assert_eq!(deferred(3).code.as_deref(), Some("451"));
    }

    #[test]
    fn replies_are_cut_to_what_the_ledger_takes() {
        let long = outcome(
            1,
            Delivery::Refused {
                code: 554,
                reply: "é\r\n".repeat(1000),
            },
        );
        assert_eq!(long.reason.unwrap().chars().count(), LONGEST_REASON);
    }
}
