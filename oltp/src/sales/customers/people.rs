//! The people of a customer: their roles, who decides, and how they stand to each other.

use basalt_model::{Action, Principal, RowAccess};
use serde::Serialize;
use serde_json::json;
use sqlx::{PgConnection, QueryBuilder};

use crate::db::Db;
use crate::error::{Error, Result};
use crate::rights;
use crate::sales::history::{Entry, note};
use crate::sql::push_readable;

/// Contacts and their relations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ContactMap {
    pub nodes: Vec<ContactNode>,
    pub edges: Vec<ContactEdge>,
}

/// A contact; its colour is that of its role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ContactNode {
    pub id: i64,
    pub name: String,
    pub position: Option<String>,
    pub role: Option<String>,
    pub color: String,
    pub decision_maker: Option<String>,
}

/// How a contact stands to another: `reports_to`, `influences`, …
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ContactEdge {
    pub from: i64,
    pub to: i64,
    pub kind: String,
}

/// How the contacts of a customer stand to each other, as far as the principal reads them. Who decides
/// comes first.
///
/// # Errors
/// [`Error::NotFound`] when the customer isn't readable; [`Error::Forbidden`] without the right to read contacts.
pub async fn contact_map(db: &Db, principal: &Principal, customer: i64) -> Result<ContactMap> {
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
    let may = |object| principal.can(object, Action::Read);
    let hidden = ["name", "position", "role", "decision_maker", "supervisor"]
        .into_iter()
        .any(|field| principal.is_hidden("contact", field));
    if !may("contact") || !may("contact_relation") || hidden {
        return Err(Error::Forbidden);
    }
    let dictionary = db.dictionary();
    let object = dictionary.object("contact").ok_or(Error::NotFound)?;
    let mut query = QueryBuilder::new(
        "select t.id, t.name, t.position, r.name as role, coalesce(r.color, 'default') as color, t.decision_maker, t.supervisor_id
         from crm.contact t left join crm.contact_role r on r.id = t.role_id and r.deleted_at is null where t.customer_id = ",
    );
    query.push_bind(customer).push(" and ");
    push_readable(&mut query, "t", &dictionary, principal, object);
    query.push(" order by t.decision_maker is null, t.decision_maker, t.name, t.id limit 1000");
    type Found = (
        i64,
        String,
        Option<String>,
        Option<String>,
        String,
        Option<String>,
        Option<i64>,
    );
    let rows: Vec<Found> = query.build_query_as().fetch_all(&mut *connection).await?;
    let ids: Vec<i64> = rows.iter().map(|row| row.0).collect();
    let relations: Vec<(i64, i64, String)> = sqlx::query_as(
        "select contact_id, other_id, kind from crm.contact_relation
         where deleted_at is null and contact_id = any($1) and other_id = any($1) order by id",
    )
    .bind(&ids)
    .fetch_all(&mut *connection)
    .await?;
    let mut edges: Vec<ContactEdge> = rows
        .iter()
        .filter_map(|row| Some((row.0, row.6.filter(|above| ids.contains(above))?)))
        .map(|(from, to)| ContactEdge {
            from,
            to,
            kind: "reports_to".to_owned(),
        })
        .collect();
    for (from, to, kind) in relations {
        let edge = ContactEdge { from, to, kind };
        if !edges.contains(&edge) {
            edges.push(edge);
        }
    }
    let nodes = rows
        .into_iter()
        .map(
            |(id, name, position, role, color, decision_maker, _)| ContactNode {
                id,
                name,
                position,
                role,
                color,
                decision_maker,
            },
        )
        .collect();
    Ok(ContactMap { nodes, edges })
}

/// Refuses a change of a role that comes with Basalt.
pub(crate) async fn keep_built_in(connection: &mut PgConnection, role: i64) -> Result<()> {
    let built_in: Option<bool> =
        sqlx::query_scalar("select built_in from crm.contact_role where id = $1")
            .bind(role)
            .fetch_optional(connection)
            .await?;
    if built_in != Some(true) {
        return Ok(());
    }
    Err(Error::conflict(
        "built_in",
        "This role comes with Basalt and stays as it is. Add a role of your own instead.",
        "该角色为内置角色，不能修改或删除。请新建自定义角色。",
    ))
}

/// Notes who is now taken for a decision maker or influencer of a customer, or no longer.
pub(crate) async fn note_influence(
    connection: &mut PgConnection,
    contact: i64,
    to: Option<&str>,
) -> Result<()> {
    let found: Option<(Option<i64>, String, Option<String>)> = sqlx::query_as(
        "select customer_id, name, decision_maker from crm.contact where id = $1 for update",
    )
    .bind(contact)
    .fetch_optional(&mut *connection)
    .await?;
    let Some((Some(customer), name, from)) = found else {
        return Ok(());
    };
    if from.as_deref() == to {
        return Ok(());
    }
    let entry = Entry {
        kind: "decision_maker",
        from: from.as_deref(),
        to,
        details: Some(json!({ "contact": contact, "name": name })),
        ..Entry::default()
    };
    note(connection, "customer", customer, entry).await
}
