//! What happened around a record, in one feed: changes, notes, comments, and the records that refer to it.

use basalt_model::{Action, Principal, Trait};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::{QueryBuilder, Row};

use super::{Named, Remark, Store, remarks};
use crate::audit::{self, AuditEntry};
use crate::error::{Error, Result};
use crate::sql::{column, crm, push_readable};

/// One thing that happened; exactly one of the three is there.
#[derive(Debug, Clone, Serialize)]
pub struct Happening {
    /// `change`, `note`, `comment` or `record`.
    pub kind: &'static str,
    pub at: DateTime<Utc>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change: Option<AuditEntry>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remark: Option<Remark>,
    /// A record that refers to this one, at the time when it was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub record: Option<Named>,
}

/// A page of a timeline, the latest first.
#[derive(Debug, Clone)]
pub struct Timeline {
    pub items: Vec<Happening>,
    pub next: Option<String>,
}

/// The place of a happening in the feed. Sources are ranked, so that equal times have an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Place {
    pub at: DateTime<Utc>,
    pub source: i32,
    pub id: i64,
}

/// Ranks of the sources; the objects that refer to the record come after.
const CHANGES: i32 = 0;
const REMARKS: i32 = 1;
const RECORDS: i32 = 2;

impl Store {
    /// A page of what happened around a record.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the record isn't readable; [`Error::Request`] for a foreign cursor.
    pub async fn timeline(
        &self,
        principal: &Principal,
        object: &str,
        id: i64,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Timeline> {
        let before = after.map(decode).transpose()?;
        let scope = self.scope(principal, object)?;
        let mut connection = self.db.pool().acquire().await?;
        scope.must_see(&mut connection, id).await?;
        let wanted = limit + 1;
        let mut found: Vec<(Place, Happening)> = Vec::new();

        let changes = audit::entries(
            &mut connection,
            principal,
            scope.object(),
            id,
            before.map(|place| (place, CHANGES)),
            wanted,
        )
        .await?;
        found.extend(changes.into_iter().map(|change| {
            let place = Place {
                at: change.at,
                source: CHANGES,
                id: change.id,
            };
            let happening = Happening {
                kind: "change",
                at: change.at,
                change: Some(change),
                remark: None,
                record: None,
            };
            (place, happening)
        }));

        let said = remarks::before(
            &mut connection,
            object,
            id,
            before.map(|p| (p, REMARKS)),
            wanted,
        )
        .await?;
        found.extend(said.into_iter().map(|remark| {
            let place = Place {
                at: remark.created_at,
                source: REMARKS,
                id: remark.id,
            };
            let happening = Happening {
                kind: remark.kind.tag(),
                at: remark.created_at,
                change: None,
                remark: Some(remark),
                record: None,
            };
            (place, happening)
        }));

        let dictionary = self.db.dictionary();
        for (at, other) in dictionary.objects().iter().enumerate() {
            if !other.has(Trait::Timeline) || !principal.can(&other.name, Action::Read) {
                continue;
            }
            let columns: Vec<String> = other
                .references()
                .filter(|(field, target)| {
                    *target == object && !principal.is_hidden(&other.name, &field.name)
                })
                .map(|(field, _)| column("t", &field.column()))
                .collect();
            // An activity belongs to records of any kind by its links, too.
            let columns = match (columns.is_empty(), other.name.as_str()) {
                (false, _) => columns,
                (true, "activity") => vec!["null".to_owned()],
                (true, _) => continue,
            };
            let source = RECORDS + i32::try_from(at).unwrap_or(i32::MAX - RECORDS);
            let title = other
                .field(&other.title)
                .filter(|title| !principal.is_hidden(&other.name, &title.name))
                .map_or("null".to_owned(), |title| {
                    format!("{}::text", column("t", &title.column()))
                });
            let mut query = QueryBuilder::new(format!(
                "select t.id, {title}, t.created_at from {} t where ",
                crm(&other.table)
            ));
            query.push("(").push_bind(id);
            query.push(format!(" in ({})", columns.join(", ")));
            if other.name == "activity" {
                crate::activity::linked::push_or_linked(&mut query, object, id);
            }
            query.push(") and ");
            push_readable(&mut query, "t", &dictionary, principal, other);
            if let Some(place) = before {
                query.push(format!(" and (t.created_at, {source}, t.id) < ("));
                query.push_bind(place.at).push(", ");
                query.push_bind(place.source).push(", ");
                query.push_bind(place.id).push(")");
            }
            query.push(format!(
                " order by t.created_at desc, t.id desc limit {wanted}"
            ));
            for row in query.build().fetch_all(&mut *connection).await? {
                let named = Named {
                    object: other.name.clone(),
                    resource: other.resource.clone(),
                    id: row.try_get(0)?,
                    title: row.try_get(1)?,
                    at: row.try_get(2)?,
                };
                let place = Place {
                    at: named.at,
                    source,
                    id: named.id,
                };
                let happening = Happening {
                    kind: "record",
                    at: named.at,
                    change: None,
                    remark: None,
                    record: Some(named),
                };
                found.push((place, happening));
            }
        }

        found.sort_by(|(one, _), (other, _)| other.cmp(one));
        let next = (found.len() > limit)
            .then(|| found.get(limit - 1).map(|(place, _)| encode(place)))
            .flatten();
        found.truncate(limit);
        Ok(Timeline {
            items: found.into_iter().map(|(_, happening)| happening).collect(),
            next,
        })
    }
}

fn encode(place: &Place) -> String {
    let json = serde_json::to_vec(place).expect("a time and two numbers serialize");
    URL_SAFE_NO_PAD.encode(json)
}

fn decode(text: &str) -> Result<Place> {
    URL_SAFE_NO_PAD
        .decode(text)
        .ok()
        .and_then(|json| serde_json::from_slice(&json).ok())
        .ok_or_else(|| {
            Error::request(
                "page[after]",
                "is no position in this list",
                "不是该列表的有效翻页位置",
            )
        })
}
