//! Workflow: rules that act when something happens, approvals, the inbox, webhooks.
//!
//! A change notes an event in its own transaction (by trigger, whatever door it came through). The
//! `workflow_events` job turns events into runs of the rules they start and into webhook deliveries;
//! each run is a job of its own, recorded with the condition that decided and what was done. What is
//! due by time is found by [`sweep`]. A rule that its own actions would start again is cut.

mod action;
pub mod approval;
mod check;
mod events;
mod explain;
pub(crate) mod inbox;
pub(crate) mod letter;
mod recipient;
mod rule;
mod run;
mod sweep;
mod webhook;

pub use events::Events;
pub(crate) use inbox::{Notice, notify};
pub use inbox::{Notification, mark_read, notifications, unread};
pub use letter::SendLetter;
pub use recipient::Recipient;
pub use rule::{
    Action, Assignee, HistoryEntry, Rule, RuleInput, RunEntry, Starts, history, remove_rule, rules,
    runs, save_rule, set_active,
};
pub use run::{DryRun, RunRule, dry_run};
pub use sweep::sweep;
pub use webhook::{
    DeliverWebhook, Delivery, Webhook, WebhookInput, deliveries, remove_webhook, save_webhook,
    signature, webhooks,
};

use basalt_model::{Principal, PrincipalKind, Via};
use sqlx::PgConnection;

use crate::error::Result;

/// Who acts for a rule: background work with all rights, named by the rule's number.
fn actor(rule: i64) -> Principal {
    Principal {
        kind: PrincipalKind::Job,
        user_id: rule,
        login: "workflow".to_owned(),
        name: "Workflow".to_owned(),
        ..Principal::system()
    }
    .through(Via::Job)
}

/// Notes which tables somebody waits for, after rules or webhooks changed.
async fn note_interest(
    connection: &mut PgConnection,
    dictionary: &basalt_model::Dictionary,
) -> Result<()> {
    let objects: Vec<String> = sqlx::query_scalar(
        "select object from sys.workflow_rule where active union select object from sys.webhook where active",
    )
    .fetch_all(&mut *connection)
    .await?;
    let tables: Vec<&str> = objects
        .iter()
        .filter_map(|name| dictionary.object(name))
        .map(|object| object.table.as_str())
        .collect();
    sqlx::query("delete from sys.event_interest where table_name <> all($1)")
        .bind(&tables)
        .execute(&mut *connection)
        .await?;
    sqlx::query("insert into sys.event_interest (table_name) select unnest($1::text[]) on conflict do nothing")
        .bind(&tables)
        .execute(connection)
        .await?;
    Ok(())
}
