//! One event as it is sent.

use basalt_model::{Label, Problem};
use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use serde_json::{Map, Value as Json};
use uuid::Uuid;

/// Clocks differ by this much.
const AHEAD: TimeDelta = TimeDelta::minutes(10);
/// Older events are not taken: whether they came before is known for a little longer than this.
pub(crate) const WINDOW: TimeDelta = TimeDelta::days(30);

/// Why an event was not taken. The others of its batch were.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Place in the batch, from 0.
    pub index: usize,
    /// `malformed`, `event_id`, `too_old`, `in_future`, `unknown_type`, `unknown_attribute`,
    /// `missing_attribute`, `attribute_value`, `too_long`, `unknown_customer`, `unknown_contact`, `unknown_campaign`, `no_one`.
    pub code: &'static str,
    pub message: Label,
}

impl Refusal {
    pub(super) fn new(index: usize, problem: Problem) -> Self {
        Self {
            index,
            code: problem.code,
            message: problem.message,
        }
    }
}

/// An event that is well formed.
#[derive(Debug, Clone)]
pub(super) struct Event {
    pub index: usize,
    pub id: Uuid,
    pub occurred_at: DateTime<Utc>,
    pub said: Said,
}

/// An event in JSON form.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Said {
    event_id: String,
    #[serde(rename = "type")]
    pub kind: String,
    occurred_at: String,
    pub customer: Option<i64>,
    pub contact: Option<i64>,
    pub visitor: Option<String>,
    pub session: Option<String>,
    pub page: Option<String>,
    pub referrer: Option<String>,
    pub campaign: Option<i64>,
    #[serde(default)]
    pub attributes: Map<String, Json>,
}

/// Reads one event of a batch.
pub(super) fn read(index: usize, json: Json, now: DateTime<Utc>) -> Result<Event, Refusal> {
    let refuse = |code, en: &str, zh: &str| Refusal::new(index, Problem::new(code, en, zh));
    let said: Said = serde_json::from_value(json).map_err(|error| {
        let reason = Problem::new(
            "malformed",
            format!("An event has event_id, type, occurred_at and attributes: {error}."),
            format!("事件应包含 event_id、type、occurred_at 和 attributes：{error}。"),
        );
        Refusal::new(index, reason)
    })?;
    let id = Uuid::try_parse(&said.event_id)
        .map_err(|_| refuse("event_id", "event_id is no UUID.", "event_id 不是 UUID。"))?;
    let occurred_at = DateTime::parse_from_rfc3339(&said.occurred_at)
        .map_err(|_| {
            refuse(
                "malformed",
                "occurred_at is a moment such as 2026-11-25T09:30:00Z.",
                "occurred_at 应为时间，例如 2026-11-25T09:30:00Z。",
            )
        })?
        .with_timezone(&Utc);
    if occurred_at > now + AHEAD {
        return Err(refuse(
            "in_future",
            "occurred_at lies in the future; set the clock of the sender.",
            "occurred_at 在将来，请校准发送方的时钟。",
        ));
    }
    if occurred_at < now - WINDOW {
        return Err(refuse(
            "too_old",
            "Events are taken for 30 days after they happened.",
            "只接收发生后 30 天内的事件。",
        ));
    }
    for (text, most) in [
        (&said.visitor, 64),
        (&said.session, 64),
        (&said.page, 2000),
        (&said.referrer, 2000),
    ] {
        let fits = |text: &str| text.chars().count() <= most && !text.contains('\0');
        if !text.as_deref().is_none_or(fits) {
            return Err(refuse(
                "too_long",
                "visitor and session have at most 64 characters, page and referrer 2000.",
                "visitor 和 session 最多 64 个字符，page 和 referrer 最多 2000 个字符。",
            ));
        }
    }
    Ok(Event {
        index,
        id,
        occurred_at,
        said,
    })
}
