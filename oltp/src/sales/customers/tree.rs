//! The hierarchy of customers: parents up to the top, children below.

use basalt_model::{Action, Principal, Problem};
use serde::Serialize;
use sqlx::{AssertSqlSafe, PgConnection, QueryBuilder};

use crate::db::Db;
use crate::error::{Error, Result};
use crate::sql::{column, crm, push_readable};

/// How far below a customer one sees at once; further down by opening a child.
const DEPTH: i32 = 4;
/// Customers of one answer.
const MOST: i64 = 500;

/// A customer in its hierarchy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Node {
    pub id: i64,
    pub name: String,
    pub parent: Option<i64>,
    /// 0 is the customer asked for, -1 its parent, 1 its children.
    pub level: i32,
}

/// The customer, its parents up to the top, and its children four levels down, as far as the principal
/// reads them; at most 500, the nearest first.
///
/// # Errors
/// [`Error::NotFound`] when the customer isn't readable.
pub async fn tree(db: &Db, principal: &Principal, id: i64) -> Result<Vec<Node>> {
    if !principal.can("customer", Action::Read) {
        return Err(Error::Forbidden);
    }
    let dictionary = db.dictionary();
    let object = dictionary.object("customer").ok_or(Error::NotFound)?;
    let mut query = QueryBuilder::new(
        "with recursive up(id, parent_id, level) as (select id, parent_id, 0 from crm.customer where id = ",
    );
    query.push_bind(id);
    query.push(
        " union all select c.id, c.parent_id, u.level - 1 from up u join crm.customer c on c.id = u.parent_id where u.level > -64),
         down(id, level) as (select ",
    );
    query.push_bind(id);
    query.push("::bigint, 0 union all select c.id, d.level + 1 from down d join crm.customer c on c.parent_id = d.id where d.level < ");
    query.push_bind(DEPTH);
    query.push(
        "), nodes as (select id, level from up where level < 0 union all select id, level from down)
         select t.id, t.name, t.parent_id, n.level from nodes n join crm.customer t on t.id = n.id where ",
    );
    push_readable(&mut query, "t", &dictionary, principal, object);
    query
        .push(" order by abs(n.level), t.name, t.id limit ")
        .push_bind(MOST);
    let rows: Vec<(i64, String, Option<i64>, i32)> =
        query.build_query_as().fetch_all(db.pool()).await?;
    if rows.first().is_none_or(|(found, ..)| *found != id) {
        return Err(Error::NotFound);
    }
    Ok(rows
        .into_iter()
        .map(|(id, name, parent, level)| Node {
            id,
            name,
            parent,
            level,
        })
        .collect())
}

/// Refuses a parent that stands below the record itself. `field` names the reference to the object's own kind.
pub(crate) async fn refuse_circle(
    connection: &mut PgConnection,
    table: &str,
    field: &str,
    id: i64,
    parent: i64,
) -> Result<()> {
    // One change of a hierarchy at a time: two that are sound alone may make a circle together.
    sqlx::query("select pg_advisory_xact_lock(hashtextextended('basalt.hierarchy.' || $1, 0))")
        .bind(table)
        .execute(&mut *connection)
        .await?;
    let sql = format!(
        "with recursive up(id) as (select $1::bigint union select {} from up join {} t on t.id = up.id)
         select exists (select from up where id = $2)",
        column("t", &format!("{field}_id")),
        crm(table)
    );
    let circle: bool = sqlx::query_scalar(AssertSqlSafe(sql))
        .bind(parent)
        .bind(id)
        .fetch_one(connection)
        .await?;
    if !circle {
        return Ok(());
    }
    let problem = Problem::new(
        "circle",
        "would stand above itself",
        "不能将自己或下级设为上级",
    );
    Err(Error::field(field, problem))
}
