//! The DDL service: brings the database in line with the dictionary.
//!
//! It compares, plans and applies the plan in one transaction under an advisory lock. It only adds
//! and widens; whatever would take away or narrow is an error that names the column, to be done by
//! a versioned migration.

mod computed;
mod definition;
mod existing;
mod wanted;

use std::fmt;

use basalt_model::Dictionary;
use sqlx::migrate::Migrator;
use sqlx::postgres::PgPool;
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::db::MigrationReport;
use crate::dictionary::stored;
use crate::error::{Error, Result};
pub(crate) use definition::{default as column_default, literal};
use existing::Existing;

/// Key of the advisory lock under which the database's structure changes ("basalt" as a number).
pub(crate) const LOCK: i64 = 0x6261_7361_6c74;

static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// One statement of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What it does, in words: `add column crm.customer.city`.
    pub summary: String,
    pub sql: String,
}

/// What is to be done to bring the database in line with the dictionary; empty when it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MigrationPlan {
    pub steps: Vec<Step>,
}

impl MigrationPlan {
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }
}

impl fmt::Display for MigrationPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for step in &self.steps {
            writeln!(f, "-- {}\n{};", step.summary, step.sql)?;
        }
        Ok(())
    }
}

/// The standard dictionary is completed by what administrators defined, which the system
/// migrations have just made readable.
pub(crate) async fn migrate(pool: &PgPool, standard: &Dictionary) -> Result<MigrationReport> {
    let mut connection = pool.acquire().await?;
    // The lock belongs to the session: the connection is closed afterwards, however this ends.
    connection.close_on_drop();
    sqlx::query("select set_config('lock_timeout', '0', false), set_config('statement_timeout', '0', false)")
        .execute(&mut *connection)
        .await?;
    sqlx::query("select pg_advisory_lock($1)")
        .bind(LOCK)
        .execute(&mut *connection)
        .await?;
    let before = applied(&mut connection).await?;
    MIGRATIONS.run(&mut *connection).await?;
    let system = MIGRATIONS
        .iter()
        .filter(|migration| !before.contains(&migration.version))
        .map(|migration| format!("{:04} {}", migration.version, migration.description))
        .collect();
    let mut transaction = connection.begin().await?;
    let defined = stored::read(&mut transaction).await?;
    let plan = plan(&mut transaction, &standard.extended(&defined.entries)?).await?;
    for step in &plan.steps {
        sqlx::raw_sql(AssertSqlSafe(step.sql.as_str()))
            .execute(&mut *transaction)
            .await
            .map_err(|error| Error::Migration(format!("{}: {error}", step.summary)))?;
    }
    transaction.commit().await?;
    Ok(MigrationReport {
        system,
        dictionary: plan.steps,
    })
}

pub(crate) async fn plan(
    connection: &mut PgConnection,
    dictionary: &Dictionary,
) -> Result<MigrationPlan> {
    let existing = Existing::read(connection).await?;
    wanted::steps(dictionary, &existing).map(|steps| MigrationPlan { steps })
}

async fn applied(connection: &mut PgConnection) -> Result<Vec<i64>> {
    let there: bool = sqlx::query_scalar("select to_regclass('_sqlx_migrations') is not null")
        .fetch_one(&mut *connection)
        .await?;
    if !there {
        return Ok(Vec::new());
    }
    Ok(
        sqlx::query_scalar("select version from _sqlx_migrations where success")
            .fetch_all(connection)
            .await?,
    )
}
