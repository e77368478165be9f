//! The definition of a flow: its steps, who decides in them, and what comes of it.

use basalt_model::{Condition, Principal};
use serde::{Deserialize, Serialize};
use sqlx::Row;
use sqlx::types::Json;

use crate::db::Db;
use crate::error::{Error, Result};
use crate::record::JsonMap;
use crate::workflow::Recipient;
use crate::workflow::check::{taken, wrong};

/// How the approvers of a step decide together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// The first to approve does it for all.
    Any,
    All,
    /// All, one after the other.
    Sequence,
}

/// A step. A rejection by anybody rejects the whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    pub name: String,
    /// Taken only when this holds for the record.
    #[serde(default)]
    pub when: Option<Condition>,
    /// Taken only when the submitter's job level is at least, and at most, this.
    #[serde(default)]
    pub min_level: Option<i32>,
    #[serde(default)]
    pub max_level: Option<i32>,
    pub approvers: Vec<Recipient>,
    pub mode: Mode,
    /// Hours until it is passed on to `escalate_to`.
    #[serde(default)]
    pub hours: Option<u32>,
    #[serde(default)]
    pub escalate_to: Vec<Recipient>,
}

/// What a flow does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FlowDefinition {
    pub steps: Vec<Step>,
    /// Set on the record when it is submitted, approved, rejected; recalled and returned undo the first.
    #[serde(default)]
    pub on_submit: JsonMap,
    #[serde(default)]
    pub on_approve: JsonMap,
    #[serde(default)]
    pub on_reject: JsonMap,
    #[serde(default)]
    pub on_recall: JsonMap,
}

/// A flow as stored.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Flow {
    pub id: i64,
    pub name: String,
    pub object: String,
    pub definition: FlowDefinition,
    pub active: bool,
    pub version: i32,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FlowInput {
    pub name: String,
    pub object: String,
    pub definition: FlowDefinition,
    #[serde(default = "yes")]
    pub active: bool,
}

fn yes() -> bool {
    true
}

/// All flows, by name.
///
/// # Errors
/// The database failed.
pub async fn flows(db: &Db) -> Result<Vec<Flow>> {
    let rows = sqlx::query("select * from sys.approval_flow order by name")
        .fetch_all(db.pool())
        .await?;
    rows.iter()
        .map(|row| {
            let Json(definition) = row.try_get("definition")?;
            Ok(Flow {
                id: row.try_get("id")?,
                name: row.try_get("name")?,
                object: row.try_get("object")?,
                definition,
                active: row.try_get("active")?,
                version: row.try_get("version")?,
            })
        })
        .collect()
}

/// Makes a flow, or changes the one with this id; approvals under way keep what they began with.
///
/// # Errors
/// [`Error::Request`] with the place that makes no sense.
pub async fn save_flow(db: &Db, by: &Principal, id: Option<i64>, input: FlowInput) -> Result<i64> {
    check(db, &input)?;
    let mut tx = db.begin(by).await?;
    let statement = match id {
        None => {
            "insert into sys.approval_flow (name, object, definition, active) values ($2, $3, $4, $5) returning id, $1::bigint"
        }
        Some(_) => {
            "update sys.approval_flow set name = $2, object = $3, definition = $4, active = $5, version = version + 1
             where id = $1 returning id, $1::bigint"
        }
    };
    let row = sqlx::query(statement)
        .bind(id)
        .bind(input.name.trim())
        .bind(&input.object)
        .bind(Json(&input.definition))
        .bind(input.active)
        .fetch_optional(&mut *tx)
        .await
        .map_err(taken)?
        .ok_or(Error::NotFound)?;
    let id = row.try_get(0)?;
    tx.commit().await?;
    Ok(id)
}

/// Removes a flow that was never used.
///
/// # Errors
/// [`Error::Conflict`] when there are approvals of it: it can be switched off.
pub async fn remove_flow(db: &Db, by: &Principal, id: i64) -> Result<()> {
    let mut tx = db.begin(by).await?;
    let used: bool =
        sqlx::query_scalar("select exists (select from sys.approval where flow_id = $1)")
            .bind(id)
            .fetch_one(&mut *tx)
            .await?;
    if used {
        return Err(Error::conflict(
            "in_use",
            "There are approvals of this flow. Switch it off instead.",
            "该流程已有审批记录，请改为停用。",
        ));
    }
    let gone = sqlx::query("delete from sys.approval_flow where id = $1")
        .bind(id)
        .execute(&mut *tx)
        .await?;
    if gone.rows_affected() == 0 {
        return Err(Error::NotFound);
    }
    tx.commit().await?;
    Ok(())
}

fn check(db: &Db, input: &FlowInput) -> Result<()> {
    let dictionary = db.dictionary();
    let object = dictionary
        .object(&input.object)
        .ok_or_else(|| wrong("object", "is not there", "不存在"))?;
    if !(1..=100).contains(&input.name.trim().chars().count()) {
        return Err(wrong(
            "name",
            "must have 1 to 100 characters",
            "须为1到100个字符",
        ));
    }
    let definition = &input.definition;
    if definition.steps.is_empty() || definition.steps.len() > 20 {
        return Err(wrong("steps", "are 1 to 20", "须为1到20个步骤"));
    }
    for step in &definition.steps {
        if step.name.trim().is_empty() || step.approvers.is_empty() {
            return Err(wrong(
                "steps",
                "each has a name and approvers",
                "每个步骤须有名称和审批人",
            ));
        }
        if step.hours.is_some() == step.escalate_to.is_empty() {
            return Err(wrong(
                "steps.escalate_to",
                "goes with hours",
                "须与时限同时设置",
            ));
        }
        if let Some(when) = &step.when {
            when.check(&dictionary, &input.object)?;
        }
        for recipient in step.approvers.iter().chain(&step.escalate_to) {
            recipient.check(object)?;
        }
    }
    for values in [
        &definition.on_submit,
        &definition.on_approve,
        &definition.on_reject,
        &definition.on_recall,
    ] {
        for (name, value) in values {
            let field = object
                .field(name)
                .filter(|field| !field.system)
                .ok_or_else(|| {
                    wrong(
                        "definition",
                        format!("{name:?} can't be set"),
                        format!("不能设置“{name}”"),
                    )
                })?;
            field.read_json(value).map_err(|problem| {
                wrong(
                    "definition",
                    format!("{name} {}", problem.message.en),
                    format!("{name}{}", problem.message.zh),
                )
            })?;
        }
    }
    Ok(())
}
