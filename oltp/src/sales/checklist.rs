//! Checks before a lead is qualified, a list a product line, and special handling when one is left out.

use basalt_model::{Action, Label, Principal, Problem, RowAccess, Via};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sqlx::Row;
use sqlx::types::Json;

use super::history::{Entry, note};
use crate::db::Db;
use crate::error::{Error, FieldError, Result};
use crate::record::{Saved, Store};
use crate::rights;

/// Something to be checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    pub key: String,
    pub label: Label,
    #[serde(default)]
    pub mandatory: bool,
}

/// The checks of a product line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Checklist {
    pub product_line: String,
    pub checks: Vec<Check>,
}

/// Why a mandatory check was left out, and who approved of it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpecialHandling {
    pub reason: String,
    /// A user who may approve leads, not oneself.
    pub approver: i64,
}

/// All checklists.
///
/// # Errors
/// The database failed.
pub async fn checklists(db: &Db) -> Result<Vec<Checklist>> {
    let rows =
        sqlx::query("select product_line, checks from sys.lead_checklist order by product_line")
            .fetch_all(db.pool())
            .await?;
    rows.iter()
        .map(|row| {
            let Json(checks) = row.try_get("checks")?;
            Ok(Checklist {
                product_line: row.try_get("product_line")?,
                checks,
            })
        })
        .collect()
}

/// Sets the checks of a product line; none takes the list away.
///
/// # Errors
/// [`Error::Validation`] for an unknown product line, or a check without key or label.
pub async fn set_checklist(
    db: &Db,
    by: &Principal,
    product_line: &str,
    checks: &[Check],
) -> Result<()> {
    let dictionary = db.dictionary();
    let known = dictionary
        .option_sets()
        .find(|set| set.name == "product_line")
        .is_some_and(|set| {
            set.options
                .iter()
                .any(|option| option.value == product_line)
        });
    if !known {
        return Err(Error::NotFound);
    }
    let mut errors = Vec::new();
    for (at, check) in checks.iter().enumerate() {
        let key = check.key.trim();
        if !(1..=60).contains(&key.chars().count())
            || checks[..at].iter().any(|other| other.key == check.key)
        {
            let problem = Problem::new(
                "unique",
                "must have 1 to 60 characters and stand once",
                "须为1到60个字符且不重复",
            );
            errors.push(FieldError::new(format!("checks[{at}].key"), problem));
        }
        if check.label.en.trim().is_empty() || check.label.zh.trim().is_empty() {
            let problem = Problem::new(
                "label",
                "needs a text in English and Chinese",
                "需要中英文名称",
            );
            errors.push(FieldError::new(format!("checks[{at}].label"), problem));
        }
    }
    if !errors.is_empty() {
        return Err(Error::Validation(errors));
    }
    let mut tx = db.begin(by).await?;
    if checks.is_empty() {
        sqlx::query("delete from sys.lead_checklist where product_line = $1")
            .bind(product_line)
            .execute(&mut *tx)
            .await?;
    } else {
        sqlx::query(
            "insert into sys.lead_checklist (product_line, checks, changed_by) values ($1, $2, nullif($3, 0))
             on conflict (product_line) do update set checks = excluded.checks, changed_by = excluded.changed_by, changed_at = now()",
        )
        .bind(product_line)
        .bind(Json(checks))
        .bind(by.user_id)
        .execute(&mut *tx)
        .await?;
    }
    tx.commit().await?;
    Ok(())
}

/// The checklist of a lead's product line, with what was ticked.
///
/// # Errors
/// [`Error::NotFound`] when the lead isn't readable.
pub async fn of_lead(db: &Db, principal: &Principal, lead: i64) -> Result<Vec<(Check, bool)>> {
    let mut connection = db.pool().acquire().await?;
    if !rights::within(
        &mut connection,
        db,
        principal,
        "lead",
        lead,
        RowAccess::Read,
    )
    .await?
    {
        return Err(Error::NotFound);
    }
    let row = sqlx::query(
        "select c.checks, l.checklist from crm.lead l left join sys.lead_checklist c on c.product_line = l.product_line where l.id = $1",
    )
    .bind(lead)
    .fetch_one(&mut *connection)
    .await?;
    let checks: Option<Json<Vec<Check>>> = row.try_get(0)?;
    let ticked: Option<Value> = row.try_get(1)?;
    Ok(checks
        .map(|Json(checks)| checks)
        .unwrap_or_default()
        .into_iter()
        .map(|check| {
            let done = ticked.as_ref().and_then(|t| t.get(&check.key)) == Some(&Value::Bool(true));
            (check, done)
        })
        .collect())
}

