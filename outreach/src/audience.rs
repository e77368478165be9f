//! Who fits a segment: the question is put to the lake, at one position and under a person's rights.

use std::collections::BTreeSet;

use arrow::array::AsArray as _;
use arrow::datatypes::{DataType, Int64Type};
use async_trait::async_trait;
use basalt_model::condition::Op;
use basalt_model::{Condition, Principal};
use basalt_query::{Cell, Engine, QueryResult, ReadAt, Session};
use datafusion::common::JoinType;
use datafusion::prelude::{DataFrame, cast, col, lit};
use futures::future::BoxFuture;
use serde_json::{Map, Value};

use crate::error::{Error, Result};

/// How a segment says who belongs to it.
#[derive(Debug, Clone)]
pub enum Definition {
    /// A condition over customers.
    Condition(Condition),
    /// A query that returns `customer_id`.
    Sql(String),
    /// A list that somebody uploaded.
    Static(BTreeSet<i64>),
    /// A cell of an analysis.
    Cell(Box<Cell>),
    /// Other definitions joined by a set operation.
    Set(SetOperation, Vec<Definition>),
    /// Another segment by its id; replaced by its definition before the lake is asked.
    Segment(i64),
}

/// How the parts of a set are joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetOperation {
    /// In at least one part.
    Union,
    /// In every part.
    Intersection,
    /// In the first part and in none of the others.
    Difference,
}

impl SetOperation {
    const ALL: [(&'static str, Self); 3] = [
        ("union", Self::Union),
        ("intersection", Self::Intersection),
        ("difference", Self::Difference),
    ];

    /// The operation over the members of each part, in the order they are written.
    pub fn of(self, parts: Vec<BTreeSet<i64>>) -> BTreeSet<i64> {
        let join = |joined: BTreeSet<i64>, part: BTreeSet<i64>| match self {
            Self::Union => &joined | &part,
            Self::Intersection => &joined & &part,
            Self::Difference => &joined - &part,
        };
        parts.into_iter().reduce(join).unwrap_or_default()
    }
}

/// Sets within sets, at most: enough for any question, and little enough for any stack.
const DEEPEST_SET: usize = 16;

impl Definition {
    /// Reads what `crm.segment` holds: `kind` and the JSON `definition`. A condition is written as
    /// it is or under `condition`, a query under `sql`, a list under `customer_ids`.
    pub fn parse(kind: &str, definition: &Value) -> Result<Self> {
        let bad = |detail: String| Error::Definition(detail);
        match kind {
            "condition" => {
                let condition = definition.get("condition").unwrap_or(definition);
                serde_json::from_value(condition.clone())
                    .map(Self::Condition)
                    .map_err(|error| bad(error.to_string()))
            }
            "sql" => match definition {
                Value::String(sql) => Ok(Self::Sql(sql.clone())),
                _ => definition
                    .get("sql")
                    .and_then(Value::as_str)
                    .map(|sql| Self::Sql(sql.to_owned()))
                    .ok_or_else(|| bad("a query is expected under \"sql\"".into())),
            },
            "static" => definition
                .get("customer_ids")
                .and_then(Value::as_array)
                .ok_or_else(|| bad("a list of ids is expected under \"customer_ids\"".into()))?
                .iter()
                .map(|id| {
                    id.as_i64()
                        .ok_or_else(|| bad(format!("{id} is not the id of a customer")))
                })
                .collect::<Result<_>>()
                .map(Self::Static),
            "cell" => {
                let cell = definition
                    .get("cell")
                    .ok_or_else(|| bad("a cell is expected under \"cell\"".into()))?;
                serde_json::from_value(cell.clone())
                    .map(|cell| Self::Cell(Box::new(cell)))
                    .map_err(|error| bad(format!("the cell is not understood: {error}")))
            }
            "set" => parse_set(definition, DEEPEST_SET),
            other => Err(bad(format!("there is no kind \"{other}\""))),
        }
    }
}

/// `{"union": […]}`, `{"intersection": […]}` or `{"difference": […]}`, of such sets and of
/// `{"segment": id}`.
fn parse_set(definition: &Value, deeper: usize) -> Result<Definition> {
    let bad = |detail: String| Error::Definition(detail);
    let form = || {
        bad(format!(
            "{definition} is neither {{\"segment\": id}} nor one of \"union\", \"intersection\", \"difference\" with a list"
        ))
    };
    let single = definition
        .as_object()
        .filter(|object| object.len() == 1)
        .ok_or_else(form)?;
    let (name, inner) = single.iter().next().ok_or_else(form)?;
    if name == "segment" {
        return inner.as_i64().map(Definition::Segment).ok_or_else(form);
    }
    let (_, operation) = SetOperation::ALL
        .into_iter()
        .find(|(known, _)| known == name)
        .ok_or_else(form)?;
    let parts = inner
        .as_array()
        .filter(|parts| !parts.is_empty())
        .ok_or_else(|| bad(format!("\"{name}\" takes a list of at least one part")))?;
    let deeper = deeper
        .checked_sub(1)
        .ok_or_else(|| bad(format!("sets nest at most {DEEPEST_SET} deep")))?;
    let parts = parts.iter().map(|part| parse_set(part, deeper));
    Ok(Definition::Set(operation, parts.collect::<Result<_>>()?))
}

/// Those who fit, as of one position of the source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    pub customers: BTreeSet<i64>,
    /// The position in the source's log that the answer includes, such as `16/B374D848`.
    pub lsn: String,
}

