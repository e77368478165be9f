//! The internal organisation of a customer: its units, who is in them and who leads them.

use std::collections::BTreeMap;

use basalt_model::{Action, Principal, Problem, RowAccess};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use sqlx::Row;

use super::may_change;
use crate::db::Db;
use crate::error::{Error, FieldError, Result};
use crate::record::{JsonMap, Store};
use crate::rights;

/// Units of one customer.
const MOST: usize = 200;

/// A unit as it is to be.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnitInput {
    pub name: String,
    /// Name of the unit that it is part of; it stands before it in the list.
    #[serde(default)]
    pub parent: Option<String>,
    /// A contact of the customer.
    #[serde(default)]
    pub manager: Option<i64>,
    /// Contacts of the customer.
    #[serde(default)]
    pub contacts: Vec<i64>,
    /// Management information.
    #[serde(default)]
    pub note: Option<String>,
}

/// A unit with its people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unit {
    pub id: i64,
    pub name: String,
    pub parent: Option<i64>,
    pub note: Option<String>,
    pub contacts: Vec<Member>,
}

/// Somebody in a unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Member {
    pub id: i64,
    pub name: String,
    pub manager: bool,
}

/// The units of a customer, by name.
///
/// # Errors
/// [`Error::NotFound`] when the customer isn't readable.
pub async fn units(db: &Db, principal: &Principal, customer: i64) -> Result<Vec<Unit>> {
    let mut connection = db.pool().acquire().await?;
    if !rights::within(
        &mut connection,
        db,
        principal,
        "customer",
        customer,
        RowAccess::Read,
    )
    .await?
    {
        return Err(Error::NotFound);
    }
    if !principal.can("customer_unit", Action::Read) || !principal.can("contact", Action::Read) {
        return Err(Error::Forbidden);
    }
    let rows = sqlx::query(
        "select u.id, u.name, u.parent_id, u.note, c.id as contact, c.name as contact_name, c.id = u.manager_id as manager
         from crm.customer_unit u left join crm.contact c on c.unit_id = u.id and c.deleted_at is null
         where u.customer_id = $1 and u.deleted_at is null order by u.name, u.id, c.name, c.id",
    )
    .bind(customer)
    .fetch_all(&mut *connection)
    .await?;
    let mut units: Vec<Unit> = Vec::new();
    for row in rows {
        let id: i64 = row.try_get("id")?;
        if units.last().is_none_or(|unit| unit.id != id) {
            units.push(Unit {
                id,
                name: row.try_get("name")?,
                parent: row.try_get("parent_id")?,
                note: row.try_get("note")?,
                contacts: Vec::new(),
            });
        }
        if let (Some(unit), Some(contact)) = (units.last_mut(), row.try_get("contact")?) {
            unit.contacts.push(Member {
                id: contact,
                name: row.try_get("contact_name")?,
                manager: row.try_get::<Option<bool>, _>("manager")?.unwrap_or(false),
            });
        }
    }
    Ok(units)
}

/// Sets the units of a customer as a whole: known by their names, those that are not named go to the
/// recycle bin, and contacts that are in none belong to none.
///
/// # Errors
/// [`Error::Validation`] for a name that stands twice, a parent that isn't before, or a person who is no
/// contact of the customer; [`Error::Forbidden`] without the rights to keep units and contacts.
pub async fn set_units(
    db: &Db,
    principal: &Principal,
    customer: i64,
    wanted: &[UnitInput],
) -> Result<Vec<Unit>> {
    let store = Store::new(db.clone());
    let mut tx = db.begin(principal).await?;
    may_change(&mut tx, db, principal, customer).await?;
    let people: Vec<i64> = sqlx::query_scalar(
        "select id from crm.contact where customer_id = $1 and deleted_at is null for update",
    )
    .bind(customer)
    .fetch_all(&mut *tx)
    .await?;
    check(wanted, &people)?;
    let there: Vec<(i64, String)> = sqlx::query_as(
        "select id, name from crm.customer_unit where customer_id = $1 and deleted_at is null for update",
    )
    .bind(customer)
    .fetch_all(&mut *tx)
    .await?;
    let known: BTreeMap<String, i64> = there.into_iter().map(|(id, name)| (name, id)).collect();
    let mut ids: BTreeMap<&str, i64> = BTreeMap::new();
    for unit in wanted {
        let parent = unit.parent.as_deref().and_then(|name| ids.get(name));
        let mut fields = JsonMap::new();
        fields.insert("parent".to_owned(), json!(parent));
        fields.insert("manager".to_owned(), json!(unit.manager));
        fields.insert("note".to_owned(), json!(unit.note));
        let id = match known.get(&unit.name) {
            Some(id) => {
                store
                    .update_in(&mut tx, principal, "customer_unit", *id, fields, None)
                    .await?
                    .id
            }
            None => {
                fields.insert("customer".to_owned(), json!(customer));
                fields.insert("name".to_owned(), json!(unit.name));
                store
                    .create_in(&mut tx, principal, "customer_unit", fields)
                    .await?
                    .id
            }
        };
        ids.insert(&unit.name, id);
    }
    for person in people {
        let unit = wanted
            .iter()
            .find(|unit| unit.contacts.contains(&person) || unit.manager == Some(person))
            .and_then(|unit| ids.get(unit.name.as_str()));
        let now: Option<i64> = sqlx::query_scalar("select unit_id from crm.contact where id = $1")
            .bind(person)
            .fetch_one(&mut *tx)
            .await?;
        if now != unit.copied() {
            let mut fields = JsonMap::new();
            fields.insert(
                "unit".to_owned(),
                unit.map_or(Json::Null, |unit| json!(unit)),
            );
            store
                .update_in(&mut tx, principal, "contact", person, fields, None)
                .await?;
        }
    }
    for (name, id) in &known {
        if !ids.contains_key(name.as_str()) {
            store
                .delete_in(&mut tx, principal, "customer_unit", *id, None)
                .await?;
        }
    }
    tx.commit().await?;
    units(db, principal, customer).await
}

fn check(wanted: &[UnitInput], people: &[i64]) -> Result<()> {
    let mut errors = Vec::new();
    if wanted.len() > MOST {
        let problem = Problem::new("length", "are more than 200", "超过 200 个");
        errors.push(FieldError::new("units", problem));
    }
    for (at, unit) in wanted.iter().enumerate() {
        let mut refuse = |field: &str, problem| {
            errors.push(FieldError::new(format!("units[{at}].{field}"), problem));
        };
        if unit.name.trim().is_empty() || wanted[..at].iter().any(|other| other.name == unit.name) {
            refuse(
                "name",
                Problem::new("unique", "must be there, and once", "不能为空且不能重复"),
            );
        }
        if let Some(parent) = &unit.parent
            && !wanted[..at].iter().any(|other| other.name == *parent)
        {
            refuse(
                "parent",
                Problem::new(
                    "not_found",
                    "is no unit that stands before this one",
                    "须为列表中在前的部门",
                ),
            );
        }
        let placed = |person: &i64| {
            people.contains(person)
                && !wanted[..at]
                    .iter()
                    .any(|other| other.contacts.contains(person) || other.manager == Some(*person))
        };
        if !unit.contacts.iter().chain(&unit.manager).all(placed) {
            refuse(
                "contacts",
                Problem::new(
                    "not_found",
                    "must be contacts of this customer, each in one unit",
                    "须为该客户的联系人，且只属于一个部门",
                ),
            );
        }
    }
    if errors.is_empty() {
        Ok(())
    } else {
        Err(Error::Validation(errors))
    }
}