/// Records the checks of a lead. One that is mandatory is done, or left out by special handling.
///
/// # Errors
/// [`Error::Validation`] for a mandatory check that is missing, a key that is not on the list, or special
/// handling without reason or with an approver who may not approve; [`Error::Conflict`] for a lead
/// without a checklist.
pub async fn run(
    db: &Db,
    principal: &Principal,
    lead: i64,
    ticked: &Map<String, Value>,
    special: Option<&SpecialHandling>,
) -> Result<Saved> {
    let mut tx = db.begin(principal).await?;
    if !rights::within(&mut tx, db, principal, "lead", lead, RowAccess::Read).await? {
        return Err(Error::NotFound);
    }
    if !principal.can("lead", Action::Update)
        || !rights::within(&mut tx, db, principal, "lead", lead, RowAccess::Write).await?
    {
        return Err(Error::Forbidden);
    }
    let row = sqlx::query(
        "select l.product_line, l.owner_id, l.converted_at is not null, c.checks
         from crm.lead l left join sys.lead_checklist c on c.product_line = l.product_line where l.id = $1 for update of l",
    )
    .bind(lead)
    .fetch_one(&mut *tx)
    .await?;
    let line: Option<String> = row.try_get(0)?;
    if row.try_get(2)? {
        return Err(super::conversion::converted());
    }
    let Some(Json(checks)) = row.try_get::<Option<Json<Vec<Check>>>, _>(3)? else {
        return Err(Error::conflict(
            "no_checklist",
            "The lead's product line has no checklist. Set the product line, or have an administrator make a list.",
            "该线索的产品线没有检查表。请设置产品线，或由管理员建立检查表。",
        ));
    };
    let mut errors = Vec::new();
    for (key, value) in ticked {
        let known = checks.iter().any(|check| check.key == *key);
        if !known || !value.is_boolean() {
            let problem = Problem::new(
                "unknown",
                "is no check of this product line, or not true or false",
                "不是该产品线的检查项，或值不是 true/false",
            );
            errors.push(FieldError::new(format!("checks.{key}"), problem));
        }
    }
    let missing: Vec<&Check> = checks
        .iter()
        .filter(|check| check.mandatory && ticked.get(&check.key) != Some(&Value::Bool(true)))
        .collect();
    match special {
        None => errors.extend(missing.iter().map(|check| {
            let problem = Problem::new(
                "mandatory",
                format!(
                    "({}) must be done, or left out by special handling",
                    check.label.en
                ),
                format!("（{}）为必检项，未完成时须登记特殊处理", check.label.zh),
            );
            FieldError::new(format!("checks.{}", check.key), problem)
        })),
        Some(special) => {
            if !(1..=500).contains(&special.reason.trim().chars().count()) {
                let problem = Problem::new(
                    "required",
                    "must have 1 to 500 characters",
                    "须为1到500个字符",
                );
                errors.push(FieldError::new("special_handling.reason", problem));
            }
            let approver =
                rights::load(&mut tx, &db.dictionary(), special.approver, Via::Api).await?;
            let may = special.approver != principal.user_id
                && approver.is_some_and(|approver| {
                    approver.enabled && approver.principal.can("lead", Action::Approve)
                });
            if !may {
                let problem = Problem::new(
                    "approver",
                    "must be another user who may approve leads",
                    "须为有线索审批权限的其他用户",
                );
                errors.push(FieldError::new("special_handling.approver", problem));
            }
        }
    }
    if !errors.is_empty() {
        return Err(Error::Validation(errors));
    }
    let special = special.filter(|_| !missing.is_empty());
    sqlx::query(
        "update crm.lead set checklist = $2, checked_at = now(), special_handling = $3, special_reason = $4, special_approver_id = $5 where id = $1",
    )
    .bind(lead)
    .bind(json!(ticked))
    .bind(special.is_some())
    .bind(special.map(|special| special.reason.trim()))
    .bind(special.map(|special| special.approver))
    .execute(&mut *tx)
    .await?;
    let left_out: Vec<&str> = missing.iter().map(|check| check.key.as_str()).collect();
    let entry = Entry {
        kind: "checked",
        to: Some(if special.is_some() {
            "special_handling"
        } else {
            "passed"
        }),
        reason: special.map(|special| special.reason.trim()),
        rule: line.as_deref(),
        rep: row.try_get(1)?,
        details: Some(
            json!({ "left_out": left_out, "approver": special.map(|special| special.approver) }),
        ),
        ..Entry::default()
    };
    note(&mut tx, "lead", lead, entry).await?;
    Store::new(db.clone())
        .written_in(&mut tx, principal, "lead", lead)
        .await?
        .commit(tx)
        .await
}