/// Answers who fits a definition. The lake does in production; tests may put something smaller here.
#[async_trait]
pub trait Audience: Send + Sync {
    /// Everybody who fits, of those `principal` may see. `at_least` is an earlier cut's position
    /// that this answer must not be behind of; without it the answer is fresh.
    async fn cut(
        &self,
        principal: &Principal,
        definition: &Definition,
        at_least: Option<&str>,
    ) -> Result<Cut>;

    /// Some columns of the given customers as JSON rows, for a preview.
    async fn sample(
        &self,
        principal: &Principal,
        customers: &[i64],
    ) -> Result<Vec<Map<String, Value>>>;
}

/// The audience of the lake.
#[derive(Clone)]
pub struct LakeAudience {
    engine: Engine,
}

impl LakeAudience {
    pub fn new(engine: Engine) -> Self {
        Self { engine }
    }
}

#[async_trait]
impl Audience for LakeAudience {
    async fn cut(
        &self,
        principal: &Principal,
        definition: &Definition,
        at_least: Option<&str>,
    ) -> Result<Cut> {
        let session = self.engine.session(principal, read_at(at_least)?).await?;
        Ok(Cut {
            customers: fitting(&session, definition).await?,
            lsn: session.lsn().to_string(),
        })
    }

    async fn sample(
        &self,
        principal: &Principal,
        customers: &[i64],
    ) -> Result<Vec<Map<String, Value>>> {
        let session = self.engine.session(principal, ReadAt::Latest).await?;
        let ids: Vec<Value> = customers.iter().copied().map(Value::from).collect();
        let frame = session
            .matching(
                "customer",
                &Condition::compare("id", Op::In, Value::Array(ids)),
            )
            .await?;
        let shown: Vec<&str> = ["id", "code", "name", "industry", "region", "level", "city"]
            .into_iter()
            .filter(|column| frame.schema().has_column_with_unqualified_name(column))
            .collect();
        let frame = frame
            .select_columns(&shown)
            .map_err(|error| session.error(error))?;
        let rows = session.collect_frame(frame).await?.to_json_objects()?;
        Ok(rows
            .into_iter()
            .filter_map(|row| match row {
                Value::Object(row) => Some(row),
                _ => None,
            })
            .collect())
    }
}

