//! From events to runs and deliveries.

use basalt_model::Dictionary;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use sqlx::{PgConnection, Row};

use super::rule::{self, Rule, Starts};
use super::run::{self, NewRun};
use super::webhook;
use crate::db::Db;
use crate::error::Result;
use crate::jobs::{Job, JobContext};

/// Events taken in one transaction.
const BATCH: i64 = 100;

/// Turns the events that wait into runs of rules and deliveries of webhooks.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Events {}

impl Job for Events {
    const NAME: &'static str = "workflow_events";

    async fn run(self, context: JobContext) -> Result<()> {
        while take(&context.db).await? {}
        Ok(())
    }
}

/// Something that happened to a record.
pub(super) struct Event {
    pub id: i64,
    pub object: String,
    pub record: i64,
    pub created: bool,
    /// Column → value (of a creation) or `[old, new]`.
    pub changes: Map<String, Json>,
    pub actor: String,
    pub chain: Vec<i64>,
}

/// Takes a batch; false when there was none.
async fn take(db: &Db) -> Result<bool> {
    let dictionary = db.dictionary();
    let mut tx = db.pool().begin().await?;
    let rows = sqlx::query(
        "delete from sys.event where id in (select id from sys.event order by id limit $1 for update skip locked)
         returning id, table_name, row_id, op, changes, actor, chain",
    )
    .bind(BATCH)
    .fetch_all(&mut *tx)
    .await?;
    if rows.is_empty() {
        return Ok(false);
    }
    let rules: Vec<Rule> = sqlx::query("select * from sys.workflow_rule where active order by id")
        .fetch_all(&mut *tx)
        .await?
        .iter()
        .map(rule::read)
        .collect::<Result<_>>()?;
    let mut events = Vec::with_capacity(rows.len());
    for row in rows {
        let table: String = row.try_get("table_name")?;
        let Some(object) = dictionary.by_table(&table) else {
            continue;
        };
        let changes: Json = row.try_get("changes")?;
        events.push(Event {
            id: row.try_get("id")?,
            object: object.name.clone(),
            record: row.try_get("row_id")?,
            created: row.try_get::<&str, _>("op")? == "create",
            changes: changes.as_object().cloned().unwrap_or_default(),
            actor: row.try_get("actor")?,
            chain: row.try_get("chain")?,
        });
    }
    events.sort_by_key(|event| event.id);
    for event in &events {
        for rule in rules.iter().filter(|rule| rule.object == event.object) {
            if starts(&dictionary, rule, event) {
                start(&mut tx, rule, event).await?;
            }
        }
        webhook::expect(&mut tx, event).await?;
    }
    tx.commit().await?;
    Ok(true)
}

async fn start(connection: &mut PgConnection, rule: &Rule, event: &Event) -> Result<()> {
    let new = NewRun {
        record: event.record,
        occasion: format!("event {}", event.id),
        started_by: event.actor.clone(),
        chain: event.chain.clone(),
    };
    run::start(connection, rule, new).await
}

fn starts(dictionary: &Dictionary, rule: &Rule, event: &Event) -> bool {
    let column = |field: &str| {
        dictionary
            .object(&rule.object)
            .and_then(|object| object.field(field))
            .map(basalt_model::Field::column)
    };
    // A record that goes to the recycle bin is changed by nobody's rule.
    if event.changes.contains_key("deleted_at") {
        return false;
    }
    match &rule.starts {
        Starts::Created => event.created,
        Starts::Changed { fields } => {
            !event.created
                && (fields.is_empty()
                    || fields
                        .iter()
                        .filter_map(|field| column(field))
                        .any(|column| event.changes.contains_key(&column)))
        }
        Starts::StageEntered { field, value } => {
            let now = column(field).and_then(|column| {
                let change = event.changes.get(&column)?;
                if event.created {
                    Some(change.clone())
                } else {
                    change.get(1).cloned()
                }
            });
            now.is_some_and(|now| match now {
                Json::String(now) => now == *value,
                Json::Null => false,
                now => format!("{now}") == *value,
            })
        }
        Starts::DateReached { .. } | Starts::Idle { .. } | Starts::Schedule { .. } => false,
    }
}
