//! What follows from saving leads and customers: their source's words, a code, a score, an owner.
//!
//! Set by set, so that an import of many rows costs a few statements.

use basalt_model::{Dictionary, Object, Principal};
use sqlx::{AssertSqlSafe, PgConnection};

use super::{assignment, scoring};
use crate::error::Result;
use crate::sql::crm;

/// Records at once.
const PART: usize = 5000;

/// After new rows were written. `owned`: whoever wrote them said who owns them. Says whether rows changed.
pub(crate) async fn after_create(
    connection: &mut PgConnection,
    dictionary: &Dictionary,
    principal: &Principal,
    object: &Object,
    ids: &[i64],
    owned: bool,
) -> Result<bool> {
    if !matches!(object.name.as_str(), "lead" | "customer") {
        return Ok(false);
    }
    let mut changed = false;
    // Part of the making of a record, which stays in its first version and has one entry in the audit trail.
    derived(connection, true).await?;
    for ids in ids.chunks(PART) {
        if object.name == "customer" {
            changed |= give_codes(connection, ids).await?;
        }
        changed |= derive(connection, dictionary, object, ids).await?;
        if !owned && principal.via != basalt_model::Via::Demo {
            changed |= assignment::assign(connection, dictionary, object, ids).await?;
        }
    }
    derived(connection, false).await?;
    Ok(changed)
}

/// After rows were changed. Says whether more changed.
pub(crate) async fn after_update(
    connection: &mut PgConnection,
    dictionary: &Dictionary,
    object: &Object,
    ids: &[i64],
) -> Result<bool> {
    if !matches!(object.name.as_str(), "lead" | "customer") {
        return Ok(false);
    }
    let mut changed = false;
    for ids in ids.chunks(PART) {
        changed |= derive(connection, dictionary, object, ids).await?;
    }
    Ok(changed)
}

async fn derived(connection: &mut PgConnection, on: bool) -> Result<()> {
    sqlx::query("select set_config('basalt.derived', $1, true)")
        .bind(if on { "1" } else { "" })
        .execute(connection)
        .await?;
    Ok(())
}

async fn derive(
    connection: &mut PgConnection,
    dictionary: &Dictionary,
    object: &Object,
    ids: &[i64],
) -> Result<bool> {
    let mut changed = keep_source_words(connection, object, ids).await?;
    if object.name == "lead" {
        changed |= scoring::score(connection, dictionary, Some(ids)).await? > 0;
    }
    Ok(changed)
}

/// A record keeps the words of its source, so that they stay when the source is deleted.
async fn keep_source_words(
    connection: &mut PgConnection,
    object: &Object,
    ids: &[i64],
) -> Result<bool> {
    let table = crm(&object.table);
    let kept = format!(
        "update {table} t set source_name = s.name, source_category = s.category
         from {table} x left join crm.source s on s.id = x.source_id
         where x.id = t.id and t.id = any($1) and (t.source_name, t.source_category) is distinct from (s.name, s.category)"
    );
    let done = sqlx::query(AssertSqlSafe(kept))
        .bind(ids)
        .execute(connection)
        .await?;
    Ok(done.rows_affected() > 0)
}

/// A customer that came without a code gets one from its number; in the rare case that somebody gave
/// just this code to another, it says so as well.
async fn give_codes(connection: &mut PgConnection, ids: &[i64]) -> Result<bool> {
    let done = sqlx::query(
        "update crm.customer t set code = c.code || case when exists (select from crm.customer o where o.code = c.code) then '-' || t.id else '' end
         from (select x.id, 'CU' || lpad(x.id::text, greatest(6, length(x.id::text)), '0') as code from crm.customer x where x.id = any($1)) c
         where c.id = t.id and t.code is null",
    )
    .bind(ids)
    .execute(connection)
    .await?;
    Ok(done.rows_affected() > 0)
}