/// Those who fit, in one session: all parts of a set are read at the same position.
fn fitting<'a>(
    session: &'a Session,
    definition: &'a Definition,
) -> BoxFuture<'a, Result<BTreeSet<i64>>> {
    Box::pin(async move {
        let frame = match definition {
            Definition::Static(ids) => {
                // Only those that exist and that the principal may see.
                let visible = session
                    .matching("customer", &Condition::everything())
                    .await?;
                let ids = ids.iter().map(|id| lit(*id)).collect();
                visible
                    .filter(col("id").in_list(ids, false))
                    .and_then(|frame| frame.select_columns(&["id"]))
                    .map_err(|error| session.error(error))?
            }
            Definition::Condition(condition) => session
                .matching("customer", condition)
                .await?
                .select_columns(&["id"])
                .map_err(|error| session.error(error))?,
            Definition::Sql(sql) => visible_ids(session, sql).await?,
            Definition::Cell(cell) => return Ok(cell.customers(session).await?),
            Definition::Set(operation, parts) => {
                let mut sets = Vec::with_capacity(parts.len());
                for part in parts {
                    sets.push(fitting(session, part).await?);
                }
                return Ok(operation.of(sets));
            }
            Definition::Segment(id) => {
                return Err(Error::Definition(format!(
                    "segment {id} was not looked up before it was asked for"
                )));
            }
        };
        ids(&session.collect_frame(frame).await?)
    })
}

/// The ids of an answer's first column.
fn ids(answer: &QueryResult) -> Result<BTreeSet<i64>> {
    let mut customers = BTreeSet::new();
    for batch in &answer.batches {
        let ids = arrow::compute::cast(batch.column(0), &DataType::Int64)
            .map_err(|error| Error::Definition(format!("customer_id is not a number: {error}")))?;
        customers.extend(ids.as_primitive::<Int64Type>().iter().flatten());
    }
    Ok(customers)
}

fn read_at(at_least: Option<&str>) -> Result<ReadAt> {
    match at_least {
        None => Ok(ReadAt::Fresh),
        Some(lsn) => lsn
            .parse()
            .map(ReadAt::AtLeast)
            .map_err(|_| Error::Definition(format!("\"{lsn}\" is not a position in the log"))),
    }
}

/// The ids that a query returns, kept to customers that the reader may see: a query could return
/// any number.
async fn visible_ids(session: &Session, sql: &str) -> Result<DataFrame> {
    let asked = session.sql(sql).await?;
    if !asked
        .schema()
        .has_column_with_unqualified_name("customer_id")
    {
        return Err(Error::Definition(
            "the query must return a column customer_id".into(),
        ));
    }
    let visible = session
        .matching("customer", &Condition::everything())
        .await?;
    asked
        .select(vec![
            cast(col("customer_id"), DataType::Int64).alias("fitting"),
        ])
        .and_then(|asked| {
            visible.select_columns(&["id"])?.join(
                asked,
                JoinType::LeftSemi,
                &["id"],
                &["fitting"],
                None,
            )
        })
        .map_err(|error| session.error(error).into())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn set(ids: &[i64]) -> BTreeSet<i64> {
        ids.iter().copied().collect()
    }

    #[test]
    fn operations_are_those_of_sets() {
        let parts = || vec![set(&[1, 2, 3]), set(&[2, 3, 4]), set(&[3])];
        assert_eq!(SetOperation::Union.of(parts()), set(&[1, 2, 3, 4]));
        assert_eq!(SetOperation::Intersection.of(parts()), set(&[3]));
        assert_eq!(SetOperation::Difference.of(parts()), set(&[1]));
    }

    #[test]
    fn a_set_that_makes_no_sense_is_refused_with_the_place() {
        let deep = (0..20).fold(json!({"segment": 1}), |inner, _| json!({"union": [inner]}));
        for (definition, said) in [
            (json!({"union": []}), "at least one part"),
            (json!({"union": [{"segment": "x"}]}), "\"x\""),
            (json!({"minus": [{"segment": 1}]}), "minus"),
            (json!([1]), "neither"),
            (deep, "at most 16 deep"),
        ] {
            let error = Definition::parse("set", &definition).expect_err("no set");
            assert!(error.to_string().contains(said), "{error}");
        }
    }
}
