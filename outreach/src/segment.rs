//! Segments: evaluated on the lake at one position, kept in the record as members with the time they
//! entered and left, previewed before they are saved, and explained for one customer.

use basalt_model::condition::Op;
use basalt_model::{Action, Condition, Principal, Via};
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Map, Value, json};
use sqlx::Row as _;

use crate::Outreach;
use crate::audience::{Cut, Definition};
use crate::error::{Error, Result};

/// What an evaluation changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Evaluation {
    /// Members now.
    pub members: u64,
    pub entered: u64,
    pub left: u64,
    /// The position in the source's log that the result includes.
    pub lsn: String,
}

/// How a definition would turn out, without saving anything.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Preview {
    pub count: u64,
    /// Up to ten of those who fit, with the columns the caller may read.
    pub sample: Vec<Map<String, Value>>,
    pub lsn: String,
}

/// Why a customer is in a segment, or is not.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Explanation {
    /// Whether the customer fits now.
    pub fits: bool,
    /// Whether it is a member since the last evaluation.
    pub member: bool,
    pub entered_at: Option<DateTime<Utc>>,
    pub left_at: Option<DateTime<Utc>>,
    /// What the segment is made of, in the order it is written: every comparison of a condition,
    /// every segment of a set, and a query, a list or a cell as a whole.
    pub checks: Vec<Check>,
}

/// One part of a definition as it is written, and whether the customer meets it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Check {
    pub condition: Value,
    pub holds: bool,
}

/// Rows of a preview.
const SAMPLE: usize = 10;

struct Segment {
    id: i64,
    definition: Definition,
    owner: i64,
    changed_by: Option<i64>,
}

impl Outreach {
    /// Evaluates a segment and keeps the result. It runs with the rights of its owner *and* of
    /// whoever changed it last, so that nobody can widen what they see through another's segment.
    /// The caller needs the right to change the segment.
    pub async fn evaluate(&self, principal: &Principal, segment_id: i64) -> Result<Evaluation> {
        self.readable(principal, "segment", segment_id).await?;
        if !principal.can("segment", Action::Update) {
            return Err(Error::Forbidden("evaluate segments"));
        }
        let segment = self.segment(segment_id).await?;
        let cut = self.cut_for(&segment).await?;
        self.keep_members(principal, segment_id, &cut).await
    }

    /// Counts and shows who would fit, under the caller's own rights.
    pub async fn preview(&self, principal: &Principal, definition: &Definition) -> Result<Preview> {
        let definition = self.resolve(principal, definition, None).await?;
        let cut = self.audience().cut(principal, &definition, None).await?;
        let some: Vec<i64> = cut.customers.iter().copied().take(SAMPLE).collect();
        let sample = if some.is_empty() {
            Vec::new()
        } else {
            self.audience().sample(principal, &some).await?
        };
        Ok(Preview {
            count: cut.customers.len() as u64,
            sample,
            lsn: cut.lsn,
        })
    }

    /// Says for one customer which parts of the definition hold.
    pub async fn explain(
        &self,
        principal: &Principal,
        segment_id: i64,
        customer_id: i64,
    ) -> Result<Explanation> {
        self.readable(principal, "segment", segment_id).await?;
        self.readable(principal, "customer", customer_id).await?;
        let segment = self.segment(segment_id).await?;
        let whole = self.cut_for(&segment).await?;
        let mut checks = Vec::new();
        for (shown, question) in questions(&segment.definition, customer_id)? {
            // The caller's own rights: a part on a field that is hidden from them is an error.
            let question = self.resolve(principal, &question, Some(segment_id)).await?;
            let cut = self
                .audience()
                .cut(principal, &question, Some(&whole.lsn))
                .await?;
            checks.push(Check {
                condition: shown,
                holds: cut.customers.contains(&customer_id),
            });
        }
        let membership = sqlx::query(
            "select entered_at, left_at from crm.segment_member
             where segment_id = $1 and customer_id = $2 order by entered_at desc limit 1",
        )
        .bind(segment_id)
        .bind(customer_id)
        .fetch_optional(self.pool())
        .await?;
        let (entered_at, left_at): (Option<DateTime<Utc>>, Option<DateTime<Utc>>) = match membership
        {
            Some(row) => (row.try_get("entered_at")?, row.try_get("left_at")?),
            None => (None, None),
        };
        Ok(Explanation {
            fits: whole.customers.contains(&customer_id),
            member: entered_at.is_some() && left_at.is_none(),
            entered_at,
            left_at,
            checks,
        })
    }

    async fn segment(&self, segment_id: i64) -> Result<Segment> {
        let row = sqlx::query(
            "select kind, definition, owner_id, updated_by from crm.segment
             where id = $1 and deleted_at is null",
        )
        .bind(segment_id)
        .fetch_optional(self.pool())
        .await?
        .ok_or(Error::NotFound {
            what: "segment",
            id: segment_id,
        })?;
        let kind: String = row.try_get("kind")?;
        let definition: Option<Value> = row.try_get("definition")?;
        Ok(Segment {
            id: segment_id,
            definition: Definition::parse(&kind, &definition.unwrap_or(Value::Null))?,
            owner: row
                .try_get::<Option<i64>, _>("owner_id")?
                .ok_or_else(|| Error::Definition("the segment has no owner".into()))?,
            changed_by: row.try_get("updated_by")?,
        })
    }

    async fn cut_for(&self, segment: &Segment) -> Result<Cut> {
        let owner = self.principal_of(segment.owner, Via::Job).await?;
        let definition = self
            .resolve(&owner, &segment.definition, Some(segment.id))
            .await?;
        let mut cut = self.audience().cut(&owner, &definition, None).await?;
        if let Some(changer) = segment
            .changed_by
            .filter(|user| *user != segment.owner && *user > 0)
        {
            let changer = self.principal_of(changer, Via::Job).await?;
            let definition = self
                .resolve(&changer, &segment.definition, Some(segment.id))
                .await?;
            let theirs = self
                .audience()
                .cut(&changer, &definition, Some(&cut.lsn))
                .await?;
            cut.customers = cut
                .customers
                .intersection(&theirs.customers)
                .copied()
                .collect();
        }
        Ok(cut)
    }

    /// Writes only the differences, in one transaction.
    async fn keep_members(
        &self,
        principal: &Principal,
        segment_id: i64,
        cut: &Cut,
    ) -> Result<Evaluation> {
        let customers: Vec<i64> = cut.customers.iter().copied().collect();
        let mut tx = self.db().begin(principal).await?;
        // Two evaluations of one segment follow each other.
        sqlx::query("select 1 from crm.segment where id = $1 for update")
            .bind(segment_id)
            .execute(&mut *tx)
            .await?;
        let left = sqlx::query(
            "update crm.segment_member m set left_at = now()
             where m.segment_id = $1 and m.left_at is null
               and not exists (select from unnest($2::bigint[]) as fits(id) where fits.id = m.customer_id)",
        )
        .bind(segment_id)
        .bind(&customers)
        .execute(&mut *tx)
        .await?
        .rows_affected();
        // Joined with the record: a customer removed since the lake's position has no place here.
        let entered = sqlx::query(
            "insert into crm.segment_member (segment_id, customer_id, entered_at)
             select $1, c.id, now() from unnest($2::bigint[]) as fits(id)
             join crm.customer c on c.id = fits.id and c.deleted_at is null
             where not exists (select from crm.segment_member m
                               where m.segment_id = $1 and m.customer_id = fits.id and m.left_at is null)",
        )
        .bind(segment_id)
        .bind(&customers)
        .execute(&mut *tx)
        .await?
        .rows_affected();
        // Counting is no change of the segment: who changed it last must stay, because it decides
        // whose rights hold at the next evaluation.
        sqlx::query(
            "select set_config('basalt.user', coalesce(updated_by::text, ''), true)
             from crm.segment where id = $1",
        )
        .bind(segment_id)
        .execute(&mut *tx)
        .await?;
        let members: i64 = sqlx::query_scalar(
            "update crm.segment s set
                 member_count = (select count(*) from crm.segment_member m
                                 where m.segment_id = s.id and m.left_at is null),
                 evaluated_at = now(), evaluated_lsn = $2
             where s.id = $1 returning s.member_count::bigint",
        )
        .bind(segment_id)
        .bind(&cut.lsn)
        .fetch_one(&mut *tx)
        .await?;
        tx.commit().await?;
        tracing::info!(segment_id, members, entered, left, lsn = %cut.lsn, "segment evaluated");
        Ok(Evaluation {
            members: members.unsigned_abs(),
            entered,
            left,
            lsn: cut.lsn.clone(),
        })
    }
}

/// What is asked about one customer to explain a definition: each part as it is shown, and as it is
/// asked of the lake.
fn questions(definition: &Definition, customer_id: i64) -> Result<Vec<(Value, Definition)>> {
    let whole = |shown: Value| Ok(vec![(shown, definition.clone())]);
    let written = |part: serde_json::Result<Value>| {
        part.map_err(|error| Error::Definition(error.to_string()))
    };
    match definition {
        Definition::Condition(condition) => comparisons(condition)
            .into_iter()
            .map(|part| {
                let shown = written(serde_json::to_value(&part))?;
                let this_one = Condition::compare("id", Op::Eq, customer_id);
                Ok((shown, Definition::Condition(this_one.and(part))))
            })
            .collect(),
        Definition::Sql(sql) => whole(json!({ "sql": sql })),
        // The list itself may be long, and the question is about one of it.
        Definition::Static(_) => whole(json!({ "customer_ids": [customer_id] })),
        Definition::Cell(cell) => whole(json!({ "cell": written(serde_json::to_value(cell))? })),
        Definition::Set(_, parts) => {
            let mut leaves = Vec::new();
            for part in parts {
                leaves.extend(questions(part, customer_id)?);
            }
            Ok(leaves)
        }
        Definition::Segment(id) => whole(json!({ "segment": id })),
    }
}

/// The comparisons of a condition; a negation is kept as one piece.
fn comparisons(condition: &Condition) -> Vec<Condition> {
    match condition {
        Condition::All(parts) | Condition::Any(parts) => {
            parts.iter().flat_map(comparisons).collect()
        }
        other => vec![other.clone()],
    }
}
